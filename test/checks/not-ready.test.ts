import { describe, expect, it } from 'vitest';
import { notReady } from '../../src/checks/not-ready.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import { concluded, diagnosed, textOf } from '../support/checks.ts';
import {
  aContainer,
  aNode,
  anEvent,
  aSnapshot,
  crashed,
  minutesAgo,
  type Story,
  waiting,
} from '../support/snapshot.ts';

const containers = [aContainer()];
const job = { kind: 'Job', namespace: 'shop', name: 'web' } as const;
const unready = { ready: false, runningSince: minutesAgo(20) };
const starting = { ready: false, runningSince: minutesAgo(3) };
const creating = waiting('ContainerCreating');
const mount = known([anEvent('web-7d9f-1', 'FailedMount', 'MountVolume.SetUp failed for volume "cfg": not found')]);
const putOut = { phase: 'Failed', statusReason: 'NodeShutdown', statusMessage: 'Pod was terminated.' };

describe('not-ready', () => {
  it.each<[string, Story, string[]]>([
    ['runs for long and is not ready', { state: unready }, ['fail not_image_related likely']],
    [
      'one pod of two is not ready',
      { podCount: 2, state: (_, pod) => (pod === 0 ? unready : {}) },
      ['fail not_image_related likely'],
    ],
    [
      'one pod more than wanted is not ready, as in a rollout that keeps the old ones',
      { podCount: 2, workload: { desired: 1, ready: 1 }, state: (_, pod) => (pod === 0 ? unready : {}) },
      ['warn not_image_related likely'],
    ],
    [
      'Kubernetes gave the rollout up',
      {
        state: starting,
        workload: { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
      },
      ['fail not_image_related likely'],
    ],
    [
      'its node is lost',
      { state: unready, nodes: known([aNode({ ready: false })]) },
      ['fail not_image_related certain'],
    ],
    ['a volume cannot be mounted', { state: creating, events: mount }, ['fail not_image_related likely']],
    ['created long ago, and nothing says why', { state: creating }, ['unknown unknown possible']],
    [
      'created long ago, events not readable',
      { state: creating, events: unknown('forbidden', 'list events') },
      ['unknown unknown possible'],
    ],
    ['ended with its node', { pod: putOut, workload: { ready: 0 } }, ['fail not_image_related certain']],
    [
      'a Job that was given up and has no pods any more',
      {
        podCount: 0,
        workload: {
          ref: job,
          conditions: [
            { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'Job has reached the limit' },
          ],
        },
      },
      ['fail unknown possible'],
    ],
    ['no pods, and nothing says why', { podCount: 0, workload: { desired: 2 } }, ['unknown unknown certain']],
    // Look-alikes.
    ['still starting', { state: starting }, []],
    ['started this moment', { state: { ready: false, runningSince: minutesAgo(0.2) } }, []],
    ['created this moment', { state: creating, pod: { createdAt: minutesAgo(0.5) }, events: mount }, []],
    [
      'still pulling a large image',
      { state: creating, events: known([anEvent('web-7d9f-1', 'Pulling', 'Pulling image "x"', { type: 'Normal' })]) },
      [],
    ],
    [
      'was Ready until a moment ago',
      { state: unready, pod: { conditions: [{ type: 'Ready', status: 'False', since: minutesAgo(2) }] } },
      [],
    ],
    [
      'a startup probe that allows for half an hour',
      { containers: [aContainer({ startSeconds: 1800 })], state: unready },
      [],
    ],
    [
      'a rollout whose deadline is half an hour',
      {
        workload: { rollout: { isSeen: true, pods: 1, updated: 1, available: 0, progressDeadlineSeconds: 1800 } },
        state: unready,
      },
      [],
    ],
    ['a container that crashes', { state: crashed(1) }, []],
    ['a pull that fails', { state: waiting('ImagePullBackOff') }, []],
    [
      'ended with its node, and replaced',
      { podCount: 2, pod: (pod) => (pod === 0 ? putOut : {}) },
      ['warn not_image_related certain'],
    ],
    [
      'put out three days ago',
      {
        podCount: 2,
        pod: (pod) => (pod === 0 ? putOut : {}),
        state: (_, pod) =>
          pod === 0
            ? { terminated: { reason: 'Error', exitCode: 137, message: '', finishedAt: minutesAgo(3 * 24 * 60) } }
            : {},
      },
      [],
    ],
    ['scaled to 0', { podCount: 0, workload: { desired: 0 } }, []],
    ['just made', { podCount: 0, workload: { desired: 1, createdAt: minutesAgo(0.1) } }, []],
    ['pods not readable', { pods: unknown('forbidden', 'list pods') }, []],
    [
      'all pods are being deleted, as between two of strategy Recreate',
      { pod: { deletedAt: minutesAgo(0.1) }, state: unready },
      [],
    ],
    ['a Job that is suspended', { podCount: 0, workload: { ref: job, desired: 1, paused: true } }, []],
    ['healthy', {}, []],
  ])('%s', (_, story, expected) => {
    expect(concluded(notReady, aSnapshot({ containers, ...story }))).toEqual(expected);
  });

  it('quotes the readiness probe', () => {
    const events = known([anEvent('web-7d9f-1', 'Unhealthy', 'Readiness probe failed: statuscode: 503')]);
    const snapshot = aSnapshot({ containers, state: unready, events });
    expect(diagnosed(snapshot)).toEqual(['fail not-ready not_image_related likely']);
    expect(textOf(snapshot)).toContain('statuscode: 503');
  });

  it('is a consequence of a Job’s pods if they show why it failed', () => {
    const snapshot = aSnapshot({
      containers,
      workload: {
        ref: job,
        ready: 0,
        conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'limit' }],
      },
      pod: { phase: 'Failed' },
      state: {
        ready: false,
        runningSince: undefined,
        terminated: { reason: 'Error', exitCode: 2, message: '', finishedAt: minutesAgo(3) },
      },
    });
    expect(diagnosed(snapshot)).toEqual(['fail application-crash application_crash likely']);
    expect(textOf(snapshot)).toContain('job/web has failed');
  });
});
