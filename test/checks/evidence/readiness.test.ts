import { describe, expect, it } from 'vitest';
import { progressOf } from '../../../src/checks/evidence/readiness.ts';
import { reportOfSnapshot } from '../../../src/flows/ask/diagnose.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import type { RolloutCounts } from '../../../src/model/workload/workload.ts';
import { aContainer, aNode, anEvent, aSnapshot, minutesAgo, type Story, waiting } from '../../support/snapshot.ts';

const containers = [aContainer()];
const ref = { namespace: 'shop', name: 'web' };
const job = { ...ref, kind: 'Job' } as const;
const young = { createdAt: minutesAgo(2) };
const creating = waiting('ContainerCreating');
const done: RolloutCounts = { isSeen: true, pods: 2, updated: 2, available: 2 };
const pulling = known([
  anEvent('web-7d9f-1', 'Pulling', 'Pulling image "ghcr.io/acme/web:1f2c9aa"', { lastAt: minutesAgo(2) }),
]);

/** Two pods that are Ready, of a workload that was changed two minutes ago. */
function rollingOut(counts: Partial<RolloutCounts>, more: Story['workload'] = {}): Story {
  return { podCount: 2, pod: young, workload: { ...more, rollout: { ...done, ...counts } } };
}

/** Whose pods are not Ready although their containers are. */
const gated = (since: string): Story => ({
  pod: {
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'ReadinessGatesNotReady',
        message: 'corresponding condition of pod readiness gate "lb.example/attached" does not exist.',
        since,
      },
    ],
  },
  workload: { ready: 0 },
});

