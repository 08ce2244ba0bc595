import type { CauseMessage } from '../../model/settings/settings.ts';
import type { ImageProbe, Snapshot } from '../../model/snapshot/snapshot.ts';
import { mapFact, unknown, valueOr } from '../../model/values/fact.ts';
import type { Credential } from '../../model/values/secret.ts';
import { formatWorkload, type Workload, type WorkloadRef } from '../../model/workload/workload.ts';
import type { ClusterReader, Lookup, Reading, Surroundings } from '../../ports/cluster.ts';
import type { Keychain } from '../../ports/keychain.ts';
import type { RegistryClient } from '../../ports/registry.ts';
import { type ClusterKnowledge, collectImages } from './collect-images.ts';
import { type ConfigMaps, effectiveEnvironment, readConfigMaps, unreadConfigMaps } from './environment.ts';
import { eventsAbout } from './events-about.ts';
import { knownRepositories } from './known-repositories.ts';
import { type NamespaceReads, namespaceReads } from './namespace-reads.ts';
import { nearbyPulls } from './nearby-pulls.ts';
import { needsOf } from './needs.ts';
import { neighboursOf } from './neighbours.ts';
import { readNodeImages } from './node-images.ts';
import { notSeen } from './not-seen.ts';
import { platformsOf } from './platforms-of.ts';
import { notNeeded } from './read-content.ts';
import { readLogs } from './read-logs.ts';
import { readPullSecrets } from './read-pull-secrets.ts';

/** The sources that collecting reads from. */
export interface Reach {
  readonly cluster: ClusterReader;
  /** What this check shares with others; if left out, it asks the cluster itself. */
  readonly surroundings?: Surroundings;
  readonly registry: RegistryClient;
  readonly keychain: Keychain;
  /** Placeholder images of the configuration. */
  readonly placeholders: readonly string[];
  /** The organisation's own messages per cause (`messages` of the configuration). */
  readonly messages: readonly CauseMessage[];
  /** The slowest transfer of an image that is usual (`pulls.slowestBytesPerSecond`). */
  readonly pullBytesPerSecond?: number;
  /** The configured ones: whoever echoes them, no snapshot keeps them. */
  readonly credentials?: readonly Credential[];
  readonly now: () => Date;
}

/** Called during a long read to show that it is still alive. */
export type TellProgress = (what: string) => void;

/**
 * The one place where cluster facts and registry facts meet: reads everything that one diagnosis needs, in parallel and
 * under one deadline. A missing permission or a dead server narrows the snapshot; only the workload itself can be
 * absent. The longest chain in the cluster is workload, pods (or service account), logs (or pull secrets); the
 * registries follow. Reads that grow with the namespace (its other workloads and its events) happen only if something
 * may be wrong: in parallel with logs and pull secrets if the pods show it, after the registries if only their answers
 * do.
 */
export async function collect(
  ref: WorkloadRef,
  reach: Reach,
  reading: Reading,
  progress: TellProgress,
): Promise<Lookup<Snapshot>> {
  const { cluster, surroundings = cluster } = reach;
  progress(`reading ${formatWorkload(ref)}`);
  const gone = new AbortController();
  const unlessGone = { signal: AbortSignal.any([reading.signal, gone.signal]) };
  // Read first, because everything else depends on it.
  const looking = cluster.workload(ref, reading);
  const nodes = surroundings.nodes(unlessGone);
  const looked = await looking;
  if (looked.kind === 'found') {
    return { kind: 'found', value: await readAround(looked.value, nodes, reach, reading, progress) };
  }
  gone.abort(new Error('the workload does not exist'));
  await nodes;
  return looked;
}

type NodesRead = ReturnType<ClusterReader['nodes']>;

