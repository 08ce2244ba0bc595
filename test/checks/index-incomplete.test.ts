import { describe, expect, it } from 'vitest';
import { indexIncomplete } from '../../src/checks/index-incomplete.ts';
import type { ImageProbe } from '../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import { concluded, diagnosed, expectWords, textOf } from '../support/checks.ts';
import { aConfig, amd64, anIndex, aProbe, arm64 } from '../support/probes.ts';
import { aContainer, aNode, anEvent, aSnapshot, type Story, waiting } from '../support/snapshot.ts';

const image = 'ghcr.io/acme/web:2';
const containers = [aContainer({ image })];
const both = anIndex(image, [amd64, arm64]);
const [ofAmd64, ofArm64] = both.body.kind === 'index' ? both.body.children : [];
const child = ofAmd64?.digest ?? '';
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);
const absent = waiting(
  'ErrImagePull',
  `failed to pull and unpack image "${image}": failed to copy: httpReadSeeker: failed open: content at https://ghcr.io/v2/acme/web/manifests/${child} not found: not found`,
);

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
  const complete: Partial<ImageProbe> = { manifest: known(both), configs: known([aConfig(image)]) };
  const failed = (text: string): Story => ({
    state: backOff,
    events: known([anEvent('web-7d9f-1', 'Failed', `Failed to pull image "${image}": ${text}`)]),
    probe: complete,
  });
  const policy = 'open /etc/containers/policy.json: no such file or directory';
  const nilPointer = `Failed to inspect image "${image}": unable to convert a nil pointer to a runtime API image`;
  const strange = 'the frobnicator of this node is out of order';
  const onArm = known([aNode({ name: 'node-1', platform: arm64 })]);
  const ofMirror = (what: string) =>
    `failed to pull and unpack image "${image}": failed to copy: httpReadSeeker: failed open: content at https://cache.example.com/v2/acme/web/${what}?ns=ghcr.io not found: not found`;

  it.each<[string, Story]>([
    ['its child was read, and the kubelet only waits', { state: backOff, probe: complete }],
    ['its child was read, and nodes cannot be', { state: backOff, probe: complete, nodes: unknown('forbidden') }],
    ['a refusal that everyone understands is over', failed('failed to authorize: unexpected status: 401 Unauthorized')],
  ])('can be had now: %s', (_, story) => {
    const snapshot = aSnapshot({ containers, ...story });
    expect(diagnosed(snapshot)[0]).toMatch(/^fail pull-error \S+ likely$/);
    expect(textOf(snapshot)).toContain('available now');
  });

  it.each<[string, Story, string]>([
    // A missing child.
    ['only the index is known', { state: backOff, probe: dangling() }, 'pull-error backoff_only possible'],
    [
      'the child of another platform was read',
      { state: backOff, probe: complete, nodes: onArm },
      'pull-error backoff_only possible',
    ],
    [
      'the runtime misses a child, and nobody knows the nodes',
      { state: absent, probe: complete, nodes: unknown('forbidden') },
      'pull-error index_incomplete possible',
    ],
    [
      'a refusal is over, and only the index is known',
      { ...failed('failed to authorize: unexpected status: 401 Unauthorized'), probe: dangling() },
      'pull-error unauthorized possible',
    ],
    // What the runtime cannot read on its node.
    [
      'policy.json',
      { state: waiting('ErrImagePull', policy), probe: complete },
      'pull-error node_configuration likely',
    ],
    [
      'policy.json behind the waiting',
      {
        state: waiting('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${policy}`),
        probe: complete,
      },
      'pull-error node_configuration likely',
    ],
    ['policy.json in an event', failed(policy), 'pull-error node_configuration likely'],
    // Inspect errors.
    [
      'the runtime cannot read its own copy',
      { state: waiting('ImageInspectError', nilPointer), probe: complete },
      'pull-error unknown possible',
    ],
    [
      'the inspect error is in an event',
      { ...failed(''), events: known([anEvent('web-7d9f-1', 'InspectFailed', nilPointer)]) },
      'pull-error unknown possible',
    ],
    // Words that nobody understands.
    ['in the status', { state: waiting('ErrImagePull', strange), probe: complete }, 'pull-error unknown possible'],
    [
      'behind the waiting',
      {
        state: waiting('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${strange}`),
        probe: complete,
      },
      'pull-error unknown possible',
    ],
    ['in an event, while the status only waits', failed(strange), 'pull-error unknown possible'],
    // A mirror that lacks what the registry has.
    [
      'a child at a mirror',
      failed(ofMirror(`manifests/${child}`)),
      'registry-unreachable registry_other_status likely',
    ],
  ])('is no answer: %s', (_, story, expected) => {
    const snapshot = aSnapshot({ containers, ...story });
    expect(diagnosed(snapshot)).toEqual([`fail ${expected}`]);
    expect(textOf(snapshot)).not.toContain('available now');
    expect(textOf(snapshot)).not.toMatch(/Wait for the next attempt/);
  });

  it('quotes what nobody understands, also from an event beside a status that only waits', () => {
    expect(textOf(aSnapshot({ containers, ...failed(strange) }))).toContain(`innermost message is \\"${strange}\\"`);
  });

  it('names the mirror that lacks the image', () => {
    expectWords(textOf(aSnapshot({ containers, ...failed(ofMirror(`manifests/${child}`)) })), [
      'the mirror cache.example.com in front of ghcr.io',
      'only the mirror is broken',
      'upstream',
    ]);
  });

  it('asks about the reference of an image volume in the same way', () => {
    const model = 'ghcr.io/acme/model:7b';
    const index = anIndex(model, [amd64, arm64]);
    const [first] = index.body.kind === 'index' ? index.body.children : [];
    const story = (probe: Partial<ImageProbe>) =>
      aSnapshot({
        containers: [...containers, aContainer({ name: 'volume/model', type: 'volume', image: model })],
        workload: { ready: 0 },
        state: ({ type }) =>
          type === 'volume'
            ? waiting('ImagePullBackOff', `Back-off pulling image "${model}"`)
            : waiting('PodInitializing', 'waits for the image volume model'),
        images: [aProbe(image, ['web']), aProbe(model, ['volume/model'], { manifest: known(index), ...probe })],
      });
    const gone = story({ absentChildren: first === undefined ? [] : [first], completeTags: ['7a'] });
    expect(diagnosed(gone)).toEqual(['fail index-incomplete index_incomplete certain']);
    expectWords(textOf(gone), ['(volume model)', 'The tag 7a is complete.']);
    expect(textOf(gone)).not.toContain('"proposals":[{');
    expect(diagnosed(story({ configs: known([aConfig(model)]) }))).toEqual(['fail pull-error backoff_only likely']);
  });
});
