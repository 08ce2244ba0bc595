import { describe, expect, it } from 'vitest';
import { outOfMemory } from '../../src/checks/out-of-memory.ts';
import { known } from '../../src/model/values/fact.ts';
import { concluded, diagnosed } from '../support/checks.ts';
import { aContainer, anEvent, aSnapshot, crashed, minutesAgo, type Story } from '../support/snapshot.ts';

const image = 'registry.test/acme/web:1';
const containers = [aContainer({ image })];

describe('out-of-memory', () => {
  const running = {
    restartCount: 1,
    lastTerminated: { reason: 'OOMKilled', exitCode: 137, message: '', finishedAt: minutesAgo(20) },
  };
  it.each<[string, Story, string[]]>([
    ['OOMKilled in a loop', { state: crashed(137, 'OOMKilled') }, ['fail out_of_memory certain']],
    ['OOMKilled and running again', { state: running }, ['warn out_of_memory certain']],
    [
      '137 with the kernel’s event',
      { state: crashed(137), events: known([anEvent('web-7d9f-1', 'OOMKilling', 'Memory cgroup out of memory')]) },
      ['fail out_of_memory likely'],
    ],
    ['137 alone', { state: crashed(137) }, ['fail out_of_memory possible']],
    [
      'evicted for the memory of the node',
      {
        podCount: 1,
        workload: { ready: 0 },
        pod: {
          phase: 'Failed',
          statusReason: 'Evicted',
          statusMessage: 'The node was low on resource: memory. Threshold quantity: 100Mi',
          containers: [],
        },
      },
      ['fail out_of_memory certain'],
    ],
    // Look-alikes.
    [
      '137 from a failed liveness probe',
      {
        state: crashed(137),
        events: known([anEvent('web-7d9f-1', 'Killing', 'Container web failed liveness probe, will be restarted')]),
      },
      [],
    ],
    [
      'OOMKilled last week',
      { state: { ...running, lastTerminated: { ...running.lastTerminated, finishedAt: minutesAgo(10_000) } } },
      [],
    ],
    ['exit code 1', { state: crashed(1) }, []],
    [
      'evicted for disk',
      {
        pod: {
          statusReason: 'Evicted',
          statusMessage: 'The node was low on resource: ephemeral-storage.',
          containers: [],
        },
      },
      [],
    ],
  ])('%s', (_, story, expected) => {
    expect(concluded(outOfMemory, aSnapshot({ containers, ...story }))).toEqual(expected);
  });

  it('explains the crash', () => {
    expect(diagnosed(aSnapshot({ containers, state: crashed(137, 'OOMKilled') }))).toEqual([
      'fail out-of-memory out_of_memory certain',
    ]);
  });
});
