import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../../src/flows/change/verify/rollout-verdict.ts';
import { judgeUndo } from '../../../../src/flows/change/verify/undo-verdict.ts';
import type { Pod } from '../../../../src/model/snapshot/snapshot.ts';
import { aContainer, aPod, aState, waiting } from '../../../support/snapshot.ts';

const now = new Date('2026-11-20T14:00:00Z');
const container = aContainer({ image: 'ghcr.io/acme/web:old' });
const old = '2026-11-20T13:59:40Z';
const pod = (name: string, patch: Partial<Pod> = {}, state = aState(container, { ready: false })): Pod =>
  aPod([state], { name, createdAt: old, revision: 'before', ...patch });
const rollout = { generation: 3, observedGeneration: 3, revision: 'before' };
const unpulled = aState(container, { ready: false, ...waiting('ImagePullBackOff', 'Back-off') });
const counted = (ready: number, onDigest: number, updated = 2): Verdict => ({
  settled: false,
  outcome: 'applied',
  detail: 'waiting',
  pods: { desired: 2, updated, ready, onDigest },
});

describe('an undo', () => {
  test.each<[string, Verdict, readonly Pod[], string]>([
    ['pods run what ran before, and are not ready, as before', counted(0, 2), [pod('a'), pod('b')], 'fixed'],
    [
      'pods that were made a moment ago',
      counted(0, 2),
      [pod('a'), pod('b', { createdAt: now.toISOString() })],
      'applied',
    ],
    ['a pod of the change is still there', counted(0, 2), [pod('a'), pod('b'), pod('c')], 'applied'],
    ['one runs something else', counted(0, 1), [pod('a'), pod('b')], 'applied'],
    ['the old image cannot be pulled, as before', counted(0, 0, 1), [pod('a', {}, unpulled), pod('b')], 'fixed'],
    ['the rollout has not begun', counted(0, 0, 0), [pod('a', {}, unpulled)], 'applied'],
    ['no pod is left', counted(0, 2), [], 'applied'],
  ])('%s', (_, verdict, pods, outcome) => {
    const judged = judgeUndo(verdict, { rollout, pods, now });
    expect(judged.outcome).toBe(outcome);
    expect(judged.settled).toBe(outcome === 'fixed');
  });

  const failing = [pod('a', {}, unpulled), pod('b')];
  const changed = { revision: 'change' };
  test.each<[string, Partial<Parameters<typeof judgeUndo>[1]>]>([
    ['its controller has not looked yet', { rollout: { ...rollout, observedGeneration: 2 } }],
    ['only the pod of the change fails, until it goes', { pods: [pod('a'), pod('b', changed, unpulled)] }],
    ['its controller has made nothing of it yet', { rollout: { ...rollout, unmade: true } }],
    ['a bare pod fails, and its node has not come to it yet', { changedAt: new Date(now.getTime() - 1000) }],
  ])('%s: it is looked at again', (_, seen) => {
    const verdict = counted(0, 0, 1);
    expect(judgeUndo(verdict, { rollout, pods: failing, now })).toMatchObject({ settled: true, outcome: 'fixed' });
    expect(judgeUndo(verdict, { rollout, pods: failing, now, ...seen })).toBe(verdict);
  });

  test('what was judged already stays', () => {
    const done: Verdict = { settled: true, outcome: 'not-fixed', detail: 'it has been deleted since' };
    expect(judgeUndo(done, { rollout, pods: [pod('a')], now })).toBe(done);
    const ready: Verdict = { ...counted(2, 2), settled: true, outcome: 'fixed' };
    expect(judgeUndo(ready, { rollout, pods: [pod('a'), pod('b')], now })).toBe(ready);
  });
});
