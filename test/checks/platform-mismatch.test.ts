import { describe, expect, it } from 'vitest';
import { platformMismatch } from '../../src/checks/platform-mismatch.ts';
import type { Platform } from '../../src/model/image/outcome.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import { concluded, diagnosed, expectWords, textOf } from '../support/checks.ts';
import { aConfig, amd64, anImage, anIndex, arm64, digestOf } from '../support/probes.ts';
import { aContainer, aLog, aNode, aSnapshot, crashed, type Story, waiting } from '../support/snapshot.ts';

const image = 'registry.test/acme/web:1';
const containers = [aContainer({ image })];
const execFormat = aLog('web', ['exec /app/server: exec format error']);
const noMatch = waiting(
  'ErrImagePull',
  `failed to pull and unpack image "${image}": no match for platform in manifest: not found`,
);
/** A probe of a single image for one platform. */
function single(platform: Platform) {
  return { manifest: known(anImage(image)), configs: known([aConfig(image, { platform })]) };
}

function index(...platforms: readonly Platform[]) {
  return { manifest: known(anIndex(image, platforms)) };
}

describe('platform-mismatch', () => {
  const windows = (build: string): Platform => ({ os: 'windows', architecture: 'amd64', osVersion: `10.0.${build}.1` });
  it.each<[string, Story, string[]]>([
    [
      'an index without the platform, says the kubelet',
      { state: noMatch, probe: index(arm64) },
      ['fail platform_mismatch certain'],
    ],
    [
      'exec format error and a config for another platform',
      { state: crashed(255), logs: [execFormat], probe: single(arm64) },
      ['fail exec_format certain'],
    ],
    [
      'exec format error in the termination message',
      { state: crashed(128, 'StartError', 'exec /app: exec format error'), probe: single(arm64) },
      ['fail exec_format certain'],
    ],
    ['exec format error, config not read', { state: crashed(1), logs: [execFormat] }, ['fail exec_format likely']],
    [
      'a crash and a config for another platform, log not read',
      {
        state: crashed(1),
        probe: single(arm64),
        logs: [{ pod: 'web-7d9f-1', container: 'web', lines: unknown('forbidden', 'get pods/log') }],
      },
      ['fail platform_mismatch likely'],
    ],
    [
      'an index that fits no node, not tried yet',
      { podCount: 0, probe: index(arm64) },
      ['warn platform_mismatch certain'],
    ],
    [
      'an index that fits some nodes',
      { podCount: 0, probe: index(amd64), nodes: known([aNode(), aNode({ name: 'arm', platform: arm64 })]) },
      ['warn platform_mismatch likely'],
    ],
    [
      'a Windows build that is too new',
      { podCount: 0, probe: index(windows('26100')), nodes: known([aNode({ platform: windows('20348') })]) },
      ['warn platform_mismatch certain'],
    ],
    [
      'an image question',
      { podCount: 0, probe: index(arm64), asked: { reference: image } },
      ['fail platform_mismatch certain'],
    ],
    [
      'an index that says amd64 of an image for arm64',
      {
        state: crashed(255),
        logs: [execFormat],
        probe: { ...index(amd64), configs: known([aConfig(image, { platform: arm64 })]) },
      },
      ['fail exec_format certain'],
    ],
    // Look-alikes.
    [
      'a tag that names an image for another platform now, which is not what runs',
      {
        state: { ...crashed(255), imageId: `registry.test/acme/web@${digestOf('before')}` },
        logs: [execFormat],
        probe: single(arm64),
      },
      ['fail exec_format likely'],
    ],
    [
      'a program’s own line about another file',
      { state: crashed(1), logs: [aLog('web', ['fork/exec /p: exec format error'])] },
      [],
    ],
    [
      'exec format error of a script, platform is right',
      { state: crashed(255), logs: [execFormat], probe: single(amd64) },
      [],
    ],
    ['another platform, but it runs (emulation)', { probe: single(arm64) }, []],
    ['a crash of a fitting image', { state: crashed(1), probe: single(amd64) }, []],
    [
      'a node that its pods may not go to',
      {
        podCount: 0,
        probe: index(amd64),
        nodes: known([
          aNode(),
          aNode({ name: 'arm', platform: arm64, taints: [{ key: 'arch', value: 'arm', effect: 'NoSchedule' }] }),
        ]),
      },
      [],
    ],
    [
      'not tried yet, and nodes are not readable',
      { podCount: 0, probe: index(arm64), nodes: unknown('forbidden', 'list nodes') },
      ['unknown platform_mismatch possible'],
    ],
    ['runs, and nodes are not readable', { probe: index(arm64), nodes: unknown('forbidden', 'list nodes') }, []],
    [
      'admission puts another image in its place',
      { probe: index(arm64), state: { image: 'mirror.test/acme/web:1' } },
      [],
    ],
    ['the index has it', { probe: index(amd64, arm64) }, []],
  ])('%s', (_, story, expected) => {
    expect(concluded(platformMismatch, aSnapshot({ containers, ...story }))).toEqual(expected);
  });

  it('is one finding, and names platforms and nodes', () => {
    const snapshot = aSnapshot({ containers, state: crashed(255), logs: [execFormat], probe: single(arm64) });
    expect(diagnosed(snapshot)).toEqual(['fail platform-mismatch exec_format certain']);
    expectWords(textOf(snapshot), ['linux/arm64', 'linux/amd64', 'node-1', '--platform linux/amd64']);
  });

  it('judges the node that the pod is on', () => {
    const nodes = known([aNode({ name: 'a', platform: arm64 }), aNode({ name: 'b' })]);
    const onArm = aSnapshot({
      containers,
      nodes,
      state: crashed(255),
      logs: [execFormat],
      probe: single(arm64),
      pod: { node: 'a' },
    });
    expect(concluded(platformMismatch, onArm)).toEqual([]);
  });

  it('advises a rebuild that still fits the nodes which run it', () => {
    const snapshot = aSnapshot({
      containers,
      podCount: 2,
      nodes: known([aNode(), aNode({ name: 'arm', platform: arm64 })]),
      pod: (index) => (index === 0 ? {} : { node: 'arm' }),
      state: (_, index) => (index === 0 ? {} : crashed(255)),
      logs: [aLog('web', ['exec /app/server: exec format error'], 'web-7d9f-2')],
      probe: single(amd64),
    });
    const [finding] = platformMismatch.run(snapshot).findings;
    expect(finding?.prevent?.snippet).toContain('--platform linux/amd64,linux/arm64');
    expect(finding?.next).not.toContain('Apple');
  });
});
