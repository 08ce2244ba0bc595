import { areReady } from './kubernetes.ts';
import { deployment, namespace } from './objects.ts';
import type { Random } from './random.ts';
import { defineStory } from './story.ts';
import type { World } from './world.ts';

interface Names {
  readonly namespace: string;
  readonly app: string;
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

const writtenUp: Names = {
  namespace: 'notebooks',
  app: 'all-spark-notebook',
  registry: 'mystreamingtest.azurecr.io',
  repository: 'jupyter/all-spark-notebook',
  tag: 'latest',
};

function varied({ word }: Random): Names {
  return {
    namespace: word(),
    app: word(),
    registry: `${word()}.azurecr.io`,
    repository: `${word()}/${word()}`,
    tag: 'latest',
  };
}

/**
 * The nodes' artifact streaming mirror answers 503, and the registry itself refuses the nodes, so that
 * containerd reports the mirror.
 */
export const mirrorDown = defineStory('mirror-503', writtenUp, varied, (names) => ({
  seed: '003',
  title: 'The streaming mirror answers 503',
  summary: 'failed to resolve reference …: HEAD http://localhost:8578/…?ns=…: 503 Service Unavailable',
  ...about(names),
  setUp: async (world) => {
    await world.brokenMirror(names.registry);
    await deploy(world, names);
    await world.kubernetes.untilPullFails(names.namespace, names.app);
  },
}));

/** The same broken mirror, but the nodes may read the registry, so the pull continues there. */
export const mirrorFallback = defineStory(
  'mirror-fallback',
  { ...writtenUp, namespace: 'notebooks-attached', registry: 'attachedregistry.azurecr.io' },
  varied,
  (names) => ({
    seed: '003',
    twinOf: 'mirror-503',
    title: 'A broken mirror with a fallback',
    summary: 'The mirror answers 503 here too, but the nodes may pull from the registry itself.',
    ...about(names),
    setUp: async (world) => {
      const login = { username: `${names.app}-kubelet`, password: `kubelet-of-${names.app}` };
      world.registry(names.registry, { account: login });
      await world.nodeIdentity(names.registry, login);
      await world.brokenMirror(names.registry);
      await deploy(world, names);
      await world.kubernetes.until(names.namespace, names.app, 'that it runs', areReady(1));
    },
  }),
);

function about(names: Names) {
  return {
    workloads: [{ kind: 'Deployment', namespace: names.namespace, name: names.app }],
    hosts: [{ host: names.registry, personality: 'acr' }],
  } as const;
}

async function deploy({ kubernetes, registry }: World, names: Names): Promise<void> {
  const { namespace: where, app, repository, tag } = names;
  registry(names.registry, { push: { repository, tags: [tag], private: true } });
  const container = { name: 'notebook', image: `${names.registry}/${repository}:${tag}` };
  await kubernetes.create(namespace(where), deployment({ name: app, namespace: where }, [container]));
}
