import { areRunning, wereRestarted } from './kubernetes.ts';
import { commitHash, deployment, job, namespace } from './objects.ts';
import type { Random } from './random.ts';
import { defineStory } from './story.ts';
import type { World } from './world.ts';

interface Names {
  readonly namespace: string;
  readonly runner: string;
  readonly registry: string;
  readonly image: string;
  readonly tag: string;
  readonly pushedTo: string;
  readonly readFrom: string;
}

const writtenUp: Names = {
  namespace: 'modelops-bundles-dev',
  runner: 'bundle-runner',
  registry: 'modelopsdev.azurecr.io',
  image: 'modelops/bundle-runner',
  tag: '1f2c9aa',
  pushedTo: 'smoke_bundle',
  readFrom: 'modelops-bundles',
};

function varied({ word, hex }: Random): Names {
  return {
    namespace: word(),
    runner: word(),
    registry: `${word()}.azurecr.io`,
    image: `${word()}/${word()}`,
    tag: hex(7),
    pushedTo: word(),
    readFrom: word(),
  };
}

const digest = `sha256:${'b0d1e5ca'.repeat(8)}`;

/** Two causes of the older tag's incident alone: the bundle is pushed to one repository and read from another, by a bare digest. */
export const bundleMismatch = defineStory('bundle-mismatch', writtenUp, varied, (names) => ({
  seed: '000',
  title: 'A bundle pushed here and read there',
  summary: 'The runner gets a login page instead of JSON: "Expecting value: line 1 column 1 (char 0)".',
  workloads: [{ kind: 'Deployment', namespace: names.namespace, name: names.runner }],
  hosts: [{ host: names.registry, personality: 'acr' }],
  setUp: async (world) => {
    const logs = [
      `modelops_bundle.repository - INFO - fetching ${digest} from ${names.readFrom}`,
      'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',
    ];
    await world.kubelet('/behaviours', {
      match: { namespace: names.namespace, workload: `deployment/${names.runner}` },
      behaviour: { ready: false, logs },
    });
    await deploy(world, names, { repository: names.readFrom, reference: digest });
    await world.kubernetes.until(names.namespace, names.runner, 'that its pods run', areRunning(2));
  },
}));

/** Push and fetch agree, and the runner crashes for an unrelated reason. */
export const ownCrash = defineStory(
  'own-crash',
  { ...writtenUp, namespace: 'modelops-bundles-test', image: 'modelops/bundle-runner-test' },
  varied,
  (names) => ({
    seed: '000',
    twinOf: 'bundle-mismatch',
    title: 'The application crashes on its own',
    summary: 'Push and fetch agree; the runner exits because of an error in its settings.',
    workloads: [{ kind: 'Deployment', namespace: names.namespace, name: names.runner }],
    hosts: [{ host: names.registry, personality: 'acr' }],
    setUp: async (world) => {
      await world.kubelet('/behaviours', {
        match: { namespace: names.namespace, workload: `deployment/${names.runner}` },
        behaviour: {
          exitCode: 1,
          ready: false,
          afterSeconds: 1,
          logs: ['Traceback (most recent call last):', "KeyError: 'BUNDLE_CACHE_DIR'"],
        },
      });
      await deploy(world, names, { repository: names.pushedTo, reference: `${names.pushedTo}@${digest}` });
      await world.kubernetes.until(names.namespace, names.runner, 'that it crashes', wereRestarted);
    },
  }),
);

async function deploy(
  world: World,
  names: Names,
  told: { readonly repository: string; readonly reference: string },
): Promise<void> {
  const push = { repository: names.image, tags: [names.tag], revision: commitHash(names.tag), private: false };
  world.registry(names.registry, { push });
  const image = `${names.registry}/${names.image}:${names.tag}`;
  const bundle = (repository: string, reference: string) => ({
    MODELOPS_BUNDLE_REGISTRY: `${names.registry}/${repository}`,
    MODELOPS_BUNDLE_REF: reference,
  });
  await world.kubelet('/behaviours', {
    match: { namespace: names.namespace, container: 'push' },
    behaviour: { exitCode: 0, logs: [`pushed ${names.pushedTo}@${digest}`] },
  });
  const pusher = { name: 'push', image, env: bundle(names.pushedTo, `${names.pushedTo}@${digest}`) };
  const runner = { name: 'runner', image, env: bundle(told.repository, told.reference) };
  const where = (name: string) => ({ name, namespace: names.namespace });
  await world.kubernetes.create(
    namespace(names.namespace),
    job(where('smoke-test'), [pusher]),
    deployment(where(names.runner), [runner], { replicas: 2 }),
  );
}
