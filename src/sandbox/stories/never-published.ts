import { areReady } from './kubernetes.ts';
import { commitHash, deployment, namespace } from './objects.ts';
import type { Random } from './random.ts';
import { defineStory, type Story } from './story.ts';
import type { World } from './world.ts';

const host = 'ghcr.io';

interface Names {
  readonly namespace: string;
  /** The namespace where the existing images are used. */
  readonly nightly: string;
  readonly owner: string;
  readonly publisher: string;
  readonly prefix: string;
  readonly tag: string;
  readonly publishedTag: string;
  readonly components: readonly [string, string, string];
}

const writtenUp: Names = {
  namespace: 'demon-bootstrap',
  nightly: 'demon-nightly',
  owner: 'demon-project',
  publisher: 'afewell-hh',
  prefix: 'demon',
  tag: 'latest',
  publishedTag: 'main',
  components: ['operate-ui', 'runtime', 'engine'],
};

function varied({ word }: Random): Names {
  return {
    namespace: word(),
    nightly: word(),
    owner: word(),
    publisher: word(),
    prefix: word(),
    tag: 'latest',
    publishedTag: 'main',
    components: [word(), word(), word()],
  };
}

/** Three images whose names GHCR refuses with 403, as it does for every unpublished name. */
export const neverPublished = defineStory('never-published', writtenUp, varied, (names) => ({
  seed: '001',
  title: 'Three images that were never published',
  summary: 'GHCR answers 403 Forbidden, and everyone looks for a credential.',
  workloads: workloads(names),
  moreNamespaces: [names.nightly],
  hosts: [{ host, personality: 'ghcr' }],
  setUp: (world) => setUp(world, names),
}));

/** The same unpublished names; but the registry is down, so nobody can know. */
export const registryDown = defineStory(
  'registry-down',
  {
    ...writtenUp,
    namespace: 'imp-bootstrap',
    nightly: 'imp-nightly',
    owner: 'imp-project',
    publisher: 'imp-hh',
    prefix: 'imp',
  },
  varied,
  (names) => ({
    seed: '001',
    twinOf: 'never-published',
    title: 'The registry is down',
    summary: 'The same images can’t be pulled, but the registry doesn’t answer anyone.',
    workloads: workloads(names),
    moreNamespaces: [names.nightly],
    hosts: [{ host, personality: 'ghcr' }],
    setUp: async (world) => {
      world.registry(host, { outage: { id: names.owner, path: names.owner, status: 503 } });
      await setUp(world, names);
    },
  }),
);

function workloads({ namespace, components: [first, second, third] }: Names): Story['workloads'] {
  const ref = (name: string) => ({ kind: 'Deployment' as const, namespace, name });
  return [ref(first), ref(second), ref(third)];
}

async function setUp({ kubernetes, registry }: World, names: Names): Promise<void> {
  const { owner, publisher, prefix, components, tag, publishedTag } = names;
  const published = (name: string) => `${publisher}/${prefix}-${name}`;
  const built = {
    tags: [publishedTag],
    revision: commitHash(publishedTag),
    source: `https://github.com/${publisher}/${prefix}`,
  };
  for (const name of components) registry(host, { push: { repository: published(name), ...built } });
  await kubernetes.create(
    namespace(names.namespace),
    namespace(names.nightly),
    ...components.flatMap((name) => [
      deployment({ name, namespace: names.namespace }, [{ name, image: `${host}/${owner}/${name}:${tag}` }]),
      deployment({ name, namespace: names.nightly }, [{ name, image: `${host}/${published(name)}:${publishedTag}` }]),
    ]),
  );
  for (const name of components) {
    await kubernetes.untilPullFails(names.namespace, name);
    await kubernetes.until(names.nightly, name, 'that it runs', areReady(1));
  }
}
