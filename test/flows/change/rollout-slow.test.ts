import { describe, expect, it } from 'vitest';
import type { RolloutSeen } from '../../../src/flows/change/verify/rollout-verdict.ts';
import { type Case, fresh, judged, notReady, old, pod, stuck } from '../../support/judged-rollout.ts';
import { now } from '../../support/snapshot.ts';

const minutes = (count: number) => new Date(Date.parse(now) + count * 60_000);
const twelve = [...fresh(12), ...Array.from({ length: 8 }, (_, index) => ({ ...old, name: `old-${index}` }))];
const starting = [...fresh(11), pod('starting', notReady), ...twelve.slice(12)];
const slow = { desired: 20 };
/** Longer than the first deadline, which is over, with the last progress so many minutes ago. */
const watched = (agoMinutes: number, best = 36): Partial<RolloutSeen> => ({
  until: minutes(-15),
  latest: minutes(200),
  progress: { best, at: minutes(-agoMinutes).toISOString() },
});

const lateCases: Record<string, [Case, Partial<ReturnType<typeof judged>>]> = {
  'moves at this look': [
    { rollout: slow, pods: twelve, seen: watched(60, 33) },
    { settled: false, outcome: 'applied', progress: { best: 36, at: minutes(0).toISOString() } },
  ],
  'moved a while ago': [
    { rollout: slow, pods: twelve, seen: watched(5) },
    {
      settled: false,
      detail: `12 of 20 pods updated, 12 on the intended digests, 12 Ready; watched until ${minutes(200).toISOString().slice(11, 16)} UTC at the latest`,
    },
  ],
  'moved a while ago, one pod still starting': [
    { rollout: slow, pods: starting, seen: watched(5, 35) },
    { settled: false, outcome: 'applied' },
  ],
  'moved within the deadline of its own controller': [
    { rollout: { ...slow, progressDeadlineSeconds: 3600 }, pods: twelve, seen: watched(50) },
    { settled: false },
  ],
  'waits for each pod as long as it is told to': [
    { rollout: { ...slow, minReadySeconds: 1800 }, pods: twelve, seen: watched(35) },
    { settled: false },
  ],
  'the end in any case': [
    { rollout: slow, pods: twelve, seen: { ...watched(5), latest: minutes(0) } },
    { settled: true, outcome: 'unknown', detail: expect.stringMatching(/^still going on, 12 of 20 pods updated/) },
  ],
  'the end in any case, one pod still starting': [
    { rollout: slow, pods: starting, seen: { ...watched(5, 35), latest: minutes(0) } },
    { settled: true, outcome: 'unknown', detail: expect.stringContaining('still going on, 12 of 20') },
  ],
  'stands still, and what is new is well': [
    { rollout: slow, pods: twelve, seen: watched(11) },
    { settled: true, outcome: 'unknown', detail: expect.stringContaining('stands still, 12 of 20') },
  ],
  'stands still, one pod never Ready': [
    { rollout: slow, pods: starting, seen: watched(11, 35) },
    { settled: true, outcome: 'not-ready', detail: expect.stringContaining('do not become Ready') },
  ],
  'gets ready again and again': [
    { rollout: slow, pods: twelve, seen: watched(11, 37) },
    { settled: true, outcome: 'unknown' },
  ],
  'stopped half-way by a quota': [
    {
      rollout: {
        ...slow,
        conditions: [stuck, { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }],
      },
      pods: twelve,
    },
    { settled: true, outcome: 'not-fixed', detail: expect.stringContaining('exceeded quota') },
  ],
  'never moved': [
    { rollout: slow, pods: twelve, seen: { until: minutes(-1), latest: minutes(200), progress: { best: 36 } } },
    { settled: true },
  ],
  'a new revision that its controller has not made': [
    { rollout: { ...slow, observedGeneration: 1 }, pods: twelve, seen: { latest: minutes(200) } },
    { settled: false },
  ],
};

describe('a slow rollout', () => {
  it.each(Object.entries(lateCases))('%s', (_, [given, expected]) => {
    expect(judged(given)).toMatchObject(expected);
  });

  it('counts no pods of the revision before as progress', () => {
    const unseen = judged({
      rollout: { ...slow, observedGeneration: 1 },
      pods: twelve,
      seen: { latest: minutes(200) },
    });
    expect(unseen.progress).toBeUndefined();
    expect(judged({ rollout: slow, pods: twelve, seen: { latest: minutes(200) } }).progress).toEqual({ best: 36 });
  });

  it('says nothing of its end while it is as quick as any', () => {
    const seen = { latest: minutes(200), progress: { best: 30 } };
    expect(judged({ rollout: slow, pods: twelve, seen }).detail).not.toContain('watched until');
  });
});
