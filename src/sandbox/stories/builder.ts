import { areReady, areThere, haveEnded, wereRestarted } from './kubernetes.ts';
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
  namespace: 'byron-builds',
  app: 'kaniko-ecr',
  registry: 'quay.io',
  repository: 'byron/kaniko-ecr',
  tag: 'kaniko-ecr',
};

function varied({ word }: Random): Names {
  return {
    namespace: word(),
    app: word(),
    registry: `${word()}.example.com`,
    repository: `${word()}/${word()}`,
    tag: word(),
  };
}

/**
 * Built on an Apple laptop for arm64 and pulled onto amd64 nodes, where nothing rejects a single-platform
 * image.
 */
export const armBuilder = defineStory('arm64-builder', writtenUp, varied, (names) => ({
  seed: '002',
  title: 'A builder image for arm64',
  summary: 'The image is pulled, and then the container exits immediately: exec format error.',
  ...about(names),
  setUp: async (world) => {
    await deploy(world, names, ['linux/arm64'], {});
    await world.kubernetes.until(names.namespace, names.app, 'that it crashes', wereRestarted);
  },
}));

/** The same image for both platforms, whose digest in the pod differs from the tag's. */
export const bothPlatforms = defineStory(
  'both-platforms',
  { ...writtenUp, namespace: 'byron-builds-multi', repository: 'byron/kaniko-multi' },
  varied,
  (names) => ({
    seed: '002',
    twinOf: 'arm64-builder',
    title: 'A builder image for both platforms',
    summary: 'An index with arm64 first and amd64 second runs on every node.',
    ...about(names),
    setUp: async (world) => {
      await deploy(world, names, ['linux/arm64', 'linux/amd64'], {});
      await world.kubernetes.until(names.namespace, names.app, 'that it runs', areReady(1));
    },
  }),
);

/** A multi-stage build keeps its layers in memory until the kernel kills it. */
export const outOfMemory = defineStory(
  'out-of-memory',
  { ...writtenUp, namespace: 'byron-manager', app: 'kaniko-multistage', repository: 'byron/kaniko-manager' },
  varied,
  (names) => ({
    seed: '002',
    title: 'A build that runs out of memory',
    summary: 'The build of a large model is killed again and again, with exit code 137.',
    ...about(names),
    setUp: async (world) => {
      const logs = ['INFO[0000] Retrieving image manifest', 'INFO[0042] Taking snapshot of full filesystem...'];
      await behave(world, names, { exitCode: 137, reason: 'OOMKilled', ready: false, afterSeconds: 5, logs });
      await deploy(world, names, ['linux/amd64'], { resources: { limits: { memory: '4Gi' } } });
      await world.kubernetes.until(names.namespace, names.app, 'that it is killed', haveEnded('OOMKilled'));
    },
  }),
);

/** Also exits again and again, but because of its arguments. */
export const failingBuild = defineStory(
  'failing-build',
  { ...writtenUp, namespace: 'byron-manager-split', app: 'kaniko-split', repository: 'byron/kaniko-split' },
  varied,
  (names) => ({
    seed: '002',
    twinOf: 'out-of-memory',
    title: 'A build that fails for its own reasons',
    summary: 'The builder exits with code 1, because one of its own files is missing.',
    ...about(names),
    setUp: async (world) => {
      const logs = ['INFO[0000] Resolved base name', 'error building stage: copying model: stat /models: no such file'];
      await behave(world, names, { exitCode: 1, ready: false, afterSeconds: 5, logs });
      await deploy(world, names, ['linux/amd64'], { resources: { limits: { memory: '4Gi' } } });
      await world.kubernetes.until(names.namespace, names.app, 'that it crashes', wereRestarted);
    },
  }),
);

function about(names: Names) {
  return {
    workloads: [{ kind: 'Deployment', namespace: names.namespace, name: names.app }],
    hosts: [{ host: names.registry, personality: 'generic' }],
  } as const;
}

function behave({ kubelet }: World, { namespace: where, app }: Names, behaviour: object): Promise<void> {
  return kubelet('/behaviours', { match: { namespace: where, workload: `deployment/${app}` }, behaviour });
}

async function deploy(
  { kubernetes, registry }: World,
  { namespace: where, app, registry: host, repository, tag }: Names,
  platforms: readonly string[],
  more: object,
): Promise<void> {
  registry(host, { push: { repository, tags: [tag], platforms: [...platforms] } });
  const container = { name: 'builder', image: `${host}/${repository}:${tag}`, ...more };
  await kubernetes.create(namespace(where), deployment({ name: app, namespace: where }, [container]));
  await kubernetes.until(where, app, 'that there is a pod', areThere(1));
}
