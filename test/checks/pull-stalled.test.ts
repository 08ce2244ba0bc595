import { describe, expect, it } from 'vitest';
import { pullStalled } from '../../src/checks/pull-stalled.ts';
import type { NearbyPull } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import { concluded, diagnosed, textOf } from '../support/checks.ts';
import { digestOf } from '../support/probes.ts';
import { aContainer, aNode, anEvent, aSnapshot, minutesAgo, type Story, waiting } from '../support/snapshot.ts';

const image = 'ghcr.io/acme/web:1f2c9aa';
const containers = [aContainer({ image })];
const state = waiting('ContainerCreating');

function pulling(minutes: number, pods: readonly string[] = ['web-7d9f-1']): NonNullable<Story['events']> {
  return known(
    pods.map((pod) =>
      anEvent(pod, 'Pulling', `Pulling image "${image}"`, { type: 'Normal', lastAt: minutesAgo(minutes) }),
    ),
  );
}

function sized(bytes: number): NonNullable<Story['probe']> {
  const body = { kind: 'image' as const, configDigest: digestOf('config'), layersBytes: bytes };
  return {
    manifest: known({ digest: digestOf(image), mediaType: 'application/vnd.oci.image.manifest.v1+json', body }),
  };
}

function nearby(patch: Partial<NearbyPull>): NearbyPull[] {
  return [{ pod: 'batch-1', node: 'node-1', image: 'quay.io/big/model:1', since: minutesAgo(50), ...patch }];
}

const nodes = known([aNode(), aNode({ name: 'node-2' })]);
const small = sized(80_000_000);
const hung: Story = { containers, state, events: pulling(40), probe: small, nodes };

describe('pull-stalled', () => {
  it.each<[string, Story, string[], RegExp?]>([
    [
      'nothing else tells where it hangs',
      hung,
      ['fail pull_stalled possible'],
      /80 MB to transfer.*Nothing else shows/,
    ],
    [
      'an earlier pull of the node has not ended: a serial pull behind a slow one',
      { ...hung, nearbyPulls: nearby({}) },
      ['fail pull_stalled likely'],
      /waiting behind quay.io\/big\/model:1.*serializeImagePulls: false/,
    ],
    [
      'the node pulls others meanwhile: the registry or mirror hangs',
      {
        ...hung,
        nearbyPulls: [
          ...nearby({}),
          ...nearby({ image: 'docker.io/library/redis:7', since: minutesAgo(5), endedAt: minutesAgo(5) }),
        ],
      },
      ['fail pull_stalled likely'],
      /its runtime works: the registry or mirror .* is hanging/,
    ],
    [
      'another node has the image: the runtime of this one is deadlocked',
      {
        ...hung,
        podCount: 2,
        pod: (pod) => (pod === 0 ? {} : { node: 'node-2' }),
        state: (_, pod) => (pod === 0 ? state : {}),
      },
      ['fail pull_stalled likely'],
      /the container runtime of node-1 or its network is hanging.*restart the runtime/,
    ],
    [
      'it hangs on two nodes',
      {
        ...hung,
        podCount: 2,
        pod: (pod) => ({ node: `node-${pod + 1}` }),
        events: pulling(40, ['web-7d9f-1', 'web-7d9f-2']),
      },
      ['fail pull_stalled likely'],
      /hangs on 2 nodes, so the registry or mirror/,
    ],
    ['of a size that is not known', { ...hung, probe: {} }, ['fail pull_stalled possible'], /size could not be read/],
    [
      'a big image that takes longer still',
      { ...hung, events: pulling(90), probe: sized(12e9) },
      ['fail pull_stalled possible'],
    ],
    [
      'a big image where pulls are known to be fast',
      { ...hung, probe: sized(12e9), pullBytesPerSecond: 50_000_000 },
      ['fail pull_stalled possible'],
    ],
    // Look-alikes.
    [
      'a big image on a slow registry: 12 GB at 5 MB/s are 40 minutes',
      { ...hung, events: pulling(38), probe: sized(12e9) },
      [],
    ],
    ['a slow registry that the configuration knows', { ...hung, probe: sized(1.2e9), pullBytesPerSecond: 400_000 }, []],
    ['it began a moment ago', { ...hung, events: pulling(3) }, []],
    [
      'it ended',
      {
        ...hung,
        events: known([
          anEvent('web-7d9f-1', 'Pulled', `Successfully pulled image "${image}" in 3s`, { lastAt: minutesAgo(20) }),
          anEvent('web-7d9f-1', 'Pulling', `Pulling image "${image}"`, { lastAt: minutesAgo(20) }),
        ]),
      },
      [],
    ],
    ['it failed', { ...hung, state: waiting('ErrImagePull'), events: pulling(40) }, []],
    ['its node is lost', { ...hung, nodes: known([aNode({ ready: false })]) }, []],
    ['its pod runs', { ...hung, state: {} }, []],
    [
      'another node pulls for long as well',
      { ...hung, nearbyPulls: nearby({ node: 'node-2' }) },
      ['fail pull_stalled possible'],
    ],
  ])('%s', (_, story, expected, says) => {
    const snapshot = aSnapshot(story);
    expect(concluded(pullStalled, snapshot)).toEqual(expected);
    if (says !== undefined) expect(textOf(snapshot)).toMatch(says);
  });

  it('is the only finding', () => {
    expect(diagnosed(aSnapshot(hung))).toEqual(['fail pull-stalled pull_stalled possible']);
  });
});
