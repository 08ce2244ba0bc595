import { describe, expect, it } from 'vitest';
import { nodeDisk } from '../../src/checks/node-disk.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import { concluded } from '../support/checks.ts';
import { as, found } from '../support/probes.ts';
import { aContainer, aLog, aNode, aSnapshot, crashed, type Story, waiting } from '../support/snapshot.ts';

const image = 'registry.test/acme/web:1';
const containers = [aContainer({ image })];

describe('node-disk', () => {
  it.each<[string, Story, string[]]>([
    [
      'no space to unpack',
      {
        state: waiting('ErrImagePull', 'failed to extract layer: write /var/lib/x: no space left on device'),
        probe: { attempts: [as('workload', found('x'))] },
      },
      ['fail disk_full certain'],
    ],
    [
      'evicted, nothing runs',
      {
        workload: { ready: 0 },
        pod: {
          phase: 'Failed',
          statusReason: 'Evicted',
          statusMessage: 'The node was low on resource: ephemeral-storage.',
          containers: [],
        },
      },
      ['fail disk_full certain'],
    ],
    [
      'waits because of the taint',
      {
        workload: { ready: 0 },
        pod: { unschedulable: 'node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }', containers: [] },
      },
      ['fail disk_full certain'],
    ],
    ['runs on a node under pressure', { nodes: known([aNode({ diskPressure: true })]) }, ['warn disk_full certain']],
    [
      'the program says so',
      { state: crashed(1), logs: [aLog('web', ['OSError: [Errno 28] No space left on device'])] },
      ['fail disk_full possible'],
    ],
    // Look-alikes.
    ['another node is under pressure', { nodes: known([aNode(), aNode({ name: 'node-2', diskPressure: true })]) }, []],
    [
      'evicted for memory',
      {
        pod: {
          phase: 'Failed',
          statusReason: 'Evicted',
          statusMessage: 'The node was low on resource: memory.',
          containers: [],
        },
      },
      [],
    ],
    ['nodes are not readable', { nodes: unknown('forbidden', 'list nodes') }, []],
  ])('%s', (_, story, expected) => {
    expect(concluded(nodeDisk, aSnapshot({ containers, ...story }))).toEqual(expected);
  });
});
