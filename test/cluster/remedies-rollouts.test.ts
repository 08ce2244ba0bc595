import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { judge } from '../../src/flows/change/verify/verify.ts';
import type { RemediationFamily } from '../../src/kubernetes/rights/worker-rights.ts';
import { collectionOf, type Shape, workload } from './support/remedies-objects.ts';
import { digestsOf, eventually, imageOf, type Place, type Wanted } from './support/remedies-place.ts';
import { openStage, type Stage } from './support/remedies-stage.ts';

type Rolled = 'Deployment' | 'StatefulSet' | 'DaemonSet';
const both: readonly RemediationFamily[] = ['workload-images', 'pod-deletion'];

describe.concurrent('how a rollout goes on', { timeout: 120_000 }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(inject('cluster'));
  });
  afterAll(() => stage?.close());

  const setImage = (kind: Rolled = 'Deployment'): Wanted => ({
    remedy: 'set-image',
    on: [kind, 'web'],
    params: { image: ':2' },
  });

  /** A workload `web` whose pods are Ready. */
  async function running(name: string, kind: Rolled, shape: Omit<Shape, 'image'>): Promise<Place> {
    const place = await stage.place(name, both);
    for (const tag of ['1', '2']) place.push(tag);
    await place.create(kind, workload(kind, 'web', { image: place.image('1'), ...shape }));
    await place.ready('web', kind === 'DaemonSet' ? 2 : (shape.replicas ?? 1));
    return place;
  }

  it('paused: said before and after; once resumed the pods have it', async () => {
    const place = await running('paused', 'Deployment', { spec: { paused: false } });
    await place.patch('Deployment', 'web', { spec: { paused: true } });
    const shown = await place.plan(setImage());
    expect(shown.plan?.warnings.join('\n')).toMatch(/paused: no pod restarts until it is resumed/);
    const done = await place.settle(await place.execute(await place.approve(shown)));
    expect(done.results).toMatchObject([{ outcome: 'applied', detail: expect.stringContaining('paused') }]);
    expect(await digestsOf(place, 'web')).toEqual([place.push('1')]);
    await place.patch('Deployment', 'web', { spec: { paused: false } });
    await eventually(async () => expect(await digestsOf(place, 'web')).toEqual([place.push('2')]));
  });

  it('paused and resumed while it is watched: fixed', async () => {
    const place = await running('resumed', 'Deployment', {});
    await place.patch('Deployment', 'web', { spec: { paused: true } });
    const begun = await place.execute(await place.approve(await place.plan(setImage())));
    await place.patch('Deployment', 'web', { spec: { paused: false } });
    expect((await place.settle(begun)).results).toMatchObject([{ outcome: 'fixed' }]);
    expect(await digestsOf(place, 'web')).toEqual([place.push('2')]);
  });

  it.each(['StatefulSet', 'DaemonSet'] as const)('OnDelete of a %s: the pods are deleted', async (kind) => {
    const place = await running('on-delete', kind, { replicas: 2, spec: { updateStrategy: { type: 'OnDelete' } } });
    const shown = await place.plan(setImage(kind));
    expect(shown.plan?.effects.join('\n')).toMatch(/all are deleted at once/);
    const done = await place.settle(await place.execute(await place.approve(shown)));
    expect(done.results).toMatchObject([{ outcome: 'fixed' }]);
    expect(await digestsOf(place, 'web')).toEqual([place.push('2')]);
    const back = await place.fix({ remedy: 'undo', undoes: done });
    expect(back.results).toMatchObject([{ outcome: 'fixed' }]);
    expect(await digestsOf(place, 'web')).toEqual([place.push('1')]);
  });

  it('OnDelete with policy Always, pulled again: marked, then the pods are deleted', async () => {
    const updateStrategy = { type: 'OnDelete' };
    const container = { imagePullPolicy: 'Always' };
    const place = await running('on-delete', 'StatefulSet', { replicas: 2, container, spec: { updateStrategy } });
    const moved = place.push('1', 'moved');
    const done = await place.fix({ remedy: 'force-repull', on: ['StatefulSet', 'web'] });
    expect(done.plan?.intent.targets[0]?.operations.map(({ type }) => type)).toEqual(['edit-template', 'delete-pods']);
    expect(done.results).toMatchObject([{ outcome: 'fixed', pods: { desired: 2, updated: 2, onDigest: 2 } }]);
    expect(await digestsOf(place, 'web')).toEqual([moved]);
    expect((await place.get('StatefulSet', 'web')).metadata.annotations).toMatchObject({
      'imagecheck.dev/last-approval': done.id,
      'kubernetes.io/change-cause': expect.stringContaining(done.id),
    });
  });

  it('a partition keeps the pods below it, and that is said', async () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
    const place = await running('partition', 'StatefulSet', { replicas: 2, spec: { updateStrategy } });
    const done = await place.fix(setImage('StatefulSet'));
    expect(done.results).toMatchObject([{ outcome: 'applied', detail: expect.stringContaining('partition (1)') }]);
    expect([...(await digestsOf(place, 'web'))].sort()).toEqual([place.push('1'), place.push('2')].sort());
  });

  it.each<[string, object, RegExp]>([
    ['never becomes ready', { ready: false }, /do not become Ready/],
    ['ends at once', { exitCode: 1 }, /exit code 1/],
  ])('a new pod that %s: the image is fixed, the pod is not', async (_, behaviour, why) => {
    const place = await running('unready', 'Deployment', { spec: { progressDeadlineSeconds: 4 } });
    await place.behave({ image: place.image('2') }, behaviour);
    const done = await place.fix(setImage());
    expect(done.results).toMatchObject([
      { outcome: 'not-ready', detail: expect.stringMatching(why), reportId: 'report' },
    ]);
    const back = await place.fix({ remedy: 'undo', undoes: done });
    expect(back.results).toMatchObject([{ outcome: 'fixed' }]);
    expect(await digestsOf(place, 'web')).toEqual([place.push('1')]);
  });

  it('an image that only the product can pull: warned of, then not fixed', async () => {
    const place = await running('unpulled', 'Deployment', { spec: { progressDeadlineSeconds: 3 } });
    place.push('1', 'secret', { repository: 'private', private: true });
    const image = `ghcr.io/${place.namespace}/private:1`;
    const shown = await place.plan({ ...setImage(), params: { image } });
    expect(shown.plan?.warnings.join('\n')).toContain('not with what the pods pull with');
    const done = await place.settle(await place.execute(await place.approve(shown)));
    expect(done.results).toMatchObject([{ outcome: 'not-fixed', detail: expect.stringMatching(/ImagePull/) }]);
  });

  it('a quota that stops the pod of the surge: not fixed, in its words', async () => {
    const place = await running('quota', 'Deployment', { replicas: 2, spec: { progressDeadlineSeconds: 3 } });
    const hard = { pods: '2' };
    await place.create('ResourceQuota', { metadata: { name: 'two' }, spec: { hard } });
    // Without the controller of quotas nobody counts, so the count is written by hand.
    await place.patch('ResourceQuota', 'two', { status: { hard, used: hard } }, { subresource: 'status' });
    // It is in force a moment after it was made.
    const path = `${collectionOf('Pod', place.namespace)}?dryRun=All`;
    const body = workload('Pod', 'third', { image: place.image('1') });
    await eventually(async () => expect((await stage.api.call('POST', path, { body })).code).toBe(403));
    const done = await place.fix(setImage());
    expect(done.results).toMatchObject([{ outcome: 'not-fixed', detail: expect.stringContaining('exceeded quota') }]);
    expect(await digestsOf(place, 'web')).toEqual([place.push('1')]);
  });

  describe('a StatefulSet that goes in order, with a pod that cannot pull', () => {
    async function stuck(replicas = 2): Promise<Place> {
      const place = await stage.place('stuck', both);
      place.push('1');
      const image = place.image('missing');
      await place.create('StatefulSet', workload('StatefulSet', 'web', { image, replicas }));
      await place.waiting('web', 'ImagePullBackOff');
      return place;
    }
    const toOne: Wanted = { ...setImage('StatefulSet'), params: { image: ':1' } };

    it('gets the template once that pod is deleted', async () => {
      const place = await stuck();
      const shown = await place.plan(toOne);
      expect(shown.plan?.effects.join('\n')).toContain('not Ready (now web-0) are deleted');
      const done = await place.settle(await place.execute(await place.approve(shown)));
      expect(done.results).toMatchObject([{ outcome: 'fixed', pods: { desired: 2, onDigest: 2 } }]);
    });

    it('gets it also when someone deleted the pod before', async () => {
      const place = await stuck();
      const approved = await place.approve(await place.plan(toOne));
      await place.remove('Pod', 'web-0');
      await place.waiting('web', 'ErrImagePull');
      expect((await place.settle(await place.execute(approved))).results).toMatchObject([{ outcome: 'fixed' }]);
    });

    it('is brought back from an update that cannot be pulled, and its Ready pods stay', async () => {
      const place = await running('bad-update', 'StatefulSet', { replicas: 2 });
      place.push('1', 'secret', { repository: 'private', private: true });
      const image = `ghcr.io/${place.namespace}/private:1`;
      const bad = await place.execute(
        await place.approve(await place.plan({ ...setImage('StatefulSet'), params: { image } })),
      );
      await place.waiting('web', 'ImagePullBackOff');
      const first = async () =>
        (await place.pods('web')).find(({ metadata }) => metadata.name === 'web-0')?.metadata.uid;
      const uid = await first();
      const back = await place.fix({ ...setImage('StatefulSet'), params: { image: place.image('1') } });
      expect(back.results).toMatchObject([{ outcome: 'fixed' }]);
      expect(await first()).toBe(uid);
      expect((await place.settle(bad)).results).toMatchObject([
        { outcome: 'unknown', replacedBy: { approval: back.id } },
      ]);
    });

    it('needs the right to delete pods for it', async () => {
      const place = await stage.place('narrow', ['workload-images']);
      place.push('1');
      const image = place.image('missing');
      await place.create('StatefulSet', workload('StatefulSet', 'web', { image }));
      await place.waiting('web', 'ImagePullBackOff');
      const shown = await place.plan(toOne);
      const dryRuns = shown.plan?.targets[0]?.dryRuns ?? [];
      expect(dryRuns.map(({ outcome, missingRight }) => [outcome, missingRight])).toEqual([
        ['accepted', undefined],
        ['forbidden', `delete pods in ${place.namespace}`],
      ]);
      expect(shown.plan?.kubectl.at(-1)).toBe(`kubectl -n ${place.namespace} delete pods web-0`);
      expect(await place.execute(await place.approve(shown))).toMatchObject({ state: 'failed' });
      expect(imageOf(await place.get('StatefulSet', 'web'))).toBe(image);
    });
  });

  it.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)(
    'a %s is never called fixed before every pod is',
    async (kind) => {
      const place = await running('early', kind, { replicas: 3 });
      // Long enough for many looks in between.
      await place.behave({ image: place.image('2') }, { readyAfterSeconds: 12 });
      const begun = await place.execute(await place.approve(await place.plan(setImage(kind))));
      const [target] = begun.plan?.intent.targets ?? [];
      if (target === undefined) throw new Error('no target');
      const until = new Date(Date.now() + 40_000);
      const said: string[] = [];
      for (;;) {
        const verdict = await judge(target, { until }, place.deps, { signal: AbortSignal.timeout(10_000) });
        said.push(verdict.outcome);
        if (verdict.settled) break;
      }
      // At once: whatever is there now was there when it was said.
      expect(await digestsOf(place, 'web')).toEqual([place.push('2')]);
      expect(said.at(-1)).toBe('fixed');
      expect(said.length).toBeGreaterThan(5);
    },
  );
});
