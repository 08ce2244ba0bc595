import { expect, test } from 'vitest';
import { nearbyPulls } from '../../../src/flows/collect/nearby-pulls.ts';
import type { ClusterEvent } from '../../../src/model/snapshot/snapshot.ts';
import { anEvent, aSnapshot, minutesAgo, waiting } from '../../support/snapshot.ts';

const creating = aSnapshot({ state: waiting('ContainerCreating') });
const event = (pod: string, reason: string, message: string, minutes: number, node = 'node-1'): ClusterEvent =>
  anEvent(pod, reason, message, { lastAt: minutesAgo(minutes), node });

test('the open and the ended pulls of the nodes where a pod waits', () => {
  const events = [
    event('batch-1', 'Pulling', 'Pulling image "quay.io/big/model:1"', 30),
    event('redis-1', 'Pulled', 'Successfully pulled image "redis:7" in 2s (2s including waiting)', 5),
    event('redis-1', 'Pulling', 'Pulling image "redis:7"', 5),
    event('bad-1', 'Failed', 'Failed to pull image "nope:1": not found', 4),
    event('far-1', 'Pulling', 'Pulling image "far:1"', 30, 'node-2'),
    anEvent('old-1', 'Pulling', 'Pulling image "old:1"'),
  ];
  expect(nearbyPulls(creating, events)).toEqual({
    nearbyPulls: [
      { pod: 'batch-1', node: 'node-1', image: 'quay.io/big/model:1', since: minutesAgo(30) },
      { pod: 'redis-1', node: 'node-1', image: 'redis:7', since: minutesAgo(5), endedAt: minutesAgo(5) },
      { pod: 'bad-1', node: 'node-1', image: 'nope:1', since: minutesAgo(4), endedAt: minutesAgo(4) },
    ],
  });
});

test('nothing, if no pod waits', () => {
  expect(nearbyPulls(aSnapshot(), [event('batch-1', 'Pulling', 'Pulling image "x:1"', 30)])).toEqual({});
});
