import { areReady } from './kubernetes.ts';
import { deployment, namespace } from './objects.ts';
import type { Random } from './random.ts';
import { defineStory } from './story.ts';
import type { World } from './world.ts';

interface Names {
  readonly namespace: string;
  readonly app: string;
  readonly owner: string;
  readonly tag: string;
  readonly olderTag: string;
}

const host = 'ghcr.io';

const writtenUp: Names = {
  namespace: 'memory-service',
  app: 'recall',
  owner: 'memory-project',
  tag: '2.4.0',
  olderTag: '2.3.1',
};

function varied({ word, digits }: Random): Names {
  return { namespace: word(), app: word(), owner: word(), tag: `3.${digits(2)}`, olderTag: `2.${digits(2)}` };
}

/** A clean-up of untagged versions deletes what the tag’s index names: HEAD of the tag still succeeds. */
export const danglingIndex = defineStory('dangling-index', writtenUp, varied, (names) => ({
  seed: 'field',
  title: 'An index whose images were cleaned up',
  summary: 'The tag is there, and every node is told "not found".',
  ...about(names),
  setUp: async (world) => {
    await deploy(world, names, ['linux/amd64', 'linux/arm64']);
    await world.kubernetes.untilPullFails(names.namespace, names.app);
  },
}));

/** Only the image for a platform that no node has is gone: everything runs. */
export const unusedChild = defineStory(
  'unused-child',
  { ...writtenUp, namespace: 'memory-service-amd', owner: 'memory-amd' },
  varied,
  (names) => ({
    seed: 'field',
    twinOf: 'dangling-index',
    title: 'An index without an image that nobody uses',
    summary: 'The clean-up took the arm64 image; all nodes are amd64.',
    ...about(names),
    setUp: async (world) => {
      await deploy(world, names, ['linux/arm64']);
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

async function deploy({ kubernetes, registry }: World, names: Names, cleaned: readonly string[]): Promise<void> {
  const { namespace: where, app, owner, tag, olderTag } = names;
  const repository = `${owner}/${app}`;
  registry(host, { push: { repository, tags: [olderTag] } });
  const { platforms = {} } = registry(host, { push: { repository, tags: [tag] } });
  const digests = cleaned.flatMap((platform) => platforms[platform] ?? []);
  registry(host, { remove: { repository, tags: [], digests } });
  const container = { name: app, image: `${host}/${repository}:${tag}` };
  await kubernetes.create(namespace(where), deployment({ name: app, namespace: where }, [container]));
}
