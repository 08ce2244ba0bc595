import { areReady } from './kubernetes.ts';
import { deployment, namespace, pullSecret } from './objects.ts';
import type { Random } from './random.ts';
import { defineStory } from './story.ts';
import type { World } from './world.ts';

const hourMs = 3_600_000;

interface Names {
  readonly namespace: string;
  readonly app: string;
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly secret: string;
  /** A Secret that is referenced but does not exist. */
  readonly lostSecret: string;
}

const writtenUp: Names = {
  namespace: 'byron-serving',
  app: 'modelcar-server',
  registry: '660123456789.dkr.ecr.us-east-1.amazonaws.com',
  repository: 'byron-ai-registry',
  tag: 'modelcar-35b',
  secret: 'ecr-pull',
  lostSecret: 'ecr-pull-2023',
};

function varied({ word, digits }: Random): Names {
  return {
    namespace: word(),
    app: word(),
    registry: `${digits(12)}.dkr.ecr.eu-west-1.amazonaws.com`,
    repository: `${word()}/${word()}`,
    tag: `r${digits(3)}`,
    secret: word(),
    lostSecret: word(),
  };
}

/** An ECR token lasts twelve hours, and this one was issued yesterday. */
export const expiredSecret = defineStory('expired-secret', writtenUp, varied, (names) => ({
  seed: '002',
  title: 'An expired ECR pull secret',
  summary: 'It could pull yesterday. "Your authorization token has expired. Reauthenticate and try again."',
  ...about(names),
  setUp: async (world) => {
    const login = ecrLogin(names, new Date(world.now().getTime() - 9 * hourMs));
    await deploy(world, names, login, [names.secret]);
    await world.kubernetes.untilPullFails(names.namespace, names.app);
  },
}));

/** One of two referenced Secrets does not exist, which is harmless: the other one works. */
export const harmlessSecret = defineStory(
  'harmless-missing-secret',
  { ...writtenUp, namespace: 'byron-serving-next', repository: 'byron-ai-next' },
  varied,
  (names) => ({
    seed: '002',
    twinOf: 'expired-secret',
    title: 'A missing secret next to a working one',
    summary: 'The pods name two pull secrets; one doesn’t exist, the other one works.',
    ...about(names),
    setUp: async (world) => {
      const login = ecrLogin(names, new Date(world.now().getTime() + 9 * hourMs));
      await deploy(world, names, login, [names.lostSecret, names.secret]);
      await world.kubernetes.until(names.namespace, names.app, 'that it runs', areReady(2));
    },
  }),
);

/** No Secret at all: the nodes' own identity may read the registry. */
export const nodeIdentity = defineStory(
  'node-identity',
  {
    ...writtenUp,
    namespace: 'byron-serving-eks',
    repository: 'byron-ai-eks',
    registry: '660987654321.dkr.ecr.us-east-1.amazonaws.com',
  },
  varied,
  (names) => ({
    seed: '002',
    twinOf: 'expired-secret',
    title: 'A private image that the nodes may pull',
    summary: 'There is no pull secret, and none is needed: the nodes have their own identity.',
    ...about(names),
    setUp: async (world) => {
      const login = ecrLogin(names, new Date(world.now().getTime() + 9 * hourMs));
      world.registry(names.registry, { account: { ...login, expiresAt: endOf(login) } });
      await world.nodeIdentity(names.registry, login);
      await deploy(world, names, login, []);
      await world.kubernetes.until(names.namespace, names.app, 'that it runs', areReady(2));
    },
  }),
);

function about(names: Names) {
  return {
    workloads: [{ kind: 'Deployment', namespace: names.namespace, name: names.app }],
    hosts: [{ host: names.registry, personality: 'ecr' }],
  } as const;
}

/** ECR's password is base64-encoded JSON that contains its own expiry (docs/facts/registries.md#ecr). */
function ecrLogin({ repository }: Names, ends: Date) {
  const expiration = Math.floor(ends.getTime() / 1000);
  const token = { payload: `token of ${repository}`, datakey: 'AQEBAHh', version: '2', type: 'DATA_KEY', expiration };
  return { username: 'AWS', password: Buffer.from(JSON.stringify(token)).toString('base64') };
}

function endOf({ password }: { readonly password: string }): string {
  const { expiration } = JSON.parse(Buffer.from(password, 'base64').toString('utf8')) as {
    readonly expiration: number;
  };
  return new Date(expiration * 1000).toISOString();
}

async function deploy(
  { kubernetes, registry }: World,
  names: Names,
  login: ReturnType<typeof ecrLogin>,
  secrets: readonly string[],
): Promise<void> {
  const { namespace: where, repository, tag } = names;
  registry(names.registry, { push: { repository, tags: [tag], private: true } });
  if (secrets.length > 0) registry(names.registry, { account: { ...login, expiresAt: endOf(login) } });
  const container = { name: 'server', image: `${names.registry}/${repository}:${tag}` };
  const imagePullSecrets = secrets.map((name) => ({ name }));
  await kubernetes.create(
    namespace(where),
    ...(secrets.length > 0 ? [pullSecret({ name: names.secret, namespace: where }, names.registry, login)] : []),
    deployment({ name: names.app, namespace: where }, [container], {
      replicas: 2,
      ...(secrets.length > 0 ? { pod: { imagePullSecrets } } : {}),
    }),
  );
}
