import { expect, test } from 'vitest';
import { neighboursOf } from '../../../src/flows/collect/neighbours.ts';
import type { ClusterEvent } from '../../../src/model/snapshot/snapshot.ts';
import type { WorkloadRef } from '../../../src/model/workload/workload.ts';
import type { WorkloadSummary } from '../../../src/ports/cluster.ts';
import { aContainer } from '../../support/snapshot.ts';

const self: WorkloadRef = { kind: 'Deployment', namespace: 'prod', name: 'web' };
const image = 'ghcr.io/acme/api:1';
const summary = (name: string, ready: number): WorkloadSummary => ({
  ref: { ...self, name },
  containers: [aContainer({ name: 'app', image })],
  ready,
  desired: 1,
});
const event = (message: string, lastAt: string, kind = 'Pod'): ClusterEvent => ({
  object: { kind, name: 'api-1' },
  type: 'Warning',
  reason: 'Failed',
  message,
  count: 1,
  lastAt,
});
const failed = (why: string) => `Failed to pull image "${image}": ${why}`;

test('a neighbour that waits for an image carries the latest words about it', () => {
  const events = [
    event(failed('403 Forbidden'), '2026-11-20T14:02:00Z'),
    event(failed('429'), '2026-11-20T14:01:00Z'),
    event(`Back-off pulling image "${image}"`, '2026-11-20T14:03:00Z'),
    event(failed('500'), '2026-11-20T14:04:00Z', 'Node'),
  ];
  const [found, ...others] = neighboursOf(self, [summary('web', 0), summary('api', 0)], events);
  expect(others).toEqual([]);
  expect(found?.pullFailures).toEqual([{ image, message: failed('403 Forbidden') }]);
});

test('one that is ready again carries nothing, whatever the events of before say', () => {
  const [found] = neighboursOf(self, [summary('api', 1)], [event(failed('403 Forbidden'), '2026-11-20T14:02:00Z')]);
  expect(found).not.toHaveProperty('pullFailures');
});

test.each([
  `Successfully pulled image "${image}" in 1.2s (1.2s including waiting). Image size: 10 bytes.`,
  `Container image "${image}" already present on machine`,
])('one that got the image after all waits for something else: %s', (message) => {
  const events = [event(failed('403 Forbidden'), '2026-11-20T14:02:00Z'), event(message, '2026-11-20T14:03:00Z')];
  expect(neighboursOf(self, [summary('api', 0)], events)[0]).not.toHaveProperty('pullFailures');
});

test('one of whose pods got it still carries what another pod is told', () => {
  const other = { ...event('', '2026-11-20T14:03:00Z'), object: { kind: 'Pod', name: 'api-2' } };
  const events = [
    event(failed('429'), '2026-11-20T14:02:00Z'),
    { ...other, message: `Successfully pulled image "${image}" in 1s` },
  ];
  expect(neighboursOf(self, [summary('api', 0)], events)[0]?.pullFailures).toEqual([{ image, message: failed('429') }]);
});

test('a neighbour that runs nowhere stays one', () => {
  const [found, ...others] = neighboursOf(self, [{ ...summary('api', 0), runsNowhere: true }], []);
  expect(found?.runsNowhere).toBe(true);
  expect(others).toEqual([]);
  expect(neighboursOf(self, [summary('api', 1)], [])[0]).not.toHaveProperty('runsNowhere');
});
