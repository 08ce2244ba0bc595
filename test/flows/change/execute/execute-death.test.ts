import { describe, expect, it } from 'vitest';
import { type ChangeWorld, changeWorld } from '../../../support/change-world.ts';
import { dying } from '../../../support/dying-worker.ts';

async function afterDeath(
  nth: number,
  when: 'before' | 'after',
  survived: { value: boolean },
): Promise<[ChangeWorld, string]> {
  const world = changeWorld(['web', 'api']);
  const { id } = await world.approved();
  const mortal = dying(world.worker({ actor: { actor: 'worker:mortal' } }), nth, when);
  for (let turn = 0; turn < 20 && mortal.calls() < nth; turn += 1) {
    const job = world.jobs.shift();
    if (job === undefined) break;
    await world.run(job, mortal.deps).catch(() => {});
    world.pass(1000);
  }
  survived.value = mortal.calls() < nth;
  // What the dead process had queued and held is lost; the lease ends.
  world.jobs.length = 0;
  world.pass(15_000);
  await world.settle(world.worker({ actor: { actor: 'worker:next' } }));
  return [world, id];
}

describe('a worker that dies at any line', () => {
  it.each(['before', 'after'] as const)('%s the effect of each call neither acts twice nor forgets', async (when) => {
    const survived = { value: false };
    let deaths = 0;
    for (let nth = 1; !survived.value && nth < 300; nth += 1) {
      const [world, id] = await afterDeath(nth, when, survived);
      const at = `killed ${when} call ${nth}`;
      expect(world.patches.map(({ operation }) => JSON.stringify(operation)).length, at).toBe(2);
      expect(new Set(world.patches.map(({ operation }) => JSON.stringify(operation))).size, at).toBe(2);
      expect(world.stored(id), at).toMatchObject({
        state: 'done',
        results: [{ outcome: 'fixed' }, { outcome: 'fixed' }],
      });
      for (const action of ['granted', 'started', 'executed', 'verified']) {
        expect(
          world.actions(id).filter((each) => each === action),
          at,
        ).toHaveLength(1);
      }
      expect(world.shown.get(`approval:${id}:result`)?.body, at).toMatchObject({ approval: { state: 'done' } });
      expect(world.shown.get(`approval:${id}:plan`)?.body, at).toMatchObject({ approval: { state: 'done' } });
      deaths += 1;
    }
    expect(survived.value).toBe(true);
    expect(deaths).toBeGreaterThan(20);
  });
});
