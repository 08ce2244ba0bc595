import { describe, expect, it } from 'vitest';
import type { ChangeWorkDeps } from '../../../../src/flows/change/work/work.ts';
import { known } from '../../../../src/model/values/fact.ts';
import { drawResult } from '../../../../src/slack/views/result.ts';
import { type ChangeWorld, changeWorld, newImage, oldImage } from '../../../support/change-world.ts';
import { digestOf } from '../../../support/probes.ts';
import { aContainer, aPod, aState } from '../../../support/snapshot.ts';

const usualPods = 20;

function podOf(index: number, isNew: boolean) {
  const image = isNew ? newImage : oldImage;
  const state = aState(aContainer({ image }), { imageId: `ghcr.io/acme/web@${digestOf(image)}` });
  return aPod([state], { name: `web-${index}`, revision: isNew ? 'rs-new' : 'rs-old' });
}

/** A worker whose cluster has so many pods, as many of them new as is said. */
function rolling(world: ChangeWorld, updated: () => number, desired = usualPods): ChangeWorkDeps {
  const usual = world.worker();
  return {
    ...usual,
    cluster: {
      ...usual.cluster,
      pods: async () => known(Array.from({ length: desired }, (_, index) => podOf(index, index < updated()))),
    },
    changes: {
      ...usual.changes,
      rollout: async (...args) => {
        const found = await usual.changes.rollout(...args);
        return found.kind === 'found' ? { ...found, value: { ...found.value, desired } } : found;
      },
    },
  };
}

/** Runs what is queued, some seconds apart, for as long as it is watched; gives how many minutes that was. */
async function watch(world: ChangeWorld, id: string, deps: ChangeWorkDeps, everyMs = 20_000): Promise<number> {
  const begunMs = world.now().getTime();
  for (let turn = 0; turn < 2000 && world.stored(id).state !== 'done'; turn += 1) {
    const job = world.jobs.shift();
    if (job !== undefined) await world.run(job, deps);
    world.pass(everyMs);
  }
  return (world.now().getTime() - begunMs) / 60_000;
}

describe('a rollout that is slow', () => {
  it('is watched for as long as it moves, far beyond the deadline of standing still', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    const begunMs = world.now().getTime();
    const updated = () => Math.min(usualPods, Math.floor((world.now().getTime() - begunMs) / 150_000));
    const minutes = await watch(world, id, rolling(world, updated));
    expect(minutes).toBeGreaterThan(45);
    expect(world.stored(id)).toMatchObject({
      results: [{ outcome: 'fixed', pods: { desired: 20, updated: 20, ready: 20, onDigest: 20 } }],
      outcome: expect.stringContaining('20 of 20 pods'),
    });
    expect(world.stored(id).results[0]).not.toHaveProperty('progress');
  });

  it('tells until when it is watched at the latest', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    const begunMs = world.now().getTime();
    const deps = rolling(world, () => Math.min(12, Math.floor((world.now().getTime() - begunMs) / 60_000)));
    for (let turn = 0; turn < 24; turn += 1) {
      const job = world.jobs.shift();
      if (job !== undefined) await world.run(job, deps);
      world.pass(20_000);
    }
    expect(world.stored(id)).toMatchObject({
      state: 'verifying',
      results: [{ outcome: 'applied', detail: expect.stringMatching(/; watched until 18:1\d UTC at the latest$/) }],
    });
  });

  it('ends as still going on at the last moment, and not before', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    const begunMs = world.now().getTime();
    const updated = () => Math.floor((world.now().getTime() - begunMs) / 300_000);
    expect(await watch(world, id, rolling(world, updated, 60), 60_000)).toBeGreaterThanOrEqual(240);
    expect(world.stored(id)).toMatchObject({
      results: [{ outcome: 'unknown', detail: expect.stringMatching(/^still going on, 4\d of 60 pods updated/) }],
      outcome: expect.stringMatching(/^inconclusive: still going on, 4\d of 60 pods/),
    });
  });

  it('is over once nothing moves for as long as its controller would wait', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    const begunMs = world.now().getTime();
    const updated = () => Math.min(12, Math.floor((world.now().getTime() - begunMs) / 60_000));
    const minutes = await watch(world, id, rolling(world, updated));
    expect(minutes).toBeGreaterThan(22);
    expect(minutes).toBeLessThan(24);
    expect(world.stored(id).outcome).toMatch(/^inconclusive: it stands still, 12 of 20 pods updated/);
  });
});

describe('progress', () => {
  it('is written at most every three seconds, however often it is looked at', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    const deps = rolling(world, () => Math.min(usualPods, updated));
    let updated = 0;
    const written: { readonly at: number; readonly text: string }[] = [];
    for (let turn = 0; turn < 200 && world.stored(id).state !== 'done'; turn += 1) {
      const job = world.jobs.shift();
      if (job !== undefined) await world.run(job, deps);
      const { state, results } = world.stored(id);
      const text = results[0]?.detail ?? '';
      if (state === 'verifying' && text !== (written.at(-1)?.text ?? ''))
        written.push({ at: world.now().getTime(), text });
      updated += 0.25;
      world.pass(250);
    }
    expect(world.stored(id).results).toMatchObject([{ outcome: 'fixed' }]);
    const gaps = written.slice(1).map(({ at }, index) => at - (written[index]?.at ?? 0));
    expect(written.length).toBeGreaterThan(4);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(3500);
  });
});

describe('the Event beside a change', () => {
  it.each([
    [{ kind: 'unknown' as const, why: 'no right to create events in prod', missingRight: 'create events in prod' }],
    [{ kind: 'unknown' as const, why: 'connection reset' }],
  ])('that could not be written is told: %o', async (answer) => {
    const world = changeWorld();
    const { id } = await world.approved();
    const usual = world.worker();
    await world.settle({ ...usual, changes: { ...usual.changes, event: async () => answer } });
    const note = `no Kubernetes Event was written beside it: ${answer.why}`;
    expect(world.stored(id)).toMatchObject({ state: 'done', results: [{ outcome: 'fixed', note }] });
    expect(world.stored(id).outcome).toContain(note);
    const verified = world.records.events().find(({ action }) => action === 'verified');
    expect(verified?.detail).toContain(note);
    expect(JSON.stringify(drawResult(world.stored(id)).blocks)).toContain(note);
  });
});
