import { expect, test } from 'vitest';
import type { Approval } from '../../../../src/model/approval/approval.ts';
import type { FixRun } from '../../../../src/terminal/fix.ts';
import { actions, fix, fixRecords, id, two, world } from '../../../support/fix-run.ts';

test('a server that never answers is asked five times, and then it is looked at what became of it', async () => {
  const place = world((_, { dryRun }) =>
    dryRun ? undefined : { kind: 'unknown', why: 'the connection was closed', maybeDone: true },
  );
  const { code, real, audit, out } = await fix(place);
  expect(real).toHaveLength(5);
  expect(actions(audit)).toEqual(['requested', 'shown', 'approved', 'started', 'executed', 'verified']);
  expect(out).toMatch(/Not fixed/);
  expect(code).toBe(1);
});

test('what has begun is finished when it is interrupted, and can be undone', async () => {
  const stop = new AbortController();
  const place = world((_, { dryRun }) => {
    if (!dryRun) stop.abort();
    return undefined;
  });
  const { code, kept, err, audit } = await fix(place, { signal: stop.signal });
  expect(place.image()).toBe(two);
  expect(code).toBe(130);
  expect(err).toMatch(/The change was made \(7F3K2QXD\); watching it was interrupted\.\nUndo with: /);
  expect(actions(audit).at(-1)).toBe('executed');
  expect(kept.get(id)).toMatchObject({ results: [{ outcome: 'applied' }], undoUntil: expect.any(String) });
});

test('it ends when somebody else undoes it while it is watched', async () => {
  const place = world();
  const kept = fixRecords();
  const workload: FixRun['cluster']['workload'] = async (...args) => {
    const own = kept.get(id);
    if (own?.state === 'verifying' && own.undoneBy === undefined) kept.set(id, undoneBy('AAAAAAAA', own));
    return { ...(await place.cluster.workload(...args)), kind: 'unknown', why: 'it does not answer' };
  };
  const cluster = { ...place.cluster, workload };
  const later = { makePlan: (await fix(world(), { ask: async () => 'no' })).run.makePlan };
  const { code, out } = await fix({ ...place, cluster }, later, kept);
  expect(out).toContain('Undone by plan AAAAAAAA before it was known whether it helped');
  expect(code).toBe(3);
});

function undoneBy(undo: string, own: Approval): Approval {
  return { ...own, undoneBy: undo, results: own.results.map((result) => ({ ...result, undoneBy: undo })) };
}
