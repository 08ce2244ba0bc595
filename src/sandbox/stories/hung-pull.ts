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

const writtenUp: Names = { namespace: 'inference', app: 'ranker', repository: 'acme/ranker', tag: '2.4.1' };

function varied({ word, digits }: Random): Names {
  return { namespace: word(), app: word(), repository: `${word()}/${word()}`, tag: `${digits(1)}.${digits(2)}` };
}

/** A pull of a small image that began 40 minutes ago and neither ended nor failed: nothing in the pod says so. */
export const hungPull = defineStory('hung-pull', writtenUp, varied, (names) => ({
  seed: '000',
  title: 'A pull that hangs',
  summary: 'The pod has been ContainerCreating for 40 minutes; its last event is Pulling, and nothing failed.',
  ...about(names),
  setUp: (world) => setUp(world, names, 120_000_000),
}));

/** The same pod after the same time, but its image is so big that the registry needs longer. */
export const slowPull = defineStory(
  'slow-pull',
  { ...writtenUp, namespace: 'training', app: 'trainer', repository: 'acme/trainer' },
  varied,
  (names) => ({
    seed: '000',
    twinOf: 'hung-pull',
    title: 'A slow pull of a big image',
    summary: 'The pod has been ContainerCreating for 40 minutes here, too; its image has 30 GB.',
    ...about(names),
    setUp: (world) => setUp(world, names, 30_000_000_000),
  }),
);

function about({ namespace, app }: Names) {
  return {
    workloads: [{ kind: 'Deployment', namespace, name: app }],
    hosts: [{ host, personality: 'ghcr' }],
  } as const;
}

async function setUp({ kubernetes, kubelet, registry }: World, names: Names, layerBytes: number): Promise<void> {
  const { namespace: where, app, repository, tag } = names;
  const image = `${host}/${repository}:${tag}`;
  registry(host, { push: { repository, tags: [tag], layerBytes } });
  await kubelet('/pulls', { image, forSeconds: 40 * 60 });
  await kubernetes.create(namespace(where), deployment({ name: app, namespace: where }, [{ name: app, image }]));
  await kubernetes.untilToldOf(where, app, 'Pulling');
}
