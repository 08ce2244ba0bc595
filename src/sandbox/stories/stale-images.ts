import { areReady, areRunning } from './kubernetes.ts';
import { commitHash, deployment, job, namespace } from './objects.ts';
import type { Random } from './random.ts';
import { defineStory } from './story.ts';
import type { World } from './world.ts';

const dayMs = 86_400_000;
const host = 'ghcr.io';

interface Names {
  readonly namespace: string;
  readonly workers: string;
  readonly scheduler: string;
  /** Repositories of the images. */
  readonly workerImage: string;
  readonly schedulerImage: string;
  readonly smokeImage: string;
  readonly oldCommit: string;
  readonly newCommit: string;
  readonly movingTag: string;
  readonly bundleRegistry: string;
  readonly pushedTo: string;
  readonly readFrom: string;
}

const writtenUp: Names = {
  namespace: 'modelops-dask-dev',
  workers: 'dask-workers',
  scheduler: 'dask-scheduler',
  workerImage: 'institutefordiseasemodeling/modelops-dask-worker',
  schedulerImage: 'institutefordiseasemodeling/modelops-dask-scheduler',
  smokeImage: 'institutefordiseasemodeling/modelops-smoke',
  oldCommit: '88a216e',
  newCommit: '1f2c9aa',
  movingTag: 'latest',
  bundleRegistry: 'modelopsdev.azurecr.io',
  pushedTo: 'smoke_bundle',
  readFrom: 'modelops-bundles',
};

function varied({ word, hex }: Random): Names {
  const owner = word();
  return {
    namespace: word(),
    workers: word(),
    scheduler: word(),
    workerImage: `${owner}/${word()}`,
    schedulerImage: `${owner}/${word()}`,
    smokeImage: `${owner}/${word()}`,
    oldCommit: hex(7),
    newCommit: hex(7),
    movingTag: 'main',
    bundleRegistry: `${word()}.azurecr.io`,
    pushedTo: word(),
    readFrom: word(),
  };
}

/**
 * The template names a tag of three weeks ago, a newer image was pushed to a reused tag, and a rollout
 * restart pulled the same digest. The old image still sends bundle references without their repository, and its log
 * shows the HTML answer.
 */
export const staleImages = defineStory('stale-images', writtenUp, varied, (names) => ({
  seed: '000',
  title: 'Stale images behind a reused tag',
  summary: 'The fix was built and pushed, the pods were restarted, and the old code still runs.',
  workloads: [
    { kind: 'Deployment', namespace: names.namespace, name: names.workers },
    { kind: 'Deployment', namespace: names.namespace, name: names.scheduler },
  ],
  hosts: [{ host, personality: 'ghcr' }],
  setUp: async (world) => {
    const { kubernetes, now } = world;
    const digest = pushOld(world, names);
    await oldCodeFails(world, names, digest);
    await kubernetes.create(namespace(names.namespace), ...workloads(names));
    await running(world, names);
    pushNew(world, names, now().toISOString());
    await kubernetes.nextSecond();
    await restartAll(world, names);
  },
}));

/**
 * Newer images exist, and the pods were restarted; but the old version was chosen after the newer one existed: a
 * rollback, or a version pinned on purpose.
 */
export const pinnedVersion = defineStory(
  'pinned-version',
  { ...writtenUp, namespace: 'modelops-dask-prod', ...ownImages('institutefordiseasemodeling', 'stable-dask') },
  varied,
  (names) => ({
    seed: '000',
    twinOf: 'stale-images',
    title: 'A version pinned on purpose',
    summary: 'Newer images exist and the pods were restarted, but the version was chosen after those were pushed.',
    workloads: [{ kind: 'Deployment', namespace: names.namespace, name: names.workers }],
    hosts: [{ host, personality: 'ghcr' }],
    setUp: async (world) => {
      const { kubernetes, now } = world;
      pushOld(world, names);
      pushNew(world, names, new Date(now().getTime() - dayMs).toISOString());
      await kubernetes.create(namespace(names.namespace), ...workloads(names, `${names.pushedTo}@`, names.pushedTo));
      await running(world, names, areReady);
      await world.kubernetes.nextSecond();
      await restartAll(world, names, areReady);
    },
  }),
);

/** The pods run the tag's image; the runtime just shows the digest of the platform's manifest instead of the index. */
export const sameDigest = defineStory(
  'same-digest',
  { ...writtenUp, namespace: 'modelops-dask-crio', ...ownImages('institutefordiseasemodeling', 'crio-dask') },
  varied,
  (names) => ({
    seed: '000',
    twinOf: 'stale-images',
    title: 'Different digest, same image',
    summary: 'The pods’ digest differs from the tag’s, because this runtime shows the platform’s manifest.',
    workloads: [
      { kind: 'Deployment', namespace: names.namespace, name: names.workers },
      { kind: 'Deployment', namespace: names.namespace, name: names.scheduler },
    ],
    hosts: [{ host, personality: 'ghcr' }],
    setUp: async (world) => {
      const old = new Date(world.now().getTime() - 21 * dayMs).toISOString();
      await preload(world, names.workerImage, names, old, (child) => `${host}/${names.workerImage}@${child}`);
      const docker = (child: string) => `docker-pullable://${host}/${names.schedulerImage}@${child}`;
      await preload(world, names.schedulerImage, names, old, docker);
      push(world, names.smokeImage, names.newCommit, names.movingTag, old);
      const objects = workloads(names, `${names.pushedTo}@`, names.pushedTo);
      await world.kubernetes.create(namespace(names.namespace), ...objects);
      await running(world, names, areReady);
      await world.kubernetes.nextSecond();
      await restartAll(world, names, areReady);
    },
  }),
);

