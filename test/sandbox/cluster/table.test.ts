import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/sandbox/cluster/objects/object.ts';
import { podReason } from '../../../src/sandbox/cluster/view/pod-row.ts';
import { representationOf } from '../../../src/sandbox/cluster/view/representation.ts';
import { printerOf } from '../../../src/sandbox/cluster/view/rows.ts';

const now = new Date('2026-01-01T01:00:00Z');
const metadata = {
  name: 'x',
  namespace: 'n',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const object = (kind: string, more: object): KubeObject => ({ apiVersion: 'v1', kind, metadata, ...more });
const container = (state: object, more: object = {}) => ({
  name: 'app',
  ready: false,
  restartCount: 0,
  state,
  ...more,
});

describe('what kubectl get shows of a pod', () => {
  it.each([
    ['Pending', { phase: 'Pending' }, 'Pending'],
    ['a reason of the pod', { phase: 'Failed', reason: 'Evicted' }, 'Evicted'],
    [
      'waiting',
      { phase: 'Pending', containerStatuses: [container({ waiting: { reason: 'ImagePullBackOff' } })] },
      'ImagePullBackOff',
    ],
    [
      'ended',
      { phase: 'Running', containerStatuses: [container({ terminated: { exitCode: 1, reason: 'Error' } })] },
      'Error',
    ],
    [
      'ended without reason',
      { phase: 'Running', containerStatuses: [container({ terminated: { exitCode: 3 } })] },
      'ExitCode:3',
    ],
    ['running', { phase: 'Running', containerStatuses: [container({ running: {} }, { ready: true })] }, 'Running'],
  ])('%s', (_what, status, expected) => {
    expect(podReason(object('Pod', { spec: {}, status }))).toBe(expected);
  });

  it('init containers before anything else', () => {
    const initContainerStatuses = [
      container({ terminated: { exitCode: 0 } }),
      container({ waiting: { reason: 'ErrImagePull' } }),
    ];
    const pod = object('Pod', {
      spec: { initContainers: [{}, {}] },
      status: { phase: 'Pending', initContainerStatuses },
    });
    expect(podReason(pod)).toBe('Init:ErrImagePull');
    const waiting = object('Pod', {
      spec: { initContainers: [{}, {}] },
      status: { phase: 'Pending', initContainerStatuses: [container({ running: {} })] },
    });
    expect(podReason(waiting)).toBe('Init:0/2');
  });

  it('restarts, with the age of the last one', () => {
    const last = { lastState: { terminated: { finishedAt: '2026-01-01T00:59:30Z' } }, restartCount: 4 };
    const pod = object('Pod', {
      spec: { containers: [{}] },
      status: { phase: 'Running', containerStatuses: [container({ running: {} }, last)] },
    });
    expect(printerOf('Pod').row(pod, now).slice(0, 5)).toEqual(['x', '0/1', 'Running', '4 (30s ago)', '60m']);
  });
});

describe('rows have a cell for every column', () => {
  const kinds = [
    'Pod',
    'Deployment',
    'ReplicaSet',
    'StatefulSet',
    'DaemonSet',
    'Job',
    'CronJob',
    'Node',
    'Event',
    'Namespace',
    'ConfigMap',
    'Secret',
    'ServiceAccount',
    'Lease',
    'Unheard',
  ];
  it.each(kinds)('%s', (kind) => {
    const { columns, row } = printerOf(kind);
    expect(row(object(kind, { spec: {}, status: {} }), now)).toHaveLength(columns.length);
  });
});

describe('representations', () => {
  it.each([
    [
      'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
      'table',
    ],
    ['application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', 'list-metadata'],
    ['application/json', 'object'],
    ['application/vnd.kubernetes.protobuf,application/json', 'object'],
    ['*/*', 'object'],
    ['', 'object'],
  ])('%s is %s', (accept, form) => {
    expect(representationOf(accept)).toBe(form);
  });
});
