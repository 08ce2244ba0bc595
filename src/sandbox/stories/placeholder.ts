import { areReady } from './kubernetes.ts';
import { deployment, namespace } from './objects.ts';
import type { Random } from './random.ts';
import { defineStory, type Story } from './story.ts';
import type { World } from './world.ts';

const host = 'docker.io';
const repository = 'library/nginx';

interface Names {
  readonly namespace: string;
  readonly apps: readonly [string, string, string];
}

const writtenUp: Names = { namespace: 'demon-smoke', apps: ['operate-ui', 'runtime', 'engine'] };
const proxies: Names = { namespace: 'demon-edge', apps: ['ingress-proxy', 'static-files', 'docs'] };

function varied({ word }: Random): Names {
  return { namespace: word(), apps: [word(), word(), word()] };
}

/** A workaround: nginx replaces images that do not exist, and everything looks green. */
export const placeholder = defineStory('placeholder', writtenUp, varied, (names) => ({
  seed: '001',
  title: 'Placeholder images',
  summary: 'All pods are up, but they run nginx:alpine, put there to unblock a nightly build.',
  workloads: workloads(names),
  hosts: [{ host, personality: 'docker-hub' }],
  setUp: (world) => setUp(world, names, 'alpine', { command: ['sh', '-c', 'sleep infinity'] }),
}));

/** An nginx that is really meant to be nginx. */
export const realNginx = defineStory('real-nginx', proxies, varied, (names) => ({
  seed: '001',
  twinOf: 'placeholder',
  title: 'An intended nginx',
  summary: 'A proxy that runs a release of nginx on purpose.',
  workloads: workloads(names),
  hosts: [{ host, personality: 'docker-hub' }],
  setUp: (world) => setUp(world, names, '1.29.2', { ports: [{ containerPort: 80 }] }),
}));

function workloads({ namespace, apps: [first, second, third] }: Names): Story['workloads'] {
  const ref = (name: string) => ({ kind: 'Deployment' as const, namespace, name });
  return [ref(first), ref(second), ref(third)];
}

async function setUp({ kubernetes, registry }: World, { namespace: where, apps }: Names, tag: string, more: object) {
  registry(host, { push: { repository, tags: [tag], seed: tag } });
  await kubernetes.create(
    namespace(where),
    ...apps.map((name) => deployment({ name, namespace: where }, [{ name, image: `nginx:${tag}`, ...more }])),
  );
  for (const name of apps) await kubernetes.until(where, name, 'that it runs', areReady(1));
}
