import { areReady } from './kubernetes.ts';
import { deployment, namespace } from './objects.ts';
import type { Random } from './random.ts';
import { defineStory } from './story.ts';
import type { World } from './world.ts';

const host = 'ghcr.io';

interface Names {
  readonly namespace: string;
  readonly app: string;
  readonly repository: string;
  readonly tag: string;
}

function varied({ word, digits }: Random): Names {
  return { namespace: word(), app: word(), repository: `${word()}/${word()}`, tag: `${digits(1)}.${digits(2)}` };
}

const billing: Names = { namespace: 'billing', app: 'invoices', repository: 'acme/invoices', tag: '3.2.0' };
const search: Names = { namespace: 'search', app: 'indexer', repository: 'acme/indexer', tag: '5.1.4' };

const pause = '602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/pause:3.5';

/** The node collected its pause image as garbage, and its runtime has no credential to pull it again. */
export const pauseImage = defineStory('pause-image', billing, varied, (names) => ({
  seed: 'field',
  title: 'A node without its pause image',
  summary: 'FailedCreatePodSandBox: failed to get sandbox image …: no basic auth credentials',
  ...about(names),
  setUp: (world) =>
    withoutSandbox(
      world,
      names,
      `failed to get sandbox image "${pause}": failed to pull image "${pause}": failed to pull and unpack image "${pause}": failed to resolve reference "${pause}": pulling from host 602401143452.dkr.ecr.eu-west-1.amazonaws.com failed with status code [manifests 3.5]: 401 Unauthorized`,
    ),
}));

/** The same event from a network plugin: no image is to blame. */
export const networkPlugin = defineStory(
  'network-plugin',
  { ...billing, namespace: 'billing-network' },
  varied,
  (names) => ({
    seed: 'field',
    twinOf: 'pause-image',
    title: 'A network plugin that is not allowed in',
    summary: 'FailedCreatePodSandBox here, too, and "Unauthorized": of the API server, not of a registry.',
    ...about(names),
    setUp: (world) =>
      withoutSandbox(
        world,
        names,
        'plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized',
      ),
  }),
);

const parent = `sha256:${'5f'.repeat(32)}`;

/** A layer is gone from the image store of the node, and the registry has everything. */
export const damagedStore = defineStory('damaged-store', search, varied, (names) => ({
  seed: 'field',
  title: 'A node whose image store is damaged',
  summary: 'failed to prepare extraction snapshot …: parent snapshot sha256:… does not exist: not found',
  ...about(names),
  setUp: async (world) => {
    const { namespace: where, app } = names;
    await world.kubelet('/behaviours', {
      match: { namespace: where },
      behaviour: {
        pullError: `failed to pull and unpack image "${host}/${names.repository}:${names.tag}": failed to prepare extraction snapshot "extract-284531-Yx2a ${parent}": parent snapshot ${parent} does not exist: not found`,
      },
    });
    await deploy(world, names);
    await world.kubernetes.untilPullFails(where, app);
  },
}));

/** The same image on nodes that have all of it. */
export const soundStore = defineStory('sound-store', { ...search, namespace: 'search-sound' }, varied, (names) => ({
  seed: 'field',
  twinOf: 'damaged-store',
  title: 'The same image on a sound node',
  summary: 'Nothing is missing in the image store of this node.',
  ...about(names),
  setUp: async (world) => {
    await deploy(world, names);
    await world.kubernetes.until(names.namespace, names.app, 'that it runs', areReady(1));
  },
}));

function about({ namespace: where, app }: Names) {
  return {
    workloads: [{ kind: 'Deployment', namespace: where, name: app }],
    hosts: [{ host, personality: 'ghcr' }],
  } as const;
}

async function withoutSandbox(world: World, names: Names, sandboxError: string): Promise<void> {
  const { namespace: where, app } = names;
  await world.kubelet('/behaviours', { match: { namespace: where }, behaviour: { sandboxError } });
  await deploy(world, names);
  await world.kubernetes.untilToldOf(where, app, 'FailedCreatePodSandBox');
}

async function deploy({ kubernetes, registry }: World, names: Names): Promise<void> {
  const { namespace: where, app, repository, tag } = names;
  registry(host, { push: { repository, tags: [tag] } });
  const container = { name: app, image: `${host}/${repository}:${tag}` };
  await kubernetes.create(namespace(where), deployment({ name: app, namespace: where }, [container]));
}
