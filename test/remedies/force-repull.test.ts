import { describe, expect, it } from 'vitest';
import { unknown } from '../../src/model/values/fact.ts';
import { pinned } from '../../src/remedies/parts/wanted-image.ts';
import { digestOf } from '../support/probes.ts';
import {
  absent,
  aWorld,
  imageFacts,
  operationTexts,
  planned,
  planOf,
  type WorldStory,
} from '../support/remedy-world.ts';
import { aContainer, now, waiting } from '../support/snapshot.ts';

const web = 'ghcr.io/acme/web:latest';
const container = aContainer({ image: web });
/** The tag was moved: it names `new`, the pods run what it named before. */
const moved = { story: { containers: [container] }, images: { [web]: 'new', [pinned(web, digestOf(web))]: web } };
const restart = `edit restartedAt ${now}`;
const always = 'edit imagePullPolicy main/web IfNotPresent → Always';

describe('operations', () => {
  it.each<[string, WorldStory, object, readonly string[]]>([
    ['a tag that moved', moved, {}, [always, restart]],
    [
      'policy Always already',
      { ...moved, story: { containers: [{ ...container, pullPolicy: 'Always' }] } },
      {},
      [restart],
    ],
    ['OnDelete', { ...moved, rollout: { strategy: 'OnDelete' } }, {}, [always, restart, `delete pods before ${now}`]],
    [
      'OnDelete, policy Always already: the object is marked before pods are deleted',
      {
        story: { containers: [{ ...container, pullPolicy: 'Always' }] },
        images: moved.images,
        rollout: { strategy: 'OnDelete' },
      },
      {},
      [restart, `delete pods before ${now}`],
    ],
    [
      'a CronJob',
      { ...moved, story: { ...moved.story, workload: { ref: { kind: 'CronJob', namespace: 'shop', name: 'web' } } } },
      {},
      [always],
    ],
    [
      'pods that wait for their image',
      { story: { containers: [aContainer()], state: waiting('ImagePullBackOff') } },
      {},
      [restart],
    ],
    [
      'a digest that no pod has yet',
      {
        story: {
          containers: [aContainer({ image: `ghcr.io/acme/web@${digestOf('x')}` })],
          state: waiting('ErrImagePull'),
        },
      },
      {},
      [restart],
    ],
    [
      'a release tag that moved all the same',
      { images: { [aContainer().image]: 'new' } },
      { containers: ['web'] },
      [always, restart],
    ],
    [
      'pods that could not be read',
      { ...moved, story: { ...moved.story, pods: unknown('forbidden', 'list pods') } },
      {},
      [always, restart],
    ],
    [
      'only the named container',
      {
        story: { containers: [container, aContainer({ name: 'side', image: 'ghcr.io/acme/side:latest' })] },
        images: { [web]: 'new', 'ghcr.io/acme/side:latest': 'new side' },
      },
      { containers: ['web'] },
      [always, restart],
    ],
    [
      'ephemeral containers are left alone',
      {
        ...moved,
        story: { containers: [container, aContainer({ name: 'debug', type: 'ephemeral', image: 'busybox' })] },
      },
      {},
      [always, restart],
    ],
  ])('%s', (_, story, params, expected) => {
    expect(operationTexts(planned('force-repull', params, aWorld(story)))).toEqual(expected);
  });

  it('expects the digest that the tag names now, and its children', () => {
    const facts = imageFacts('new', { digests: [digestOf('new amd64'), digestOf('new')] });
    const plan = planned('force-repull', {}, aWorld({ ...moved, images: { [web]: facts } }));
    expect(plan.expects).toEqual([
      { container: { type: 'main', name: 'web' }, image: web, digests: [digestOf('new'), digestOf('new amd64')] },
    ]);
    expect(plan.risk).toBe('low');
  });
});

describe('undo', () => {
  it('pins the digest that ran', () => {
    const { undo } = planned('force-repull', {}, aWorld(moved));
    expect(operationTexts(undo)).toEqual([
      `edit image main/web ${web} → ghcr.io/acme/web@${digestOf(web)}`,
      'edit imagePullPolicy main/web Always → IfNotPresent',
    ]);
    expect(undo.how).toContain('still in the registry');
    expect(undo.expects[0]?.digests).toEqual([digestOf(web)]);
  });

  it('is not possible when the registry no longer has it', () => {
    const { undo } = planned('force-repull', {}, aWorld({ ...moved, images: { [web]: 'new' } }));
    expect(undo.operations).toEqual([]);
    expect(undo.cannot[0]).toContain('isn’t in the registry any more');
  });

  it('is not possible when the pods ran different images', () => {
    const state = (_: unknown, index: number) => ({ imageId: `x@${digestOf(`old ${index}`)}` });
    const { undo } = planned('force-repull', {}, aWorld({ ...moved, story: { ...moved.story, podCount: 2, state } }));
    expect(undo.operations).toEqual([]);
    expect(undo.cannot[0]).toContain('different images');
  });
});