async function readAround(
  workload: Workload,
  nodes: NodesRead,
  reach: Reach,
  reading: Reading,
  progress: TellProgress,
): Promise<Snapshot> {
  const { cluster, surroundings = cluster } = reach;
  progress('reading pods');
  const reads = startReads(workload, nodes, cluster, reading);
  const namespace = namespaceReads(workload.ref.namespace, surroundings, reading);
  const nothing = nothingRead(workload, reach);
  const beginning = beginEarly(nothing, reads, namespace);
  const { secrets, ...first } = await settled(reads);
  const everywhere = once(() => surroundings.workloads({}, reading));
  const onMissing = (isRunning: boolean): void => {
    void everywhere();
    if (!isRunning) namespace.begin({ neighbours: true, events: 'all' });
  };
  const facts = { ...factsFor(workload, { ...first, secrets }, reach), onMissing };
  const images = await collectImages(facts, reach, reading, progress);
  const maps = await reads.maps;
  await beginning;
  const own: Snapshot = {
    ...nothing,
    ...first,
    serviceAccount: secrets.serviceAccount,
    pullSecrets: secrets.pullSecrets,
    environment: environmentOf(workload, maps, images.probes),
    images: images.probes,
    running: images.running,
  };
  namespace.begin(needsOf(own));
  const [around, logs, elsewhere] = await Promise.all([
    namespace.seen(),
    reads.logs,
    knownRepositories(images.probes, everywhere),
  ]);
  const snapshot: Snapshot = {
    ...own,
    takenAt: reach.now().toISOString(),
    events: mapFact(around.events, (all) => eventsAbout(own, all)),
    logs,
    neighbours: mapFact(around.neighbours, (all) => neighboursOf(workload.ref, all, valueOr(around.events, []))),
    knownRepositories: valueOr(elsewhere, []),
    ...nearbyPulls(own, valueOr(around.events, [])),
  };
  const more = { ...unreadConfigMaps(maps), 'images used elsewhere in the cluster': elsewhere };
  return { ...snapshot, notSeen: notSeen(snapshot, more) };
}

/** A snapshot of the workload alone. */
function nothingRead(workload: Workload, { cluster, messages, pullBytesPerSecond, now }: Reach): Snapshot {
  const unread = unknown<never>(notNeeded);
  return {
    takenAt: now().toISOString(),
    cluster: cluster.id,
    workload,
    template: workload.template,
    revisions: unread,
    pods: unread,
    events: unread,
    serviceAccount: unread,
    pullSecrets: [],
    nodes: unread,
    environment: {},
    logs: [],
    images: [],
    running: [],
    neighbours: unread,
    knownRepositories: [],
    notSeen: [],
    messages,
    ...(pullBytesPerSecond === undefined ? {} : { pullBytesPerSecond }),
  };
}

/**
 * Starts the reads that the workload's own pods, revisions and environment already call for, without waiting for a
 * registry.
 */
async function beginEarly(
  nothing: Snapshot,
  reads: Pick<ReturnType<typeof startReads>, 'pods' | 'revisions' | 'maps'>,
  namespace: NamespaceReads,
): Promise<void> {
  const [pods, revisions, maps] = await Promise.all([reads.pods, reads.revisions, reads.maps]);
  namespace.begin(needsOf({ ...nothing, pods, revisions, environment: environmentOf(nothing.workload, maps, []) }));
}

/** Starts everything that needs only the workload; logs and pull secrets follow the pods. */
function startReads(workload: Workload, nodes: NodesRead, cluster: ClusterReader, reading: Reading) {
  const { namespace } = workload.ref;
  // Revisions first: a reader lists the ReplicaSets of both once.
  const revisions = cluster.revisions(workload, reading);
  const pods = cluster.pods(workload, reading);
  return {
    nodes,
    pods,
    revisions,
    maps: readConfigMaps(namespace, workload.template.containers, cluster, reading),
    nodeImages: pods.then((found) => readNodeImages({ pods: found }, cluster, reading)),
    logs: pods.then((found) => readLogs(namespace, valueOr(found, []), cluster, reading)),
    secrets: readPullSecrets(workload, pods, cluster, reading),
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}

/** What must be known before the registries are asked. */
async function settled(
  reads: Pick<ReturnType<typeof startReads>, 'pods' | 'revisions' | 'nodes' | 'nodeImages' | 'secrets'>,
) {
  const [pods, revisions, nodes, nodeImages, secrets] = await Promise.all([
    reads.pods,
    reads.revisions,
    reads.nodes,
    reads.nodeImages,
    reads.secrets,
  ]);
  return { pods, revisions, nodes, ...nodeImages, secrets };
}

function factsFor(
  workload: Workload,
  { pods, revisions, nodes, secrets }: Awaited<ReturnType<typeof settled>>,
  { now }: Reach,
): ClusterKnowledge {
  return {
    workload,
    pods: valueOr(pods, []),
    revisions,
    keyring: secrets.keyring,
    platforms: platformsOf(workload, valueOr(pods, []), valueOr(nodes, [])),
    nowMs: now().getTime(),
  };
}

function environmentOf(
  { template }: Workload,
  maps: ConfigMaps,
  probes: readonly ImageProbe[],
): Snapshot['environment'] {
  const byText = new Map(probes.map((probe) => [probe.text, probe]));
  return Object.fromEntries(
    template.containers
      .filter(({ type }) => type !== 'volume')
      .map((container) => [container.name, effectiveEnvironment(container, maps, byText.get(container.image))]),
  );
}
