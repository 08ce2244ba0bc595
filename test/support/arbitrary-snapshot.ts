import * as fc from 'fast-check';
import { parseImage } from '../../src/model/image/image.ts';
import type { ImageConfig, Manifest } from '../../src/model/image/outcome.ts';
import type { ContainerState, ImageProbe, Pod, Snapshot, Termination } from '../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import type { Container } from '../../src/model/workload/workload.ts';
import { digests, facts, few, images, names, outcomes, partly, platforms, texts, times } from './arbitrary-parts.ts';
import { now } from './snapshot.ts';

const environment = few(
  partly(
    { name: fc.oneof(names, fc.constantFrom('BUNDLE_REF', 'BUNDLE_REPOSITORY', 'REGISTRY')), from: fc.constant('env') },
    { value: fc.oneof(digests, images, texts) },
  ),
);
const containers = partly(
  {
    name: names,
    type: fc.constantFrom('main', 'init', 'ephemeral'),
    image: images,
    env: environment,
    envFrom: fc.constant([]),
    command: few(texts),
    args: few(fc.oneof(digests, texts)),
  },
  { pullPolicy: fc.constantFrom('Always', 'IfNotPresent', 'Never') },
) as unknown as fc.Arbitrary<Container>;
const terminations: fc.Arbitrary<Termination> = partly(
  {
    reason: fc.constantFrom('OOMKilled', 'Error', 'StartError', ''),
    exitCode: fc.constantFrom(0, 1, 137, 255),
    message: texts,
  },
  { finishedAt: times },
) as fc.Arbitrary<Termination>;
const reasons = fc.constantFrom(
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'ContainerCreating',
  'Strange',
  '',
);
const states = partly(
  {
    name: names,
    type: fc.constantFrom('main', 'init', 'ephemeral'),
    image: images,
    imageId: fc.oneof(
      fc.constant(''),
      digests,
      digests.map((digest) => `x@${digest}`),
      texts,
    ),
    ready: fc.boolean(),
    restartCount: fc.nat(9),
  },
  {
    waiting: fc.record({ reason: reasons, message: texts }),
    runningSince: times,
    terminated: terminations,
    lastTerminated: terminations,
    pullPolicy: fc.constantFrom('Always', 'IfNotPresent', 'Never'),
  },
) as unknown as fc.Arbitrary<ContainerState>;
const placement = fc.constant({ nodeSelector: {}, affinityTerms: [], tolerations: [] });
const pods = partly(
  {
    name: names,
    uid: names,
    phase: fc.constantFrom('Running', 'Pending', 'Failed', 'Succeeded'),
    createdAt: times,
    serviceAccount: names,
    pullSecretNames: few(names),
    placement,
    containers: few(states),
    conditions: fc.constant([]),
  },
  {
    deletedAt: times,
    node: names,
    revision: names,
    unschedulable: texts,
    statusReason: fc.constantFrom('Evicted', 'NodeLost'),
    statusMessage: texts,
  },
) as unknown as fc.Arbitrary<Pod>;
const manifests = fc.record({
  digest: digests,
  mediaType: texts,
  body: fc.oneof(
    fc.record({ kind: fc.constant('index'), children: few(partly({ digest: digests }, { platform: platforms })) }),
    fc.record({ kind: fc.constant('image'), configDigest: digests, layersBytes: fc.nat() }),
    fc.record({ kind: fc.constantFrom('schema1', 'artifact') }),
  ),
}) as unknown as fc.Arbitrary<Manifest>;
const configs = partly(
  { digest: digests, platform: platforms, env: few(texts) },
  { created: times, revision: texts },
) as unknown as fc.Arbitrary<ImageConfig>;
const attempts = partly(
  {
    as: fc.constantFrom('workload', 'anonymous', 'bot'),
    via: fc.record({ kind: fc.constantFrom('origin', 'mirror'), host: names }),
    outcome: outcomes,
  },
  { secretName: names },
);
const probes = partly(
  {
    text: images,
    containers: few(names),
    provider: names,
    attempts: few(attempts),
    digest: facts(digests),
    manifest: facts(manifests),
    configs: facts(few(configs)),
    tags: facts(few(names)),
    candidates: few(partly({ tag: names, digest: digests }, { built: times, pushedAt: times, revision: texts })),
    botHasCredential: fc.boolean(),
  },
  { placeholder: names },
).map((probe): ImageProbe => {
  const one = probe as unknown as ImageProbe;
  const parsed = parseImage(one.text);
  return { ...one, image: parsed.ok ? known(parsed.image) : unknown(parsed.reason) };
});
const secrets = fc.record({
  name: names,
  referencedBy: fc.constant('pod'),
  content: facts(
    fc.oneof(
      fc.constant({ state: 'missing' }),
      fc.record({ state: fc.constant('unusable'), type: names, problem: texts }),
      fc.record({
        state: fc.constant('usable'),
        type: names,
        createdAt: times,
        entries: few(
          partly({ key: fc.oneof(fc.constantFrom('ghcr.io', '*.test'), texts), username: names }, { expiresAt: times }),
        ),
      }),
    ),
  ),
});
const nodes = fc.record({
  name: names,
  platform: platforms,
  labels: fc.constant({}),
  taints: fc.constant([]),
  kubeletVersion: fc.constantFrom('v1.35.0', '?'),
  runtime: fc.constantFrom('containerd://2', 'cri-o://1'),
  osImage: names,
  ready: fc.boolean(),
  diskPressure: fc.boolean(),
  unschedulable: fc.boolean(),
});
const refs = fc.record({
  kind: fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod'),
  namespace: names,
  name: names,
});
const templates = partly(
  {
    containers: few(containers),
    serviceAccount: names,
    pullSecretNames: few(names),
    placement,
    labels: fc.constant({}),
  },
  { restartedAt: times },
);
const workloads = partly(
  {
    ref: refs,
    uid: names,
    template: templates,
    selector: names,
    ready: fc.nat(3),
    paused: fc.boolean(),
    createdAt: times,
    owners: few(fc.record({ apiVersion: names, kind: names, name: names })),
    managers: fc.constant([]),
    annotations: fc.constant({}),
  },
  {
    desired: fc.nat(3),
    updateStrategy: fc.constantFrom('RollingUpdate', 'Recreate', 'OnDelete'),
    conditions: few(
      fc.record({ type: fc.constantFrom('Failed', 'Progressing', 'ReplicaFailure'), status: names, message: texts }),
    ),
  },
);
const revisions = partly(
  {
    name: names,
    number: fc.nat(9),
    createdAt: times,
    images: fc.dictionary(names, images, { maxKeys: 3 }),
    replicas: fc.nat(3),
  },
  { restartedAt: times, by: texts },
);
const events = partly(
  {
    object: fc.record({ kind: fc.constantFrom('Pod', 'ReplicaSet'), name: names }),
    type: fc.constantFrom('Normal', 'Warning'),
    reason: fc.constantFrom('Failed', 'Pulled', 'FailedCreate', 'Killing'),
    message: texts,
    count: fc.nat(9),
  },
  { lastAt: times },
);