describe('the status of a report', () => {
  it.each<[string, Story, string, RegExp?]>([
    ['Ready', { workload: { rollout: { ...done, pods: 1, updated: 1, available: 1 } } }, 'healthy'],
    ['Ready, by a snapshot of an earlier release', {}, 'healthy'],
    [
      'fewer pods than wanted, by a snapshot of an earlier release',
      { pod: young, workload: { desired: 3, ready: 1 } },
      'progressing',
      /2 pods that do not exist yet/,
    ],
    [
      'none of three pods is Ready',
      { podCount: 3, pod: young, state: creating },
      'progressing',
      /pod\/web-7d9f-1 and 2 more, which are being created/,
    ],
    [
      'its pod pulls',
      { pod: young, state: creating, events: pulling },
      'progressing',
      /is pulling ghcr.io\/acme\/web:1f2c9aa/,
    ],
    [
      'its program starts',
      { pod: young, state: { ready: false, runningSince: minutesAgo(1) } },
      'progressing',
      /container web is not ready/,
    ],
    [
      'a startup probe allows for an hour',
      { containers: [aContainer({ startSeconds: 3600 })], state: { ready: false, runningSince: minutesAgo(20) } },
      'progressing',
    ],
    [
      'its readiness probe fails for long, for reasons of its own',
      { state: { ready: false, runningSince: minutesAgo(20) } },
      'problems',
    ],
    [
      'a readiness gate holds it',
      gated(minutesAgo(2)),
      'progressing',
      /held by a readiness gate: .*lb.example\/attached/,
    ],
    ['a readiness gate holds it for long', gated(minutesAgo(40)), 'unknown'],
    [
      'pulls for longer than anything explains',
      {
        state: creating,
        events: known([
          anEvent('web-7d9f-1', 'Pulling', 'Pulling image "ghcr.io/acme/web:1f2c9aa"', { lastAt: minutesAgo(80) }),
        ]),
      },
      'problems',
    ],
    [
      'a pod waits for a node',
      {
        pod: { ...young, unschedulable: 'Insufficient cpu' },
        state: { imageId: '', ready: false, runningSince: undefined },
      },
      'problems',
    ],
    [
      'the controller has not seen the change',
      rollingOut({ isSeen: false }),
      'progressing',
      /has not seen the latest change/,
    ],
    ['old pods serve while a rollout goes on', rollingOut({ updated: 1 }), 'progressing', /1 of 2 pods are updated/],
    ['old pods have still to end', rollingOut({ pods: 3 }), 'progressing', /1 old pod to end/],
    ['minReadySeconds', rollingOut({ available: 0, minReadySeconds: 120 }), 'progressing', /stay Ready for 120 s/],
    [
      'a pod does not exist yet',
      { podCount: 1, pod: young, workload: { desired: 2, rollout: { ...done, pods: 1, updated: 1 } } },
      'progressing',
      /1 pod that does not exist yet/,
    ],
    [
      'Kubernetes gave the rollout up',
      {
        ...rollingOut(
          { updated: 1 },
          { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
        ),
      },
      'problems',
    ],
    [
      'a rollout that has not moved for long',
      { podCount: 2, workload: { rollout: { ...done, updated: 1 } } },
      'unknown',
    ],
    [
      'all pods are being replaced',
      {
        pod: { ...young, deletedAt: minutesAgo(1) },
        workload: { ready: 0, desired: 1, rollout: { ...done, pods: 0, updated: 0, available: 0 } },
      },
      'progressing',
    ],
    ['paused on purpose, in the middle', rollingOut({ updated: 1 }, { paused: true }), 'healthy'],
    [
      'a partition keeps the others',
      rollingOut({ updated: 1, partition: 1 }, { ref: { ...ref, kind: 'StatefulSet' } }),
      'healthy',
    ],
    [
      'a partition, not reached yet',
      rollingOut({ updated: 0, partition: 1 }, { ref: { ...ref, kind: 'StatefulSet' } }),
      'progressing',
      /0 of 1 pod are updated|0 of 1 pod/,
    ],
    [
      'OnDelete',
      rollingOut({ updated: 0 }, { ref: { ...ref, kind: 'StatefulSet' }, updateStrategy: 'OnDelete' }),
      'healthy',
    ],
    [
      'a DaemonSet with OnDelete keeps its old pods',
      rollingOut({ updated: 0 }, { ref: { ...ref, kind: 'DaemonSet' }, updateStrategy: 'OnDelete' }),
      'healthy',
    ],
    [
      'OnDelete excuses no pod that is missing',
      {
        podCount: 1,
        pod: young,
        workload: {
          ref: { ...ref, kind: 'StatefulSet' },
          updateStrategy: 'OnDelete',
          desired: 2,
          rollout: { ...done, pods: 1, updated: 0, available: 1 },
        },
      },
      'progressing',
      /1 pod that does not exist yet/,
    ],
    [
      'a partition excuses no pod that is not Ready',
      {
        podCount: 2,
        pod: young,
        state: (_, index) => (index === 0 ? creating : {}),
        workload: {
          ref: { ...ref, kind: 'StatefulSet' },
          rollout: { ...done, updated: 0, partition: 2, available: 1 },
        },
      },
      'progressing',
      /web-7d9f-1, which is being created/,
    ],
    [
      'a partition above the number of pods',
      rollingOut({ updated: 0, partition: 9 }, { ref: { ...ref, kind: 'StatefulSet' } }),
      'healthy',
    ],
    [
      'paused, and a pod is missing',
      {
        podCount: 1,
        pod: young,
        workload: { paused: true, desired: 2, rollout: { ...done, pods: 1, updated: 0, available: 1 } },
      },
      'progressing',
      /1 pod that does not exist yet/,
    ],
    [
      'scaled to 0 by its autoscaler, the last pod is ending',
      {
        pod: { deletedAt: minutesAgo(1) },
        workload: { desired: 0, ready: 0, rollout: { isSeen: true, pods: 1, updated: 1, available: 0 } },
      },
      'healthy',
    ],
    [
      'scaled up from 0 by its autoscaler',
      {
        podCount: 0,
        workload: {
          desired: 1,
          createdAt: minutesAgo(1),
          rollout: { isSeen: true, pods: 0, updated: 0, available: 0 },
        },
      },
      'progressing',
      /1 pod that does not exist yet/,
    ],
    [
      'a CronJob between two runs',
      { podCount: 0, workload: { ref: { ...ref, kind: 'CronJob' }, ready: 0 } },
      'healthy',
    ],
    [
      'a CronJob that is suspended',
      { podCount: 0, workload: { ref: { ...ref, kind: 'CronJob' }, ready: 0, paused: true } },
      'healthy',
    ],
    [
      'a CronJob whose pod is being created',
      { workload: { ref: { ...ref, kind: 'CronJob' }, ready: 0 }, pod: young, state: creating },
      'progressing',
    ],
    [
      'scaled to 0',
      { podCount: 0, workload: { desired: 0, rollout: { isSeen: true, pods: 0, updated: 0, available: 0 } } },
      'healthy',
    ],
    [
      'a DaemonSet on cordoned nodes',
      { ...rollingOut({}, { ref: { ...ref, kind: 'DaemonSet' } }), nodes: known([aNode({ unschedulable: true })]) },
      'healthy',
    ],
    ['a Job that runs', { workload: { ref: job }, state: { ready: false } }, 'healthy'],
    [
      'a Job that completed',
      {
        workload: { ref: job, ready: 0 },
        pod: { phase: 'Succeeded' },
        state: { ready: false, runningSince: undefined, terminated: { reason: 'Completed', exitCode: 0, message: '' } },
      },
      'healthy',
    ],
    ['a Job that is suspended', { podCount: 0, workload: { ref: job, desired: 1, paused: true } }, 'healthy'],
    [
      'a Job whose pod is being created',
      { workload: { ref: job, ready: 0 }, pod: young, state: creating },
      'progressing',
    ],
    ['pods not readable', { pods: unknown('forbidden', 'list pods') }, 'unknown'],
  ])('%s', (_, story, status, waitsFor) => {
    const report = reportOfSnapshot(aSnapshot({ containers, ...story }));
    expect(report.status, JSON.stringify(report.findings)).toBe(status);
    expect(report.progress !== undefined).toBe(status === 'progressing');
    if (waitsFor !== undefined) expect(report.progress?.map((one) => one.waitsFor).join()).toMatch(waitsFor);
  });

  it('says since when', () => {
    const snapshot = aSnapshot({ containers, pod: young, state: creating, events: pulling });
    expect(progressOf(snapshot).map(({ since }) => since)).toEqual([minutesAgo(2)]);
  });

  it('a first start by the identity of the node is a start, although nobody else may read the image', () => {
    const refused = {
      kind: 'unauthorized',
      stage: 'request',
      status: 401,
      message: 'authentication required',
    } as const;
    const report = reportOfSnapshot(
      aSnapshot({
        containers,
        pod: young,
        state: creating,
        probe: {
          digest: unknown('refused'),
          attempts: [
            { as: 'anonymous', via: { kind: 'origin', host: 'ghcr.io' }, outcome: refused },
            { as: 'workload', via: { kind: 'origin', host: 'ghcr.io' }, outcome: refused },
          ],
        },
      }),
    );
    expect([report.status, report.findings]).toEqual(['progressing', []]);
  });
});
