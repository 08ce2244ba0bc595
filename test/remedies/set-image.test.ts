import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../src/model/values/fact.ts';
import { arm64, digestOf } from '../support/probes.ts';
import {
  absent,
  aWorld,
  imageFacts,
  operationTexts,
  planned,
  planOf,
  type WorldStory,
} from '../support/remedy-world.ts';
import { aContainer, aNode, now } from '../support/snapshot.ts';

const from = 'ghcr.io/acme/web:1f2c9aa';
const next = 'ghcr.io/acme/web:new';
const byDigest = `ghcr.io/acme/web@${digestOf('new')}`;
const images = { [next]: 'new', [byDigest]: 'new', 'ghcr.io/acme/api:1': 'api', 'ghcr.io/other/web:1': 'other' };
const edit = (to: string) => `edit image main/web ${from} → ${to}`;

describe('operations', () => {
  it.each<[string, unknown, WorldStory, readonly string[]]>([
    ['a whole reference', { container: 'web', image: next }, {}, [edit(next)]],
    ['a tag, the only container', { image: ':new' }, {}, [edit(next)]],
    ['a digest', { image: digestOf('new') }, {}, [edit(byDigest)]],
    [
      'with a pull policy',
      { image: ':new', pullPolicy: 'Always' },
      {},
      [edit(next), 'edit imagePullPolicy main/web IfNotPresent → Always'],
    ],
    [
      'the policy alone',
      { image: from, pullPolicy: 'Always' },
      {},
      ['edit imagePullPolicy main/web IfNotPresent → Always'],
    ],
    ['another repository', { image: 'ghcr.io/acme/api:1' }, {}, [edit('ghcr.io/acme/api:1')]],
    ['OnDelete', { image: next }, { rollout: { strategy: 'OnDelete' } }, [edit(next), `delete pods before ${now}`]],
    [
      'pinning what runs',
      { image: digestOf(from) },
      { images: { [`ghcr.io/acme/web@${digestOf(from)}`]: from } },
      [edit(`ghcr.io/acme/web@${digestOf(from)}`)],
    ],
    [
      'an init container',
      { container: 'migrate', image: ':2' },
      {
        story: { containers: [aContainer(), aContainer({ name: 'migrate', type: 'init', image: 'nginx:1' })] },
        images: { 'nginx:2': 'n2' },
      },
      ['edit image init/migrate nginx:1 → nginx:2'],
    ],
    [
      'several containers in one patch',
      {
        images: [
          { container: 'web', image: ':new' },
          { container: 'side', image: ':2' },
        ],
      },
      {
        story: { containers: [aContainer(), aContainer({ name: 'side', image: 'ghcr.io/acme/side:1' })] },
        images: { [next]: 'new', 'ghcr.io/acme/side:2': 's2' },
      },
      [edit(next), 'edit image main/side ghcr.io/acme/side:1 → ghcr.io/acme/side:2'],
    ],
    [
      'a bare pod',
      { image: ':new' },
      { story: { workload: { ref: { kind: 'Pod', namespace: 'shop', name: 'web' } } } },
      [edit(next)],
    ],
  ])('%s', (_, params, story, expected) => {
    expect(operationTexts(planned('set-image', params, aWorld({ images, ...story })))).toEqual(expected);
  });
});

describe('risk', () => {
  it.each<[string, WorldStory, string]>([
    [':new', {}, 'low'],
    [digestOf('new'), {}, 'low'],
    ['ghcr.io/acme/api:1', {}, 'medium'],
    ['ghcr.io/other/web:1', {}, 'high'],
    [':new', { rollout: { strategy: 'Recreate' } }, 'medium'],
  ])('%s is %j %s', (image, story, risk) => {
    expect(planned('set-image', { image }, aWorld({ images, ...story })).risk).toBe(risk);
  });
});

describe('another owner', () => {
  it('shows where the image comes from', () => {
    const facts = imageFacts('other', {
      pushedAt: known('2026-03-01T10:00:00Z'),
      source: 'https://github.com/other/web',
      revision: 'abc',
      referrers: known(['application/vnd.dev.sigstore.bundle.v0.3+json']),
    });
    const plan = planned(
      'set-image',
      { image: 'ghcr.io/other/web:1' },
      aWorld({ images: { 'ghcr.io/other/web:1': facts } }),
    );
    expect(plan.provenance.join('\n')).toMatch(/Pushed 2026-03-01.*\nSource: https:.*\nRevision: abc\n.*sigstore/);
  });

  it('says what is not known', () => {
    const facts = imageFacts('other', { pushedAt: unknown('a limit'), referrers: unknown('405') });
    const plan = planned(
      'set-image',
      { image: 'ghcr.io/other/web:1' },
      aWorld({ images: { 'ghcr.io/other/web:1': facts } }),
    );
    expect(plan.provenance.join('\n')).toMatch(
      /pushed is not known: a limit[^]*which source[^]*which revision[^]*not known: 405/,
    );
  });

  it('has nothing to say about its own owner', () => {
    expect(planned('set-image', { image: ':new' }, aWorld({ images })).provenance).toEqual([]);
  });
});

