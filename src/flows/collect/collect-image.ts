import type { Target } from '../../model/ask/ask.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { known, valueOr } from '../../model/values/fact.ts';
import type { Workload } from '../../model/workload/workload.ts';
import type { Reading } from '../../ports/cluster.ts';
import type { Reach, TellProgress } from './collect.ts';
import { collectImages } from './collect-images.ts';
import { knownRepositories } from './known-repositories.ts';
import { notSeen } from './not-seen.ts';
import { distinctPlatforms } from './platforms-of.ts';
import { readPullSecrets, type SecretsSeen } from './read-pull-secrets.ts';

type ImageTarget = Extract<Target, { type: 'image' }>;

/**
 * A snapshot of one image without a workload: as a service account's pods would pull it, or anonymously and as the bot.
 * The checks see a workload without pods.
 */
export async function collectImage(
  target: ImageTarget,
  reach: Reach,
  reading: Reading,
  progress: TellProgress,
): Promise<Snapshot> {
  const { cluster } = reach;
  const workload = wouldBe(target, reach.now().toISOString());
  const [nodes, secrets] = await Promise.all([
    cluster.nodes(reading),
    target.as === undefined ? nobody : readPullSecrets(workload, Promise.resolve(known([])), cluster, reading),
  ]);
  const facts = {
    workload,
    pods: [],
    revisions: known([]),
    keyring: secrets.keyring,
    platforms: distinctPlatforms(valueOr(nodes, [])),
    nowMs: reach.now().getTime(),
    isImageQuestion: true,
  };
  const images = await collectImages(facts, reach, reading, progress);
  const elsewhere = await knownRepositories(images.probes, () => cluster.workloads({}, reading));
  const snapshot: Omit<Snapshot, 'notSeen'> = {
    takenAt: reach.now().toISOString(),
    cluster: cluster.id,
    workload,
    template: workload.template,
    revisions: known([]),
    pods: known([]),
    events: known([]),
    serviceAccount: secrets.serviceAccount,
    pullSecrets: secrets.pullSecrets,
    nodes,
    environment: {},
    logs: [],
    images: images.probes,
    running: [],
    neighbours: known([]),
    knownRepositories: valueOr(elsewhere, []),
    asked: askedOf(target),
    messages: reach.messages,
  };
  return { ...snapshot, notSeen: notSeen(snapshot, { 'images used in the cluster': elsewhere }) };
}

/** No particular identity pulls: no service account is read. */
const nobody: SecretsSeen = {
  serviceAccount: known({ name: 'none', pullSecretNames: [], annotations: {} }),
  pullSecrets: [],
  keyring: [],
};

function askedOf({ reference, as }: ImageTarget): NonNullable<Snapshot['asked']> {
  return as === undefined ? { reference } : { reference, as: `${as.namespace}/${as.serviceAccount}` };
}

function wouldBe({ reference, as }: ImageTarget, createdAt: string): Workload {
  return {
    ref: { kind: 'Pod', namespace: as?.namespace ?? 'default', name: 'image' },
    uid: '',
    template: {
      containers: [{ name: 'image', type: 'main', image: reference, env: [], envFrom: [], command: [], args: [] }],
      serviceAccount: as?.serviceAccount ?? 'default',
      pullSecretNames: [],
      placement: { nodeSelector: {}, affinityTerms: [], tolerations: [] },
      labels: {},
    },
    selector: '',
    ready: 0,
    paused: false,
    createdAt,
    owners: [],
    managers: [],
    annotations: {},
  };
}
