import { areReady } from './kubernetes.ts';
import { deployment, namespace, pullSecret } from './objects.ts';
import type { Random } from './random.ts';
import { defineStory, type Story } from './story.ts';
import type { World } from './world.ts';

const host = 'docker.io';

interface Names {
  readonly namespace: string;
  readonly images: readonly [Image, Image, Image];
}

interface Image {
  readonly app: string;
  /** As written in a pod, without the tag. */
  readonly name: string;
  readonly repository: string;
  readonly tag: string;
}

const writtenUp: Names = {
  namespace: 'demon-monitoring',
  images: [
    { app: 'nats', name: 'nats', repository: 'library/nats', tag: '2.11-alpine' },
    { app: 'prometheus', name: 'prom/prometheus', repository: 'prom/prometheus', tag: 'v3.5.0' },
    { app: 'grafana', name: 'grafana/grafana', repository: 'grafana/grafana', tag: '12.1.1' },
  ],
};

const signedInNames: Names = {
  namespace: 'demon-monitoring-paid',
  images: [
    { app: 'redis', name: 'redis', repository: 'library/redis', tag: '8.2-alpine' },
    { app: 'loki', name: 'grafana/loki', repository: 'grafana/loki', tag: '3.5.3' },
    { app: 'tempo', name: 'grafana/tempo', repository: 'grafana/tempo', tag: '2.8.2' },
  ],
};

function varied({ word, digits }: Random): Names {
  const image = (): Image => {
    const name = `${word()}/${word()}`;
    return { app: word(), name, repository: name, tag: `${digits(1)}.${digits(2)}` };
  };
  return { namespace: word(), images: [image(), image(), image()] };
}

/** Images of Docker Hub that the nodes pull without a credential, until their address has no pulls left. */
export const rateLimit = defineStory('rate-limit', writtenUp, varied, (names) => ({
  seed: '001',
  title: 'Docker Hub’s rate limit',
  summary: 'The nodes have used up their anonymous pulls: 429 toomanyrequests.',
  workloads: workloads(names),
  hosts: [{ host, personality: 'docker-hub' }],
  setUp: async (world) => {
    exhaust(world, names);
    await deploy(world, names, {});
    for (const { app } of names.images) {
      await world.kubernetes.untilPullFails(names.namespace, app);
    }
  },
}));

/** The same exhausted address, but the pods sign in and so have their own quota. */
export const signedIn = defineStory('signed-in', signedInNames, varied, (names) => ({
  seed: '001',
  twinOf: 'rate-limit',
  title: 'Signed in at Docker Hub',
  summary: 'The address has no pulls left, but these pods pull with an account.',
  workloads: workloads(names),
  hosts: [{ host, personality: 'docker-hub' }],
  setUp: async (world) => {
    const login = { username: `${names.namespace}-robot`, password: `dckr_pat_${names.namespace}` };
    world.registry(host, { account: login });
    exhaust(world, names);
    await world.kubernetes.create(
      namespace(names.namespace),
      pullSecret({ name: 'dockerhub', namespace: names.namespace }, 'https://index.docker.io/v1/', login),
    );
    await deploy(world, names, { imagePullSecrets: [{ name: 'dockerhub' }] });
    for (const { app } of names.images) {
      await world.kubernetes.until(names.namespace, app, 'that it runs', areReady(1));
    }
  },
}));

function workloads({ namespace, images: [first, second, third] }: Names): Story['workloads'] {
  const ref = ({ app }: Image) => ({ kind: 'Deployment' as const, namespace, name: app });
  return [ref(first), ref(second), ref(third)];
}

/** Only for these repositories, so that other pods in the sandbox can still pull from Docker Hub. */
function exhaust({ registry }: World, { namespace, images }: Names): void {
  const only = images.map(({ repository }) => repository);
  registry(host, { narrowQuota: { id: namespace, limit: 100, remaining: 0, only } });
}

async function deploy(
  { kubernetes, registry }: World,
  { namespace: where, images }: Names,
  pod: object,
): Promise<void> {
  for (const { repository, tag } of images) registry(host, { push: { repository, tags: [tag] } });
  await kubernetes.create(
    namespace(where),
    ...images.map(({ app, name, tag }) =>
      deployment({ name: app, namespace: where }, [{ name: app, image: `${name}:${tag}` }], { pod: { ...pod } }),
    ),
  );
}