describe('refusals', () => {
  const job = { story: { workload: { ref: { kind: 'Job', namespace: 'shop', name: 'web' } } } } as const;
  it.each<[string, unknown, WorldStory, string]>([
    ['the same image', { image: from }, {}, 'Nothing to do'],
    [
      'a tag of what runs already',
      { image: ':same' },
      { images: { 'ghcr.io/acme/web:same': from } },
      'Nothing would change',
    ],
    ['a tag that does not exist', { image: ':gone' }, absent('ghcr.io/acme/web:gone'), 'does not exist'],
    [
      'a registry that was not reached',
      { image: ':new' },
      { images: { [next]: unknown('ETIMEDOUT') } },
      'Couldn’t check whether',
    ],
    ['an image that was not looked up', { image: ':else' }, {}, 'was not looked up'],
    [
      'one node of another platform',
      { image: ':new' },
      { story: { nodes: known([aNode(), aNode({ name: 'arm', platform: arm64 })]) } },
      'linux/arm64, which arm needs',
    ],
    ['no reference', { image: 'Bad Image' }, {}, 'isn’t a valid image reference'],
    ['no tag', { image: ':-x' }, {}, 'isn’t a valid tag'],
    ['a container that does not exist', { container: 'api', image: ':new' }, {}, 'no container api'],
    [
      'no container named of two',
      { image: ':new' },
      { story: { containers: [aContainer(), aContainer({ name: 'side' })] } },
      'say which one',
    ],
    [
      'a container named twice',
      { images: [{ container: 'web', image: ':new' }, { image: ':new' }] },
      {},
      'named twice',
    ],
    ['a Job', { image: ':new' }, job, 'Job cannot be changed'],
    [
      'the pull policy of a bare pod',
      { image: ':new', pullPolicy: 'Always' },
      { story: { workload: { ref: { kind: 'Pod', namespace: 'shop', name: 'web' } } } },
      'pull policy cannot be changed',
    ],
    [
      'a tag where the present image is none',
      { image: ':new' },
      { story: { containers: [aContainer({ image: '${IMAGE}' })] } },
      'no name to go with',
    ],
  ])('%s', (_, params, story, why) => {
    const plan = planOf('set-image', params, aWorld({ images, ...story }));
    expect(plan).toMatchObject({ kind: 'refused', why: expect.stringContaining(why) });
  });

  it('shows how to make a Job again', () => {
    const { kubectl } = planOf('set-image', { image: ':new' }, aWorld({ images, ...job }));
    expect(kubectl).toEqual([
      `kubectl -n shop get job/web -o json | jq 'del(.spec.selector, .status, .spec.template.metadata.labels["controller-uid"], .spec.template.metadata.labels["batch.kubernetes.io/controller-uid"]) | (.spec.template.spec.containers[] | select(.name == "web")).image = "${next}"' | kubectl replace --force -f -`,
    ]);
  });
});

describe('undo', () => {
  it('goes back to the digests that ran', () => {
    const { undo } = planned('set-image', { image: ':new', pullPolicy: 'Always' }, aWorld({ images }));
    expect(operationTexts(undo)).toEqual([
      'edit imagePullPolicy main/web Always → IfNotPresent',
      `edit image main/web ${next} → ${from}`,
    ]);
    expect(undo).toMatchObject({ how: 'back to the digests that ran (still in the registry)', cannot: [] });
    expect(undo.expects[0]?.digests).toEqual([digestOf(from)]);
  });

  it.each<[string, WorldStory, string]>([
    [
      'is gone',
      { images: { ...images, [from]: unknown('404') }, absentImages: new Set([from]) },
      'not in its registry',
    ],
    ['was not reached', { images: { ...images, [from]: unknown('ETIMEDOUT') } }, 'couldn’t check'],
    ['names another build now', { images: { ...images, [from]: 'moved' } }, 'no longer'],
  ])('says so when the old image %s', (_, story, text) => {
    expect(planned('set-image', { image: ':new' }, aWorld(story)).undo.cannot.join()).toContain(text);
  });
});
