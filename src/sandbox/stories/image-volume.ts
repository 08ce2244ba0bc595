import { areReady } from './kubernetes.ts';
import { deployment, namespace } from './objects.ts';
import type { Random } from './random.ts';
import { defineStory } from './story.ts';
import type { World } from './world.ts';

const host = 'ghcr.io';

interface Names {
  readonly namespace: string;
  readonly app: string;
  readonly owner: string;
  readonly model: string;
  readonly tag: string;
  readonly publishedTag: string;
}

const writtenUp: Names = {
  namespace: 'assistants',
  app: 'chat',
  owner: 'acme',
  model: 'small-model',
  tag: '7b-q5',
  publishedTag: '7b-q4',
};

function varied({ word, digits }: Random): Names {
  const size = digits(1);
  return {
    namespace: word(),
    app: word(),
    owner: word(),
    model: word(),
    tag: `${size}b-q5`,
    publishedTag: `${size}b-q4`,
  };
}

/** The pod mounts an image that does not exist; its container waits as if its own were missing. */
export const missingVolume = defineStory('missing-volume', writtenUp, varied, (names) => ({
  seed: 'field',
  title: 'An image volume that does not exist',
  summary: 'The container waits with ImagePullBackOff, and its own image is fine.',
  ...about(names),
  setUp: async (world) => {
    await deploy(world, names, names.tag);
    await world.kubernetes.untilPullFails(names.namespace, names.app);
  },
}));

/** The same pod with a volume that exists. */
export const mountedVolume = defineStory(
  'mounted-volume',
  { ...writtenUp, namespace: 'assistants-mounted', app: 'chat-mounted' },
  varied,
  (names) => ({
    seed: 'field',
    twinOf: 'missing-volume',
    title: 'An image volume that is mounted',
    summary: 'The same pod with the tag that was published.',
    ...about(names),
    setUp: async (world) => {
      await deploy(world, names, names.publishedTag);
      await world.kubernetes.until(names.namespace, names.app, 'that it runs', areReady(1));
    },
  }),
);

function about({ namespace: where, app }: Names) {
  return {
    workloads: [{ kind: 'Deployment', namespace: where, name: app }],
    hosts: [{ host, personality: 'ghcr' }],
  } as const;
}

async function deploy({ kubernetes, registry }: World, names: Names, tag: string): Promise<void> {
  const { namespace: where, app, owner, model, publishedTag } = names;
  registry(host, { push: { repository: `${owner}/${app}`, tags: ['1.0'] } });
  registry(host, { push: { repository: `${owner}/${model}`, tags: [publishedTag] } });
  const container = {
    name: app,
    image: `${host}/${owner}/${app}:1.0`,
    volumeMounts: [{ name: 'model', mountPath: '/model' }],
  };
  const volumes = [{ name: 'model', image: { reference: `${host}/${owner}/${model}:${tag}` } }];
  await kubernetes.create(
    namespace(where),
    deployment({ name: app, namespace: where }, [container], { pod: { volumes } }),
  );
}
