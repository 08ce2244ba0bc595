import { describe, expect, it } from 'vitest';
import { unknown } from '../../../../src/model/values/fact.ts';
import { type Case, fresh, judged, notReady, old, pod, stuck, wanted } from '../../../support/judged-rollout.ts';
import { digestOf } from '../../../support/probes.ts';
import { crashed, now, waiting } from '../../../support/snapshot.ts';

const since = (seconds: number) => new Date(Date.parse(now) - seconds * 1000).toISOString();

const refused = { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' };
const bare = { strategy: 'none' } as const;

const cases: Record<string, [Case, Partial<ReturnType<typeof judged>>]> = {
  'every pod': [
    {},
    { settled: true, outcome: 'fixed', detail: '4 of 4 pods are running the intended image and are Ready' },
  ],
  'a child of the index': [{ digests: [digestOf('index'), wanted] }, { settled: true, outcome: 'fixed' }],
  'scaled by an autoscaler meanwhile': [
    { rollout: { desired: 6 }, pods: fresh(6) },
    { settled: true, outcome: 'fixed' },
  ],
  'scaled up, pods to come': [{ rollout: { desired: 6 } }, { settled: false }],
  'scaled meanwhile, so that the controller has seen the change without making its revision': [
    {
      rollout: { updated: 0, unmade: true, desired: 6 },
      pods: Array.from({ length: 6 }, (_, index) => pod(`before-${index}`, { imageId: `x@${digestOf('before')}` })),
    },
    { settled: false, detail: '0 of 6 pods updated, 0 on the intended digests, 0 Ready' },
  ],
  'the same, and the pods of the revision before cannot pull': [
    { rollout: { updated: 0, unmade: true }, pods: [pod('before', waiting('ImagePullBackOff', 'not found'))] },
    { settled: false },
  ],
  'the same, and what its controller complains of is the rollout before': [
    { rollout: { updated: 0, unmade: true, conditions: [stuck, refused] }, pods: [pod('before')] },
    { settled: false },
  ],
  'an old pod still there': [{ pods: [...fresh(4), old] }, { settled: false, outcome: 'applied' }],
  'an old pod that goes': [{ pods: [...fresh(4), { ...old, deletedAt: now }] }, { settled: true, outcome: 'fixed' }],
  'half of them': [
    { pods: [...fresh(2), old, old] },
    { settled: false, detail: '2 of 4 pods updated, 2 on the intended digests, 2 Ready' },
  ],
  'unobserved generation': [{ rollout: { observedGeneration: 1 } }, { settled: false }],
  'never observed': [
    { rollout: { observedGeneration: 1 }, late: true },
    { settled: true, outcome: 'unknown' },
  ],
  'finished, another digest': [
    { pods: [...fresh(3), pod('odd', { imageId: `x@${digestOf('odd')}` })] },
    { settled: true, outcome: 'not-fixed', detail: expect.stringContaining('not what was intended') },
  ],
  'a node that tells only the id of the config': [
    { pods: [...fresh(3), pod('loaded', { imageId: digestOf('config') })] },
    { settled: true, outcome: 'unknown', detail: expect.stringContaining('only 3 of 4') },
  ],
  'no digest known': [
    { digests: [] },
    {
      settled: true,
      outcome: 'unknown',
      detail: expect.stringMatching(/the registry did not tell, or the pull policy/),
    },
  ],
  'probe fails': [{ pods: [...fresh(3), pod('slow', notReady)] }, { settled: false }],
  'probe fails to the end': [
    { pods: [...fresh(3), pod('slow', notReady)], late: true },
    { settled: true, outcome: 'not-ready' },
  ],
  'probe fails, deadline of the controller': [
    { pods: [pod('slow', notReady), old, old, old], rollout: { conditions: [stuck] } },
    { settled: true, outcome: 'not-ready' },
  ],
  'what the controller said of the rollout before': [
    { pods: [...fresh(4), old], rollout: { conditions: [stuck] } },
    { settled: false, outcome: 'applied' },
  ],
  'the same, with a pod that is younger than the deadline': [
    {
      pods: [pod('slow', notReady, { createdAt: since(30) }), old],
      rollout: { conditions: [stuck], progressDeadlineSeconds: 60 },
    },
    { settled: false, outcome: 'applied' },
  ],
  'the Ready condition rules': [
    { pods: [...fresh(3), pod('gated', {}, { conditions: [{ type: 'Ready', status: 'False' }] })], late: true },
    { settled: true, outcome: 'not-ready' },
  ],
  'crash loop': [
    { pods: [pod('bad', { ...crashed(1), imageId: `x@${wanted}` }), old] },
    { settled: true, outcome: 'not-ready', detail: expect.stringContaining('exit code 1') },
  ],
  'first pull error': [
    { pods: [pod('new', waiting('ErrImagePull', 'no such host'), { createdAt: now }), old] },
    { settled: false },
  ],
  'pull errors persist': [
    { pods: [pod('new', waiting('ImagePullBackOff', 'not found')), old] },
    { settled: true, outcome: 'not-fixed', detail: expect.stringContaining('ImagePullBackOff') },
  ],
  'quota in the way': [
    { pods: [old], rollout: { conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }] } },
    { settled: false, detail: expect.stringContaining('exceeded quota') },
  ],
  'quota to the end': [
    {
      pods: [old],
      late: true,
      rollout: { conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }] },
    },
    { settled: true, outcome: 'not-fixed', detail: expect.stringContaining('exceeded quota') },
  ],
  'a quota that was in the way of the rollout before, whose pods come back': [
    { pods: fresh(3), rollout: { conditions: [stuck, refused], progressDeadlineSeconds: 60 }, changed: 5 },
    { settled: false, outcome: 'applied' },
  ],
  'a quota that is in the way for as long as the deadline': [
    { pods: fresh(3), rollout: { conditions: [stuck, refused], progressDeadlineSeconds: 60 }, changed: 60 },
    { settled: true, outcome: 'not-fixed', detail: expect.stringContaining('exceeded quota') },
  ],
  'a bare pod whose node has not come to it yet': [
    { rollout: { ...bare, desired: 1 }, pods: [pod('bare', { imageId: `x@${digestOf('before')}` })] },
    { settled: false, outcome: 'applied', detail: expect.stringContaining('0 on the intended digests') },
  ],
  'a bare pod that still runs something else at the end': [
    { rollout: { ...bare, desired: 1 }, pods: [pod('bare', { imageId: `x@${digestOf('before')}` })], late: true },
    { settled: true, outcome: 'not-fixed', detail: expect.stringContaining('not what was intended') },
  ],
  'another image meanwhile': [
    {
      template: 'ghcr.io/acme/web:theirs',
      workload: {
        managers: [
          { name: 'imagecheck', ownsImages: true, at: '2026-01-01' },
          { name: 'kubectl-edit', ownsImages: true, at: '2026-02-01' },
        ],
      },
    },
    {
      settled: true,
      outcome: 'not-fixed',
      detail: 'changed afterwards by kubectl-edit: web is set to ghcr.io/acme/web:theirs',
    },
  ],
  'revisions that cannot be read': [
    { rollout: { revision: undefined, revisionUnread: 'no right to list replicasets' } as never },
    { settled: false, outcome: 'applied', detail: expect.stringContaining('no right to list replicasets') },
  ],
  'revisions that cannot be read to the end': [
    { late: true, rollout: { revision: undefined, revisionUnread: 'no answer' } as never },
    { settled: true, outcome: 'unknown', detail: expect.stringContaining('which pods are of the new template') },
  ],
  'revisions that cannot be read, pods that run something else': [
    {
      late: true,
      rollout: { revision: undefined, revisionUnread: 'no answer' } as never,
      pods: [1, 2, 3, 4].map((number) => pod(`was-${number}`, { imageId: `x@${digestOf('was')}` })),
    },
    { settled: true, outcome: 'unknown' },
  ],
  'a controller that names no revision yet': [
    { rollout: { revision: undefined } as never },
    { settled: false, outcome: 'applied', detail: expect.stringContaining('names no revision yet') },
  ],
  'no revision, and no pod is wanted': [
    { rollout: { revision: undefined, desired: 0 } as never, pods: [] },
    { settled: true, outcome: 'applied', detail: expect.stringContaining('scaled to 0') },
  ],
  'a kind without revisions': [
    {
      rollout: { revision: undefined, desired: 1, strategy: 'none' } as never,
      workload: { ref: { kind: 'Pod', namespace: 'shop', name: 'web' } },
      pods: fresh(1),
    },
    { settled: true, outcome: 'fixed' },
  ],
  'pods that cannot be read': [
    { seen: { pods: unknown('no answer') } },
    { settled: false, outcome: 'applied', detail: expect.stringContaining('cannot be read: no answer') },
  ],
  paused: [
    { rollout: { paused: true }, pods: [old] },
    { settled: true, outcome: 'applied', detail: expect.stringContaining('paused') },
  ],
  'paused, so that the old revision is still the newest': [
    {
      rollout: { paused: true, updated: 0, unmade: true },
      pods: [1, 2, 3, 4].map((number) => pod(`was-${number}`, { imageId: `x@${digestOf('was')}` })),
    },
    { settled: true, outcome: 'applied', detail: expect.stringContaining('paused') },
  ],
  'a container that began a moment ago': [
    { pods: [...fresh(3), pod('young', { runningSince: since(1) })] },
    { settled: false, outcome: 'applied' },
  ],
  'one that runs since some seconds': [
    { pods: [...fresh(3), pod('young', { runningSince: since(3) })] },
    { settled: true, outcome: 'fixed' },
  ],
  'one that runs again after a crash': [
    { pods: [...fresh(3), pod('crashed', { ...crashed(1), ready: true, runningSince: since(5) })] },
    { settled: false, outcome: 'applied' },
  ],
  'one that began a moment ago, at the end of waiting': [
    { pods: [...fresh(3), pod('young', { runningSince: since(1) })], late: true },
    { settled: true, outcome: 'fixed' },
  ],
  'paused once all was done': [{ rollout: { paused: true } }, { settled: true, outcome: 'fixed' }],
  'OnDelete, deleted and not recreated yet': [
    { rollout: { strategy: 'OnDelete' }, pods: [...fresh(1), { ...old, deletedAt: now }] },
    { settled: false },
  ],
  'OnDelete, all recreated, and not counted yet': [
    { rollout: { strategy: 'OnDelete', updated: 0 } },
    { settled: true, outcome: 'fixed' },
  ],
  OnDelete: [
    { rollout: { strategy: 'OnDelete' }, pods: [...fresh(1), old] },
    { settled: true, outcome: 'applied', detail: expect.stringContaining('OnDelete') },
  ],
  'OnDelete, all deleted': [{ rollout: { strategy: 'OnDelete' } }, { settled: true, outcome: 'fixed' }],
  'scaled to 0': [
    { rollout: { desired: 0 }, pods: [] },
    { settled: true, outcome: 'applied', detail: expect.stringContaining('scaled to 0') },
  ],
  partition: [
    { rollout: { partition: 2 }, pods: [...fresh(2), old, old] },
    { settled: true, outcome: 'applied', detail: expect.stringContaining('partition (2)') },
  ],
  'partition, not there yet': [{ rollout: { partition: 2 }, pods: [...fresh(1), old, old, old] }, { settled: false }],
  CronJob: [
    { workload: { ref: { kind: 'CronJob', namespace: 'prod', name: 'nightly' } } },
    { settled: true, outcome: 'applied', detail: 'takes effect at the next run' },
  ],
  deleted: [{ seen: { workload: { kind: 'absent' } } }, { settled: true, outcome: 'not-fixed' }],
  'unreadable for now': [{ seen: { pods: unknown('forbidden') } }, { settled: false }],
  'unreadable to the end': [
    { seen: { pods: unknown('forbidden') }, late: true },
    { settled: true, outcome: 'unknown', detail: expect.stringContaining('forbidden') },
  ],
};

describe('judgeRollout', () => {
  it.each(Object.entries(cases))('%s', (_, [given, expected]) => {
    expect(judged(given)).toMatchObject(expected);
  });

  it('counts pods as they are seen', () => {
    expect(judged({ pods: [...fresh(2), pod('slow', notReady), old] }).pods).toEqual({
      desired: 4,
      updated: 3,
      ready: 2,
      onDigest: 3,
    });
  });
});
