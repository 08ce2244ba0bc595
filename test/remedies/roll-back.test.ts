import { describe, expect, it } from 'vitest';
import type { RevisionTemplate } from '../../src/model/change/rollout.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import { digestOf } from '../support/probes.ts';
import { remedyOf } from '../support/remedies.ts';
import { absent, aWorld, operationTexts, planned, planOf, type WorldStory } from '../support/remedy-world.ts';
import { aRevision, aSnapshot, minutesAgo } from '../support/snapshot.ts';

const from = 'ghcr.io/acme/web:1f2c9aa';
const old = 'ghcr.io/acme/web:old';
const older = 'ghcr.io/acme/web:older';
const revision = (number: number, image: string, patch: Partial<RevisionTemplate> = {}): RevisionTemplate => ({
  name: `web-${number}`,
  number,
  createdAt: minutesAgo(600),
  containers: [{ type: 'main', name: 'web', image, pullPolicy: 'IfNotPresent' }],
  pullSecretNames: [],
  otherDifferences: [],
  ...patch,
});
const images = { [old]: 'old', [older]: 'older' };
const world = (earlier: readonly RevisionTemplate[], patch: WorldStory = {}) =>
  aWorld({ images, earlierTemplates: known(earlier), ...patch });
const edit = (to: string) => `edit image main/web ${from} → ${to}`;

describe('operations', () => {
  it.each<[string, object, readonly RevisionTemplate[], readonly string[]]>([
    ['the one before', {}, [revision(2, old), revision(1, older)], [edit(old)]],
    ['by number', { revision: 1 }, [revision(2, old), revision(1, older)], [edit(older)]],
    ['by a number in text', { revision: '1' }, [revision(2, old), revision(1, older)], [edit(older)]],
    ['by name', { revision: 'web-1' }, [revision(2, old), revision(1, older)], [edit(older)]],
    ['past a mere restart', {}, [revision(2, from), revision(1, older)], [edit(older)]],
    [
      'policy and pull secrets too',
      {},
      [
        revision(2, old, {
          containers: [{ type: 'main', name: 'web', image: old, pullPolicy: 'Always' }],
          pullSecretNames: ['regcred'],
        }),
      ],
      [edit(old), 'edit imagePullPolicy main/web IfNotPresent → Always', 'edit add pull secret regcred'],
    ],
  ])('%s', (_, params, earlier, expected) => {
    expect(operationTexts(planned('roll-back', params, world(earlier)))).toEqual(expected);
  });

  it('takes out pull secrets that came later', () => {
    const plan = planned(
      'roll-back',
      {},
      world([revision(2, old)], { story: { template: { pullSecretNames: ['late'] } } }),
    );
    expect(operationTexts(plan)).toEqual([edit(old), 'edit remove pull secret late']);
    expect(operationTexts(plan.undo)).toEqual(['edit add pull secret late', `edit image main/web ${old} → ${from}`]);
  });

  it('expects what the old tag names now, at low risk', () => {
    const plan = planned('roll-back', {}, world([revision(2, old)]));
    expect(plan.expects).toEqual([
      { container: { type: 'main', name: 'web' }, image: old, digests: [digestOf('old')] },
    ]);
    expect(plan.risk).toBe('low');
  });

  it('goes ahead without the registry, and says so', () => {
    const plan = planned('roll-back', {}, world([revision(2, old)], { images: { [old]: unknown('ETIMEDOUT') } }));
    expect(plan.warnings.join()).toContain('ETIMEDOUT');
    expect(plan.expects[0]?.digests).toEqual([]);
  });

  it('warns of a tag that moves', () => {
    const latest = 'ghcr.io/acme/web:latest';
    const plan = planned('roll-back', {}, world([revision(2, latest)], { images: { [latest]: 'l' } }));
    expect(plan.warnings.join()).toContain('may have run another build');
  });

  it('asks for the images that it may go back to', () => {
    const revisions = known([
      aRevision({ images: { web: from } }),
      aRevision({ number: 2, name: 'web-2', images: { web: old } }),
    ]);
    expect(remedyOf('roll-back').needs({}, aSnapshot({ revisions }))).toMatchObject({
      earlierTemplates: true,
      images: [old, from],
    });
  });
});

describe('refusals', () => {
  const ref = { story: { workload: { ref: { kind: 'CronJob', namespace: 'shop', name: 'web' } } } } as const;
  it.each<[string, object, readonly RevisionTemplate[], WorldStory, string]>([
    ['no earlier revision', {}, [], {}, 'no earlier revision'],
    ['a revision that does not exist', { revision: 9 }, [revision(2, old)], {}, 'no earlier revision 9'],
    ['one that is the same', { revision: 2 }, [revision(2, from)], {}, 'Nothing to do'],
    [
      'another container',
      {},
      [revision(2, old, { containers: [{ type: 'main', name: 'api', image: old }] })],
      {},
      'container web (not there) and container api (only there)',
    ],
    ['an image that is gone', {}, [revision(2, old)], absent(old), 'does not exist'],
    ['a CronJob', {}, [revision(2, old)], ref, 'keeps no earlier revisions'],
  ])('%s', (_, params, earlier, patch, why) => {
    expect(planOf('roll-back', params, world(earlier, patch))).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining(why),
    });
  });

  it.each([
    [[revision(2, old)], 'There are: 2.'],
    [[], 'No earlier one is kept at all.'],
  ])('says of a revision that is not there which are', (earlier, remedy) => {
    expect(planOf('roll-back', { revision: 9 }, world(earlier))).toMatchObject({ kind: 'refused', remedy });
  });

  it('lists what else differs, and shows what kubectl would do', () => {
    const earlier = [revision(2, old, { otherDifferences: ['spec.containers[web].env', 'spec.volumes'] })];
    expect(planOf('roll-back', {}, world(earlier))).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('spec.containers[web].env and spec.volumes'),
      kubectl: ['kubectl -n shop rollout undo deployment/web --to-revision=2'],
    });
  });

  it('names the missing permission', () => {
    const plan = planOf('roll-back', {}, aWorld({ earlierTemplates: unknown('forbidden', 'list replicasets') }));
    expect(plan).toMatchObject({ kind: 'refused', why: expect.stringContaining('no right to list replicasets') });
  });
});