/** Any snapshot at all: facts known or not, dangling references, invalid times, text of any kind. */
export const anySnapshot = fc.record({
  takenAt: fc.oneof({ weight: 5, arbitrary: fc.constant(now) }, { weight: 1, arbitrary: times }),
  cluster: names,
  workload: workloads,
  template: templates,
  revisions: facts(few(revisions)),
  pods: facts(few(pods)),
  events: facts(few(events)),
  serviceAccount: facts(fc.record({ name: names, pullSecretNames: few(names), annotations: fc.constant({}) })),
  pullSecrets: few(secrets),
  nodes: facts(few(nodes)),
  environment: fc.dictionary(names, environment, { maxKeys: 3 }),
  logs: few(
    fc.record({
      pod: names,
      container: names,
      lines: facts(few(partly({ text: texts, previous: fc.boolean() }, { at: times }))),
    }),
  ),
  images: few(probes),
  running: few(
    fc.record({
      container: names,
      digest: digests,
      pods: few(names),
      manifest: facts(manifests),
      config: facts(configs),
    }),
  ),
  neighbours: facts(few(fc.record({ ref: refs, containers: few(containers) }))),
  knownRepositories: few(images),
  notSeen: few(texts),
}) as unknown as fc.Arbitrary<Snapshot>;