describe('refusals', () => {
  const ref = (kind: 'Job' | 'Pod' | 'CronJob') =>
    ({ workload: { ref: { kind, namespace: 'shop', name: 'web' } } }) as const;
  it.each<[string, WorldStory, object, string]>([
    ['what the tag names runs already', {}, {}, 'cannot change anything'],
    [
      'a digest cannot change',
      {
        story: {
          containers: [aContainer({ image: `ghcr.io/acme/web@${digestOf('x')}` })],
          state: { imageId: `x@${digestOf('x')}` },
        },
        images: { [`ghcr.io/acme/web@${digestOf('x')}`]: 'x' },
      },
      {},
      'cannot change anything',
    ],
    ['the tag is gone', { ...moved, ...absent(web) }, {}, 'does not exist'],
    [
      'the registry was not reached',
      { ...moved, images: { [web]: unknown('connect ETIMEDOUT') } },
      {},
      'exists: connect ETIMEDOUT',
    ],
    ['no pod', { ...moved, story: { ...moved.story, podCount: 0 } }, {}, 'No pod runs'],
    ['a Job', { story: ref('Job') }, {}, 'Job cannot be changed'],
    ['a bare pod', { story: ref('Pod') }, {}, 'does not come back'],
    ['a CronJob that pulls anyway', { story: ref('CronJob') }, {}, 'Each run'],
    ['a container that does not exist', moved, { containers: ['api'] }, 'no container api'],
    [
      'an ephemeral container',
      { story: { containers: [container, aContainer({ name: 'debug', type: 'ephemeral' })] } },
      { containers: ['debug'] },
      'ephemeral',
    ],
    [
      'the wrong platform',
      { ...moved, images: { [web]: imageFacts('new', { platforms: [{ os: 'linux', architecture: 'arm64' }] }) } },
      {},
      'no image for linux/amd64',
    ],
    [
      'an artifact',
      {
        ...moved,
        images: { [web]: imageFacts('new', { artifactType: 'application/vnd.azure.artifact.streaming.v1' }) },
      },
      {},
      'isn’t an image but an artifact',
    ],
  ])('%s', (_, story, params, why) => {
    const plan = planOf('force-repull', params, aWorld(story));
    expect(plan).toMatchObject({ kind: 'refused', why: expect.stringContaining(why) });
  });

  it('advises to set the newest push if the template names an older tag', () => {
    const candidates = [{ tag: 'latest', digest: digestOf('newest') }];
    const plan = planOf('force-repull', {}, aWorld({ story: { probe: { candidates } } }));
    expect(plan).toMatchObject({
      kind: 'refused',
      remedy: expect.stringContaining('set-image deployment/web web=:latest'),
    });
  });

  it('names the nearest tag where the tag is gone', () => {
    const probe = { tags: { known: true as const, value: ['1f2c9ab', 'zzz'] } };
    const plan = planOf('force-repull', {}, aWorld({ story: { probe }, ...absent(aContainer().image) }));
    expect(plan).toMatchObject({ kind: 'refused', remedy: 'Nearest tags: 1f2c9ab.' });
  });

  it('shows how to replace a Job', () => {
    const plan = planOf('force-repull', {}, aWorld({ story: ref('Job') }));
    expect(plan.kubectl[0]).toContain('kubectl replace --force');
  });
});

describe('what people are told', () => {
  it('a sidecar that cannot be looked up is restarted with a warning', () => {
    const side = aContainer({ name: 'side', image: 'private.test/side:1' });
    const plan = planned(
      'force-repull',
      {},
      aWorld({
        story: { containers: [container, side] },
        images: { [web]: 'new', [side.image]: unknown('401') },
      }),
    );
    expect(plan.warnings.join()).toContain('It is restarted all the same');
    expect(plan.expects.map(({ container: { name } }) => name)).toEqual(['web']);
  });

  it('commands', () => {
    expect(planned('force-repull', {}, aWorld(moved)).kubectl).toEqual([
      `kubectl -n shop patch deployment/web --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"web","imagePullPolicy":"Always"}]}}}}'`,
      'kubectl -n shop rollout restart deployment/web',
    ]);
  });
});
