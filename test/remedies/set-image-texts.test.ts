import { describe, expect, it } from 'vitest';
import { known } from '../../src/model/values/fact.ts';
import { digestOf } from '../support/probes.ts';
import { aWorld, imageFacts, planned, type WorldStory } from '../support/remedy-world.ts';
import { aContainer } from '../support/snapshot.ts';

const next = 'ghcr.io/acme/web:new';
const byDigest = `ghcr.io/acme/web@${digestOf('new')}`;
const images = { [next]: 'new', [byDigest]: 'new' };

describe('what people are told', () => {
  const acr = aContainer({ image: 'shop.azurecr.io/web:1' });
  it.each<[string, unknown, WorldStory, RegExp]>([
    ['a digest pins', { image: digestOf('new') }, {}, /new pushes to :1f2c9aa won’t be picked up/],
    [
      'streaming at ACR',
      { image: digestOf('new') },
      {
        story: { containers: [acr] },
        images: { [`shop.azurecr.io/web@${digestOf('new')}`]: imageFacts('new', { streaming: true }) },
      },
      /A digest switches artifact streaming off/,
    ],
    [
      'a surge',
      { image: ':new' },
      { rollout: { desired: 4, maxSurge: 2, maxUnavailable: 0 } },
      /4 pods restart, up to 2 at a time; needs capacity for 2 extra pods/,
    ],
    [
      'one at a time',
      { image: ':new' },
      { rollout: { desired: 3, maxSurge: 0, maxUnavailable: 1 } },
      /3 pods restart, one at a time\./,
    ],
    [
      'all at once',
      { image: ':new' },
      { rollout: { desired: 3, strategy: 'Recreate' } },
      /all at once: the workload is down/,
    ],
    ['readiness that takes time', { image: ':new' }, { rollout: { minReadySeconds: 30 } }, /ready for 30 s/],
    [
      'a deadline',
      { image: ':new' },
      { rollout: { progressDeadlineSeconds: 600 } },
      /fails if it makes no progress for 10 minutes/,
    ],
    [
      'a partition',
      { image: ':new' },
      {
        story: { workload: { ref: { kind: 'StatefulSet', namespace: 'shop', name: 'web' } } },
        rollout: { desired: 3, partition: 2 },
      },
      /Partition 2: the 2 pods below/,
    ],
    [
      'a budget',
      { image: ':new' },
      { budgets: known([{ name: 'web', disruptionsAllowed: 0 }]) },
      /PodDisruptionBudget web \(allows 0 disruptions now\): restarts like this ignore it/,
    ],
    [
      'a CronJob',
      { image: ':new' },
      { story: { workload: { ref: { kind: 'CronJob', namespace: 'shop', name: 'web' } } } },
      /next run/,
    ],
    [
      'a rollout that could not be read',
      { image: ':new' },
      { rollout: { kind: 'unknown', why: 'forbidden' } },
      /could not be read \(forbidden\)/,
    ],
  ])('%s', (_, params, story, text) => {
    expect(
      planned('set-image', params, aWorld({ ...story, images: { ...images, ...story.images } })).effects.join('\n'),
    ).toMatch(text);
  });

  it.each<[string, unknown, WorldStory, RegExp]>([
    [
      'a paused rollout',
      { image: ':new' },
      { rollout: { paused: true } },
      /paused: no pod restarts until it is resumed/,
    ],
    [
      'an owner above',
      { image: ':new' },
      { story: { workload: { owners: [{ apiVersion: 'v1', kind: 'DaskCluster', name: 'x' }] } } },
      /DaskCluster\/x owns deployment\/web/,
    ],
    ['a moving tag', { image: ':latest' }, { images: { 'ghcr.io/acme/web:latest': 'l' } }, /tag that moves/],
    [
      'platforms that are not known',
      { image: ':new' },
      { images: { [next]: imageFacts('new', { platforms: [] }) } },
      /platforms .* could not be read/,
    ],
  ])('warns of %s', (_, params, story, text) => {
    expect(
      planned('set-image', params, aWorld({ ...story, images: { ...images, ...story.images } })).warnings.join('\n'),
    ).toMatch(text);
  });

  it('commands and changes', () => {
    const plan = planned('set-image', { image: digestOf('new') }, aWorld({ images }));
    expect(plan.kubectl).toEqual([`kubectl -n shop set image deployment/web web=${byDigest}`]);
    expect(plan.changes[0]).toMatch(/^web: web:1f2c9aa → web@sha256:[0-9a-f]{12}…$/);
  });

  it('the change to make in Git', () => {
    const workload = { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' } };
    const { git } = planned('set-image', { image: ':new' }, aWorld({ images, story: { workload } }));
    expect(git).toEqual({
      tool: 'argocd',
      name: 'shop',
      change: `spec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: ${next}`,
    });
  });
});
