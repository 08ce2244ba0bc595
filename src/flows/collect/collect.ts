import type { CauseMessage } from '../../model/settings/settings.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { mapFact, valueOr } from '../../model/values/fact.ts';
import { formatWorkload, type Workload, type WorkloadRef } from '../../model/workload/workload.ts';
import type { ClusterReader, Lookup, Reading } from '../../ports/cluster.ts';
import type { RegistryClient } from '../../ports/registry.ts';
import { collectImages, type ImagesSeen, type Known } from './collect-images.ts';
import { type ConfigMaps, effectiveEnvironment, readConfigMaps, unreadConfigMaps } from './environment.ts';
import { eventsAbout } from './events-about.ts';
import { knownRepositories } from './known-repositories.ts';
import { neighboursOf } from './neighbours.ts';
import { notSeen } from './not-seen.ts';
import { platformsOf } from './platforms-of.ts';
import { readLogs } from './read-logs.ts';
import { readPullSecrets } from './read-pull-secrets.ts';

/** What collecting reads from. */
export interface Reach {
  readonly cluster: ClusterReader;
  readonly registry: RegistryClient;
  /** Stand-in images of the configuration. */
  readonly placeholders: readonly string[];
  /** The organisation's own words per cause (`messages` of the configuration). */
  readonly messages: readonly CauseMessage[];
  readonly now: () => Date;
}

/** How a long read tells that it is alive. */
export type Progress = (what: string) => void;

/**
 * The one place where cluster facts and registry facts meet: reads everything that one diagnosis needs, in parallel and
 * under one deadline. A missing right or a dead server narrows the snapshot; only the workload itself can be absent.
 * The longest chain in the cluster is workload, pods (or service account), logs (or pull secrets); the registries follow.
 */
export async function collect(
  ref: WorkloadRef,
  reach: Reach,
  reading: Reading,
  progress: Progress,
): Promise<Lookup<Snapshot>> {
  const { cluster } = reach;
  progress(`reading ${formatWorkload(ref)}`);
  const gone = new AbortController();
  const unlessGone = { signal: AbortSignal.any([reading.signal, gone.signal]) };
  // Asked first, because everything else waits for it.
  const looking = cluster.workload(ref, reading);
  const around: Around = { nodes: cluster.nodes(unlessGone), events: cluster.events(ref.namespace, unlessGone) };
  const looked = await looking;
  if (looked.kind === 'found') {
    return { kind: 'found', value: await readAround(looked.value, around, reach, reading, progress) };
  }
  gone.abort(new Error('the workload is not there'));
  await Promise.allSettled(Object.values(around));
  return looked;
}

interface Around {
  readonly nodes: ReturnType<ClusterReader['nodes']>;
  readonly events: ReturnType<ClusterReader['events']>;
}

async function readAround(
  workload: Workload,
  around: Around,
  reach: Reach,
  reading: Reading,
  progress: Progress,
): Promise<Snapshot> {
  const { cluster } = reach;
  progress('reading pods');
  const reads = startReads(workload, around, cluster, reading);
  const first = await settled(reads);
  const { pods, revisions, nodes, secrets } = first;
  const everywhere = once(() => cluster.workloads({}, reading));
  const facts = { ...factsFor(workload, first, reach), onMissing: everywhere };
  const images = await collectImages(facts, reach, reading, progress);
  const [events, neighbours, maps, logs, elsewhere] = await Promise.all([
    around.events,
    reads.neighbours,
    reads.maps,
    reads.logs,
    knownRepositories(images.probes, everywhere),
  ]);
  const snapshot: Omit<Snapshot, 'notSeen'> = {
    takenAt: reach.now().toISOString(),
    cluster: cluster.id,
    workload,
    template: workload.template,
    revisions,
    pods,
    events: mapFact(events, (all) => eventsAbout(workload, valueOr(pods, []), valueOr(revisions, []), all)),
    serviceAccount: secrets.serviceAccount,
    pullSecrets: secrets.pullSecrets,
    nodes,
    environment: environmentOf(workload, maps, images),
    logs,
    images: images.probes,
    running: images.running,
    neighbours: mapFact(neighbours, (all) => neighboursOf(workload.ref, all, valueOr(events, []))),
    knownRepositories: valueOr(elsewhere, []),
    messages: reach.messages,
  };
  const more = { ...unreadConfigMaps(maps), 'images used elsewhere in the cluster': elsewhere };
  return { ...snapshot, notSeen: notSeen(snapshot, more) };
}

/** Begins everything that needs only the workload; logs and pull secrets follow the pods. */
function startReads(workload: Workload, { nodes }: Around, cluster: ClusterReader, reading: Reading) {
  const { namespace } = workload.ref;
  const pods = cluster.pods(workload, reading);
  return {
    nodes,
    pods,
    revisions: cluster.revisions(workload, reading),
    maps: readConfigMaps(namespace, workload.template.containers, cluster, reading),
    logs: pods.then((found) => readLogs(namespace, valueOr(found, []), cluster, reading)),
    secrets: readPullSecrets(workload, pods, cluster, reading),
    // Last, because nothing waits for them.
    neighbours: cluster.workloads({ namespace }, reading),
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
async function settled(reads: Pick<ReturnType<typeof startReads>, 'pods' | 'revisions' | 'nodes' | 'secrets'>) {
  const [pods, revisions, nodes, secrets] = await Promise.all([
    reads.pods,
    reads.revisions,
    reads.nodes,
    reads.secrets,
  ]);
  return { pods, revisions, nodes, secrets };
}

function factsFor(
  workload: Workload,
  { pods, revisions, nodes, secrets }: Awaited<ReturnType<typeof settled>>,
  { now }: Reach,
): Known {
  return {
    workload,
    pods: valueOr(pods, []),
    revisions,
    keyring: secrets.keyring,
    platforms: platformsOf(workload, valueOr(pods, []), valueOr(nodes, [])),
    nowMs: now().getTime(),
  };
}

function environmentOf({ template }: Workload, maps: ConfigMaps, images: ImagesSeen): Snapshot['environment'] {
  const byText = new Map(images.probes.map((probe) => [probe.text, probe]));
  return Object.fromEntries(
    template.containers.map((container) => [
      container.name,
      effectiveEnvironment(container, maps, byText.get(container.image)),
    ]),
  );
}
