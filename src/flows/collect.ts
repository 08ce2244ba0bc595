import { mapFact, valueOr } from '../model/fact.ts';
import type { Platform } from '../model/outcome.ts';
import { nodesFor } from '../model/placement.ts';
import type { Node, Pod, Snapshot } from '../model/snapshot.ts';
import type { Workload, WorkloadRef } from '../model/workload.ts';
import type { ClusterReader, Lookup, Reading, RegistryClient } from '../ports.ts';
import { collectImages, type ImagesSeen } from './collect-images.ts';
import { effectiveEnvironment, readConfigMaps } from './environment.ts';
import { readLogs } from './read-logs.ts';
import { readPullSecrets } from './read-pull-secrets.ts';

/** What collecting reads from. */
export interface Reach {
  readonly cluster: ClusterReader;
  readonly registry: RegistryClient;
  /** Stand-in images of the configuration. */
  readonly placeholders: readonly string[];
  readonly now: () => Date;
}

/** How a long read tells that it is alive. */
export type Progress = (what: string) => void;

/**
 * The one place where cluster facts and registry facts meet: reads everything that one diagnosis needs, in parallel and
 * under one deadline. A missing right or a dead server narrows the snapshot; only the workload itself can be absent.
 */
export async function collect(
  ref: WorkloadRef,
  reach: Reach,
  reading: Reading,
  progress: Progress,
): Promise<Lookup<Snapshot>> {
  const { cluster } = reach;
  progress(`reading ${ref.kind.toLowerCase()}/${ref.name}`);
  const around = {
    nodes: cluster.nodes(reading),
    events: cluster.events(ref.namespace, reading),
    neighbours: cluster.workloads({ namespace: ref.namespace }, reading),
  };
  const looked = await cluster.workload(ref, reading);
  if (looked.kind !== 'found') {
    await Promise.allSettled(Object.values(around));
    return looked;
  }
  return { kind: 'found', value: await readAround(looked.value, around, reach, reading, progress) };
}

interface Around {
  readonly nodes: ReturnType<ClusterReader['nodes']>;
  readonly events: ReturnType<ClusterReader['events']>;
  readonly neighbours: ReturnType<ClusterReader['workloads']>;
}

async function readAround(
  workload: Workload,
  around: Around,
  reach: Reach,
  reading: Reading,
  progress: Progress,
): Promise<Snapshot> {
  const { cluster } = reach;
  const { namespace } = workload.ref;
  progress('reading pods');
  const podsRead = cluster.pods(workload, reading);
  const revisionsRead = cluster.revisions(workload, reading);
  const mapsRead = readConfigMaps(namespace, workload.template.containers, cluster, reading);
  const logsRead = podsRead.then((pods) => readLogs(namespace, valueOr(pods, []), cluster, reading));
  const secretsRead = readPullSecrets(workload, podsRead, cluster, reading);
  const [pods, revisions, nodes, secrets] = await Promise.all([podsRead, revisionsRead, around.nodes, secretsRead]);
  const images = await collectImages(
    {
      workload,
      pods: valueOr(pods, []),
      revisions,
      keyring: secrets.keyring,
      platforms: platformsOf(workload, valueOr(pods, []), valueOr(nodes, [])),
    },
    reach,
    reading,
    progress,
  );
  const [events, neighbours, maps, logs] = await Promise.all([around.events, around.neighbours, mapsRead, logsRead]);
  const snapshot: Omit<Snapshot, 'notSeen'> = {
    takenAt: reach.now().toISOString(),
    cluster: cluster.id,
    workload,
    template: workload.template,
    revisions,
    pods,
    events: events.known ? { known: true, value: eventsAbout(workload, valueOr(pods, []), events.value) } : events,
    serviceAccount: secrets.serviceAccount,
    pullSecrets: secrets.pullSecrets,
    nodes,
    environment: environmentOf(workload, maps, images),
    logs,
    images: images.probes,
    running: images.running,
    neighbours: mapFact(neighbours, (all) => all.filter((entry) => !isSame(entry.ref, workload.ref))),
    knownRepositories: await knownRepositories(images, reach, reading),
  };
  return { ...snapshot, notSeen: notSeen(snapshot) };
}

function isSame(left: WorkloadRef, right: WorkloadRef): boolean {
  return left.kind === right.kind && left.name === right.name && left.namespace === right.namespace;
}

/** Events of the workload, of its revisions and of its pods; the names of both begin with the workload's. */
function eventsAbout<E extends { readonly object: { readonly name: string } }>(
  workload: Workload,
  pods: readonly Pod[],
  events: readonly E[],
): readonly E[] {
  const names = new Set([
    workload.ref.name,
    ...pods.map(({ name }) => name),
    ...pods.flatMap(({ revision }) => revision ?? []),
  ]);
  return events.filter(({ object }) => names.has(object.name));
}

/** The platforms that count: of the nodes the pods are on, otherwise of those they may be scheduled to. */
function platformsOf(workload: Workload, pods: readonly Pod[], nodes: readonly Node[]): readonly Platform[] {
  const used = new Set(pods.flatMap(({ node }) => node ?? []));
  const placed = nodes.filter(({ name }) => used.has(name));
  return (placed.length > 0 ? placed : nodesFor(workload.template.placement, nodes)).map(({ platform }) => platform);
}

function environmentOf(
  workload: Workload,
  maps: Awaited<ReturnType<typeof readConfigMaps>>,
  images: ImagesSeen,
): Snapshot['environment'] {
  return Object.fromEntries(
    workload.template.containers.map((container) => [
      container.name,
      effectiveEnvironment(
        container,
        maps,
        images.probes.find(({ text }) => text === container.image),
      ),
    ]),
  );
}

/** Image names used elsewhere in the cluster; listed only when a name is missing and its near ones are wanted. */
async function knownRepositories(images: ImagesSeen, { cluster }: Reach, reading: Reading): Promise<readonly string[]> {
  if (!images.missing) return [];
  const everywhere = await cluster.workloads({}, reading);
  const texts = valueOr(everywhere, []).flatMap(({ containers }) => containers.map(({ image }) => image));
  return [...new Set(texts)];
}

function notSeen(snapshot: Omit<Snapshot, 'notSeen'>): readonly string[] {
  const facts = {
    pods: snapshot.pods,
    revisions: snapshot.revisions,
    events: snapshot.events,
    nodes: snapshot.nodes,
    'service account': snapshot.serviceAccount,
    'other workloads of the namespace': snapshot.neighbours,
    ...Object.fromEntries(snapshot.pullSecrets.map(({ name, content }) => [`pull secret ${name}`, content])),
    ...Object.fromEntries(snapshot.logs.map(({ container, lines }) => [`logs of ${container}`, lines])),
  };
  return Object.entries(facts).flatMap(([what, fact]) => {
    if (fact.known) return [];
    return [fact.missingRight === undefined ? `${what} (${fact.why})` : `${what} (no right to ${fact.missingRight})`];
  });
}
