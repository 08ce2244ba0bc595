import { describe, expect, test } from 'vitest';
import { WorkloadObject } from '../../src/kubernetes/read/objects.ts';
import { summaryOf } from '../../src/kubernetes/read/workloads.ts';
import type { WorkloadKind } from '../../src/model/workload/workload.ts';

describe('summaryOf', () => {
  const all = { replicas: 3, readyReplicas: 3, updatedReplicas: 3 };
  test.each<[string, WorkloadKind, object, object, boolean]>([
    ['pods that are all ready', 'Deployment', { replicas: 3 }, all, false],
    ['a rollout that goes well', 'Deployment', { replicas: 3 }, { ...all, updatedReplicas: 1 }, false],
    ['one of several is not ready', 'StatefulSet', { replicas: 3 }, { ...all, readyReplicas: 2 }, false],
    ['no pod is ready', 'Deployment', { replicas: 3 }, { replicas: 3, updatedReplicas: 3 }, true],
    ['no number is given, and no pod is ready', 'StatefulSet', {}, {}, true],
    [
      'old pods are ready, and a new one is not',
      'Deployment',
      { replicas: 3 },
      { replicas: 4, readyReplicas: 3, updatedReplicas: 1 },
      true,
    ],
    ['none is wanted', 'Deployment', { replicas: 0 }, {}, false],
    ['all nodes have one', 'DaemonSet', {}, { desiredNumberScheduled: 2, numberReady: 2 }, false],
    ['no node has one', 'DaemonSet', {}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2 }, true],
    ['no node should have one', 'DaemonSet', {}, { desiredNumberScheduled: 0 }, false],
    ['a pod that works', 'Job', {}, { active: 1, ready: 1 }, false],
    ['a pod that waits', 'Job', {}, { active: 1 }, true],
    ['one that worked, and one that waits', 'Job', {}, { active: 1, succeeded: 1 }, false],
    ['it is finished', 'Job', {}, { succeeded: 1 }, false],
    ['a schedule', 'CronJob', {}, {}, false],
    ['a ready pod', 'Pod', {}, { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }, false],
    ['a pod that waits', 'Pod', {}, { phase: 'Pending' }, true],
    ['a pod that has finished', 'Pod', {}, { phase: 'Succeeded' }, false],
  ])('%s (%s): runs nowhere?', (_, kind, spec, status, expected) => {
    const object = WorkloadObject.parse({ metadata: { name: 'web' }, spec, status });
    expect(summaryOf(kind, object).runsNowhere === true).toBe(expected);
  });
});
