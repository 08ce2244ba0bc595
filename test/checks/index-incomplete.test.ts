import { describe, expect, it } from 'vitest';
import { indexIncomplete } from '../../src/checks/index-incomplete.ts';
import type { ImageProbe } from '../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import { concluded, diagnosed, expectWords, textOf } from '../support/checks.ts';
import { aConfig, amd64, anIndex, arm64 } from '../support/probes.ts';
import { aContainer, aNode, aSnapshot, type Story, waiting } from '../support/snapshot.ts';

const image = 'ghcr.io/acme/web:2';
const containers = [aContainer({ image })];
const both = anIndex(image, [amd64, arm64]);
const [ofAmd64, ofArm64] = both.body.kind === 'index' ? both.body.children : [];
const child = ofAmd64?.digest ?? '';
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);
const absent = waiting('ErrImagePull', `failed to pull and unpack image "${image}": content at ${child}: not found`);

function dangling(...children: readonly (typeof ofAmd64)[]): Partial<ImageProbe> {
  return { manifest: known(both), absentChildren: children.flatMap((one) => one ?? []), configs: unknown('404') };
}

describe('index-incomplete', () => {
  it.each<[string, Story, string[]]>([
    ['the kubelet backs off', { state: backOff, probe: dangling(ofAmd64) }, ['fail index_incomplete certain']],
    ['the runtime quotes the child', { state: absent, probe: dangling(ofAmd64) }, ['fail index_incomplete certain']],
    ['no pod has tried yet', { podCount: 0, probe: dangling(ofAmd64) }, ['warn index_incomplete certain']],
    ['pods run from the node’s copy', { probe: dangling(ofAmd64) }, ['warn index_incomplete certain']],
    [
      'a question about the image alone',
      { podCount: 0, probe: dangling(ofAmd64), asked: { reference: image } },
      ['fail index_incomplete certain'],
    ],
    [
      'some nodes can still pull it',
      { podCount: 0, probe: dangling(ofArm64), nodes: known([aNode(), aNode({ name: 'arm', platform: arm64 })]) },
      ['warn index_incomplete certain'],
    ],
    [
      'nodes cannot be read',
      { podCount: 0, probe: dangling(ofAmd64), nodes: unknown('forbidden', 'list nodes') },
      ['warn index_incomplete likely'],
    ],
    // Look-alikes.
    ['only the child of a platform that no node has', { state: backOff, probe: dangling(ofArm64) }, []],
    ['the child is there', { state: backOff, probe: { manifest: known(both), configs: known([aConfig(image)]) } }, []],
    ['the child could not be read', { state: backOff, probe: dangling() }, []],
  ])('%s', (_, story, expected) => {
    expect(concluded(indexIncomplete, aSnapshot({ containers, ...story }))).toEqual(expected);
  });

  it('is not certain at a host that may be a cache whose upstream fails', () => {
    const cached = 'harbor.example.com/proxy/acme/web:2';
    const snapshot = aSnapshot({
      containers: [aContainer({ image: cached })],
      state: waiting('ImagePullBackOff', `Back-off pulling image "${cached}"`),
      probe: dangling(ofAmd64),
    });
    expect(diagnosed(snapshot)).toEqual(['fail index-incomplete index_incomplete likely']);
    expectWords(textOf(snapshot), ['If harbor.example.com is a pull-through cache']);
    expect(textOf(aSnapshot({ containers, state: backOff, probe: dangling(ofAmd64) }))).not.toContain('pull-through');
  });

  it('names the platform, the usual reason, and tags that are complete', () => {
    const probe = { ...dangling(ofAmd64), completeTags: ['1', '1.9'] };
    const text = textOf(aSnapshot({ containers, state: backOff, probe }));
    expectWords(text, ['linux/amd64', child, '404', 'clean-up of untagged versions', 'complete: 1 and 1.9', ':1"']);
  });
});

describe('an image that the registry has although its pull fails', () => {
  it.each<[string, Story, string[]]>([
    [
      'its child was read: the next attempt may succeed',
      { state: backOff, probe: { manifest: known(both), configs: known([aConfig(image)]) } },
      ['fail pull-error backoff_only likely'],
    ],
    [
      'only the index is known to be there',
      { state: backOff, probe: dangling() },
      ['fail pull-error backoff_only possible'],
    ],
    [
      'the node gives a reason that nobody understands',
      {
        state: waiting('ErrImagePull', 'the frobnicator of this node is out of order'),
        probe: { manifest: known(both), configs: known([aConfig(image)]) },
      },
      ['fail pull-error unknown possible'],
    ],
    [
      'the runtime cannot read its own copy',
      {
        state: waiting('ImageInspectError', `Failed to inspect image "${image}": unable to convert a nil pointer`),
        probe: { manifest: known(both), configs: known([aConfig(image)]) },
      },
      ['fail pull-error unknown possible'],
    ],
  ])('%s', (_, story, expected) => {
    const snapshot = aSnapshot({ containers, ...story });
    expect(diagnosed(snapshot)).toEqual(expected);
    if (expected[0]?.includes('likely') !== true) expect(textOf(snapshot)).not.toContain('available now');
  });
});
