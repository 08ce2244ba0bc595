import { describe, expect, it } from 'vitest';
import { dying } from '../../../support/dying-worker.ts';
import { onDeleteWorld } from '../../../support/on-delete-world.ts';

type World = ReturnType<typeof onDeleteWorld>;

/** Runs what is queued by a worker that may die, and then by another one. */
async function finished(
  { world, worker }: World,
  mortal = worker({ actor: { actor: 'worker:mortal' } }),
  turns = 1,
): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    const job = world.jobs.shift();
    if (job === undefined) break;
    await world.run(job, mortal).catch(() => {});
    world.pass(1000);
  }
  world.jobs.length = 0;
  world.pass(15_000);
  await world.settle(worker({ actor: { actor: 'worker:next' } }));
}

/** Every old pod was deleted once, no new one, and everyone is told so. */
function expectDone({ world, state }: World, id: string, at: string): void {
  expect(state.deleted.toSorted(), at).toEqual(
    [0, 1, 2].map((ordinal) => expect.stringMatching(`^web-${ordinal}-2026-11-19`)),
  );
  expect(world.stored(id), at).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }] });
  expect(world.stored(id).outcome, at).toContain('3 of 3 pods are running the intended image and are Ready');
  for (const action of ['granted', 'started', 'executed', 'verified']) {
    expect(
      world.actions(id).filter((each) => each === action),
      at,
    ).toHaveLength(1);
  }
  const executed = world.records.events().find(({ action }) => action === 'executed');
  expect(executed, at).toMatchObject({
    before: expect.stringMatching(/pods/),
    after: expect.stringMatching(/restarted.*pods.*recreated/),
  });
  expect([...world.events.values()], at).toEqual([expect.stringContaining(`force-repull by approval ${id}`)]);
  expect(world.shown.get(`approval:${id}:result`)?.body, at).toMatchObject({ approval: { state: 'done' } });
}

describe('a worker that dies while it deletes pods', () => {
  it.each(['before', 'after'] as const)('%s the effect of each call: another one finishes', async (when) => {
    let deaths = 0;
    for (let nth = 1; nth < 300; nth += 1) {
      const place = onDeleteWorld();
      const { id } = await place.approved();
      const mortal = dying(place.worker({ actor: { actor: 'worker:mortal' } }), nth, when);
      await finished(place, mortal.deps, 20);
      expectDone(place, id, `killed ${when} call ${nth}`);
      if (mortal.calls() < nth) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(20);
  });

  it.each([0, 1, 2])('after %i of three pods: another one deletes the rest', async (count) => {
    const place = onDeleteWorld();
    const { id } = await place.approved();
    place.state.mayDelete = count;
    const { world, worker } = place;
    const job = world.jobs.shift();
    if (job === undefined) throw new Error('nothing was queued');
    await world.run(job, worker({ actor: { actor: 'worker:mortal' } })).catch(() => {});
    expect(place.state.deleted).toHaveLength(count);
    expect(place.state.annotations).toMatchObject({ 'imagecheck.dev/last-approval': id });
    place.state.mayDelete = Number.POSITIVE_INFINITY;
    await finished(place, worker(), 0);
    expectDone(place, id, `killed after ${count} pods`);
  });

  it('and is followed too late: what was done is recorded, what was not is said', async () => {
    const place = onDeleteWorld();
    const { world, state, worker } = place;
    const { id } = await place.approved();
    state.mayDelete = 1;
    const job = world.jobs.shift();
    if (job === undefined) throw new Error('nothing was queued');
    await world.run(job, worker({ actor: { actor: 'worker:mortal' } })).catch(() => {});
    state.mayDelete = Number.POSITIVE_INFINITY;
    world.pass(25 * 60_000);
    await finished(place, worker(), 0);
    expect(state.deleted).toHaveLength(1);
    expect(world.stored(id)).toMatchObject({
      state: 'done',
      results: [
        {
          outcome: 'applied',
          detail: expect.stringContaining('1 of 3 pods have the change'),
          note: expect.stringMatching(/not continued, because the time for it was over: pods of web/),
        },
      ],
    });
    const executed = world.records.events().find(({ action }) => action === 'executed');
    expect(executed).toMatchObject({ before: expect.stringContaining('not restarted') });
    expect(executed?.after).toMatch(/restarted at/);
    expect(executed?.after).not.toContain('pods');
  });
});
