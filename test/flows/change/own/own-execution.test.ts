import { describe, expect, test } from 'vitest';
import type { Approval } from '../../../../src/model/approval/approval.ts';
import { operations } from '../../../../src/operations/index.ts';
import type { OperationStanding } from '../../../../src/operations/parts/operation-kind.ts';
import type { FixRun } from '../../../../src/terminal/fix.ts';
import { actions, fix, fixRecords, id, one, two, world } from '../../../support/fix-run.ts';
import { scaleKind } from '../../../support/test-operation.ts';

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

describe('a step that takes time, with another one after it', () => {
  const running: OperationStanding = { kind: 'running', detail: '1 of 3' };

  /** Scales `web`, which says at each look how far it is, and then sets its image. */
  async function scaleFirst(standing: () => OperationStanding, more: Partial<FixRun> = {}) {
    const remove = operations.add(scaleKind(standing));
    try {
      let isScaled = false;
      const place = world(({ type }, { dryRun }) => {
        if (type === 'edit-template') return undefined;
        if (isScaled) return { kind: 'already', marked: true };
        isScaled = !dryRun;
        return { kind: 'applied', diff: '', before: 'replicas: 1', after: 'replicas: 3' };
      });
      const base = (await fix(place, { ask: async () => 'no' })).run.makePlan;
      const makePlan: FixRun['makePlan'] = async (request, how) => {
        const outcome = await base(request, how);
        if (outcome.kind !== 'plan') return outcome;
        const targets = outcome.plan.intent.targets.map((target) => ({
          ...target,
          operations: [{ type: 'scale', target: target.subject, to: 3 }, ...target.operations],
        }));
        return { ...outcome, plan: { ...outcome.plan, intent: { ...outcome.plan.intent, targets } } };
      };
      return { place, ...(await fix(place, { makePlan, ...more })) };
    } finally {
      remove();
    }
  }

  test('is waited for, however often it has to be looked at', async () => {
    const done: OperationStanding = { kind: 'done', detail: '3 of 3' };
    let looks = 0;
    const { place, code, out, audit } = await scaleFirst(() => (++looks < 10 ? running : done));
    expect(out).toMatch(/Fixed in/);
    expect({ code, image: place.image() }).toEqual({ code: 0, image: two });
    expect(actions(audit).filter((action) => action === 'executed')).toHaveLength(1);
  });

  test('is not waited for once it is interrupted, and the other one is not done', async () => {
    const stop = new AbortController();
    const standing = () => {
      stop.abort();
      return running;
    };
    const { place, code, kept } = await scaleFirst(standing, { signal: stop.signal });
    expect({ code, image: place.image() }).toEqual({ code: 130, image: one });
    expect(kept.get(id)?.results).toMatchObject([
      { note: expect.stringMatching(/^not continued, because it was int/) },
    ]);
  });
});

test('it ends when someone else undoes it while it is watched', async () => {
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