/** Repositories of a twin, which shares none with its story. */
function ownImages(owner: string, prefix: string): Pick<Names, 'workerImage' | 'schedulerImage' | 'smokeImage'> {
  return {
    workerImage: `${owner}/${prefix}-worker`,
    schedulerImage: `${owner}/${prefix}-scheduler`,
    smokeImage: `${owner}/${prefix}-smoke`,
  };
}

function push(world: World, repository: string, commit: string, movingTag: string, created: string) {
  const recipe = { tags: [commit, movingTag], created, revision: commitHash(commit), seed: `${repository} ${commit}` };
  return world.registry(host, { push: { repository, ...recipe } });
}

/** Pushes the deployed images; returns the digest of the workers' image. */
function pushOld(world: World, names: Names): string {
  const old = new Date(world.now().getTime() - 21 * dayMs).toISOString();
  push(world, names.schedulerImage, names.oldCommit, names.movingTag, old);
  push(world, names.smokeImage, names.newCommit, names.movingTag, old);
  return push(world, names.workerImage, names.oldCommit, names.movingTag, old).digest ?? '';
}

function pushNew(world: World, names: Names, built: string): void {
  push(world, names.workerImage, names.newCommit, names.movingTag, built);
  push(world, names.schedulerImage, names.newCommit, names.movingTag, built);
}

/** The image is already on the nodes, which show the digest of its amd64 manifest. */
async function preload(
  world: World,
  repository: string,
  { oldCommit, movingTag }: Names,
  created: string,
  imageId: (child: string) => string,
): Promise<void> {
  const { digest, platforms } = push(world, repository, oldCommit, movingTag, created);
  const child = platforms?.['linux/amd64'] ?? '';
  const image = `${host}/${repository}:${oldCommit}`;
  await world.kubelet('/images', { image, digest, manifestDigest: child, imageId: imageId(child) });
}

/** Behaviour of the old image: it fetches by a bare digest, gets an HTML page, and never becomes ready. */
async function oldCodeFails(world: World, names: Names, digest: string): Promise<void> {
  const logs = [
    'distributed.worker - INFO - Start worker',
    `modelops_bundle.repository - INFO - fetching bundle from ${names.bundleRegistry}/${names.readFrom}`,
    'distributed.worker - WARNING - Compute Failed',
    'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',
  ];
  const match = { namespace: names.namespace, digest };
  await world.kubelet('/behaviours', { match, behaviour: { ready: false, logs } });
}

async function running({ kubernetes, kubelet }: World, names: Names, are = areRunning): Promise<void> {
  await kubelet('/behaviours', {
    match: { namespace: names.namespace, container: 'push' },
    behaviour: { exitCode: 0, logs: [`pushed ${names.pushedTo}`] },
  });
  await kubernetes.until(names.namespace, names.workers, 'that its pods run', are(3));
  await kubernetes.until(names.namespace, names.scheduler, 'that its pods run', are(1));
}

async function restartAll(
  { kubernetes, now }: World,
  { namespace, workers, scheduler }: Names,
  are = areRunning,
): Promise<void> {
  const apps = [
    { name: workers, count: 3 },
    { name: scheduler, count: 1 },
  ];
  for (const { name, count } of apps) {
    const before = new Set((await kubernetes.pods(namespace, name)).map(({ metadata }) => metadata.uid));
    await kubernetes.restart({ namespace, name }, now());
    await kubernetes.until(
      namespace,
      name,
      'that new pods run',
      (pods) => are(count)(pods) && pods.every(({ metadata }) => !before.has(metadata.uid)),
    );
  }
}

/** By default the workers get a bare digest and a different repository than the one pushed to. */
function workloads(names: Names, before = '', readFrom = names.readFrom) {
  const image = (repository: string) => `${host}/${repository}:${names.oldCommit}`;
  const digest = `sha256:${'5e1ec7ab'.repeat(8)}`;
  const bundle = (repository: string, reference: string) => ({
    MODELOPS_BUNDLE_REGISTRY: `${names.bundleRegistry}/${repository}`,
    MODELOPS_BUNDLE_REF: reference,
  });
  const strategy = { type: 'Recreate' };
  const where = (name: string) => ({ name, namespace: names.namespace });
  const worker = { name: 'worker', image: image(names.workerImage), env: bundle(readFrom, `${before}${digest}`) };
  const pusher = {
    name: 'push',
    image: `${host}/${names.smokeImage}:${names.newCommit}`,
    env: bundle(names.pushedTo, `${names.pushedTo}@${digest}`),
  };
  return [
    deployment(where(names.workers), [worker], { replicas: 3, strategy }),
    deployment(where(names.scheduler), [{ name: 'scheduler', image: image(names.schedulerImage) }], { strategy }),
    job(where('smoke-test'), [pusher]),
  ];
}
