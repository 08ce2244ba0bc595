import { formatImage, type ImageRef, pullReference } from '../../src/model/image/image.ts';
import { matchingEntries } from '../../src/model/image/keyring.ts';
import type {
  ImageConfig,
  Manifest,
  ProbeFailure,
  ProbeOutcome,
  RegistryAnswer,
} from '../../src/model/image/outcome.ts';
import { type Fact, known, mapFact, unknown } from '../../src/model/values/fact.ts';
import { type Credential, Secret } from '../../src/model/values/secret.ts';
import type { Workload, WorkloadRef } from '../../src/model/workload/workload.ts';
import type { ClusterReader, Lookup, PullSecretContent, WorkloadSummary } from '../../src/ports/cluster.ts';
import type { CredentialEntry, HeldCredential, Keychain } from '../../src/ports/keychain.ts';
import type { RegistryClient, RegistryReading, Route } from '../../src/ports/registry.ts';
import { aConfig, anImage, digestOf, notFound } from './probes.ts';
import { aContainer, aNode, aPod, aRevision, aState, minutesAgo, now } from './snapshot.ts';

/** The requests, in order: `pods`, `secret regcred`, `HEAD ghcr.io/acme/web:1 as robot`. */
export interface Recorded {
  readonly asked: string[];
  /** Called before each answer; a test that counts rounds lets it wait here. */
  pass: () => Promise<void>;
}

export function recorder(): Recorded {
  return { asked: [], pass: async () => {} };
}

/** The contents of the cluster. */
export interface ClusterStory {
  readonly id?: string;
  readonly workload?: Partial<Omit<Workload, 'template'>>;
  readonly template?: Partial<Workload['template']>;
  readonly lookup?: Lookup<Workload>;
  readonly pods?: Awaited<ReturnType<ClusterReader['pods']>>;
  readonly revisions?: Awaited<ReturnType<ClusterReader['revisions']>>;
  readonly events?: Awaited<ReturnType<ClusterReader['events']>>;
  readonly nodes?: Awaited<ReturnType<ClusterReader['nodes']>>;
  readonly nodeImages?: Awaited<ReturnType<ClusterReader['nodeImages']>>;
  readonly neighbours?: Awaited<ReturnType<ClusterReader['workloads']>>;
  readonly everywhere?: Awaited<ReturnType<ClusterReader['workloads']>>;
  readonly serviceAccount?: Awaited<ReturnType<ClusterReader['serviceAccount']>>;
  readonly secrets?: Readonly<Record<string, Lookup<PullSecretContent>>>;
  readonly configMaps?: Readonly<Record<string, Lookup<Readonly<Record<string, string>>>>>;
  /** By `pod/container`, with `/previous` for the run before. */
  readonly logs?: Readonly<Record<string, Lookup<string>>>;
}

/** A healthy Deployment `web` of one container and one pod, except for the changes in the story. */
export function aWorkload(story: Pick<ClusterStory, 'workload' | 'template'> = {}): Workload {
  return {
    ref: { kind: 'Deployment', namespace: 'shop', name: 'web' },
    uid: 'uid',
    selector: 'app=web',
    desired: 1,
    ready: 1,
    paused: false,
    createdAt: minutesAgo(60 * 24 * 60),
    owners: [],
    managers: [],
    annotations: {},
    ...story.workload,
    template: {
      containers: [aContainer()],
      serviceAccount: 'default',
      pullSecretNames: [],
      placement: { nodeSelector: {}, affinityTerms: [], tolerations: [] },
      labels: {},
      ...story.template,
    },
  };
}

/** A cluster in memory that records what it is asked. An aborted read answers like one whose deadline has passed. */
export function memoryCluster(story: ClusterStory = {}, record: Recorded = recorder()): ClusterReader {
  const workload = aWorkload(story);
  const { containers } = workload.template;
  const images = Object.fromEntries(containers.map(({ name, image }) => [name, image]));
  const say = async <T>(what: string, signal: AbortSignal, answer: T, late: T): Promise<T> => {
    record.asked.push(what);
    if (!signal.aborted) await Promise.race([record.pass(), aborted(signal)]);
    return signal.aborted ? late : answer;
  };
  const fact = unknown<never>('the deadline is spent');
  const lookup = { kind: 'unknown' as const, why: 'the deadline is spent' };
  return {
    id: story.id ?? 'dev-eu',
    workload: (ref: WorkloadRef, { signal }) =>
      say(
        `workload ${ref.kind}/${ref.name}`,
        signal,
        story.lookup ?? (ref.kind === workload.ref.kind ? { kind: 'found', value: workload } : { kind: 'absent' }),
        lookup,
      ),
    workloads: ({ namespace }, { signal }) =>
      namespace === undefined
        ? say('workloads everywhere', signal, story.everywhere ?? known([]), fact)
        : say(`workloads of ${namespace}`, signal, story.neighbours ?? known([]), fact),
    workloadNames: ({ namespace }, { signal }) =>
      namespace === undefined
        ? say('names everywhere', signal, namesOf(story.everywhere), fact)
        : say(`names of ${namespace}`, signal, namesOf(story.neighbours), fact),
    namespaces: ({ signal }) => say('namespaces', signal, known(['shop']), fact),
    pods: (_, { signal }) =>
      say('pods', signal, story.pods ?? known([aPod(containers.map((container) => aState(container)))]), fact),
    revisions: (_, { signal }) => say('revisions', signal, story.revisions ?? known([aRevision({ images })]), fact),
    events: ({ about }, { signal }) => {
      const events = story.events ?? known([]);
      if (about === undefined) return say('events', signal, events, fact);
      const some = mapFact(events, (all) => all.filter(({ object }) => about.includes(object.name)));
      return say(`events of ${about.join(', ')}`, signal, some, fact);
    },
    serviceAccount: (_, name, { signal }) =>
      say(
        `service account ${name}`,
        signal,
        story.serviceAccount ?? { kind: 'found', value: { pullSecretNames: [], annotations: {} } },
        lookup,
      ),
    pullSecret: (_, name, { signal }) =>
      say(`secret ${name}`, signal, story.secrets?.[name] ?? { kind: 'absent' }, lookup),
    configMap: (_, name, { signal }) =>
      say(`config map ${name}`, signal, story.configMaps?.[name] ?? { kind: 'absent' }, lookup),
    nodes: ({ signal }) => say('nodes', signal, story.nodes ?? known([aNode()]), fact),
    nodeImages: (node, { signal }) => say(`images of ${node}`, signal, story.nodeImages ?? known([]), fact),
    log: ({ pod, container, previous }, { signal }) => {
      const key = `${pod}/${container}${previous ? '/previous' : ''}`;
      return say(`log ${key}`, signal, story.logs?.[key] ?? { kind: 'absent' }, lookup);
    },
    close: async () => {},
  };
}

function namesOf(listed: Fact<readonly WorkloadSummary[]> = known([])): Fact<readonly WorkloadRef[]> {
  return mapFact(listed, (all) => all.map(({ ref }) => ref));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** The contents of the registries, and who may read them. */
export interface RegistryStory {
  /** Reference as pulled (`ghcr.io/acme/web:1`) to the word whose digest it has, or the outcome of the request. */
  readonly references?: Readonly<Record<string, string | ProbeOutcome>>;
  /** Overrides `references` for one user; `nobody` is anonymous. */
  readonly forUser?: Readonly<Record<string, Readonly<Record<string, string | ProbeOutcome>>>>;
  /** Overrides both for one mirror. */
  readonly throughMirror?: Readonly<Record<string, Readonly<Record<string, string | ProbeOutcome>>>>;
  /** By digest; default: a single-platform image of the word. */
  readonly manifests?: Readonly<Record<string, RegistryAnswer<Manifest>>>;
  readonly configs?: Readonly<Record<string, RegistryAnswer<ImageConfig>>>;
  /** By repository: `ghcr.io/acme/web`. */
  readonly tags?: Readonly<Record<string, readonly string[] | ProbeFailure>>;
  /** Reference to when it was pushed; default: unknown. */
  readonly pushes?: Readonly<Record<string, string>>;
  /** User of the configuration's credential. */
  readonly own?: string;
  readonly mirrors?: readonly string[];
  /** Hosts that the configuration names. */
  readonly configured?: readonly string[];
}

export function credentialOf(username: string): Credential {
  return { username, password: new Secret(`password of ${username}`) };
}

/** Registries in memory that record what they are asked: `HEAD ghcr.io/acme/web:1 as robot`. */
export function memoryRegistry(story: RegistryStory = {}, record: Recorded = recorder()): RegistryClient {
  const words = new Map<string, string>();
  const remember = (word: string): string => {
    words.set(digestOf(word), word);
    return word;
  };
  const everyWord = [
    story.references,
    ...Object.values(story.forUser ?? {}),
    ...Object.values(story.throughMirror ?? {}),
  ];
  for (const table of everyWord)
    for (const value of Object.values(table ?? {})) if (typeof value === 'string') remember(value);
  const late: ProbeFailure = { kind: 'not-probed', why: 'deadline', message: 'the deadline is spent' };
  const say = async <T>(what: string, { signal, credential, route }: RegistryReading, answer: T) => {
    const who = credential === undefined ? '' : ` as ${credential.username}`;
    const where = route?.kind === 'mirror' ? ` via ${route.host}` : '';
    record.asked.push(`${what}${who}${where}`);
    if (!signal.aborted) await Promise.race([record.pass(), aborted(signal)]);
    return signal.aborted ? late : answer;
  };
  const outcomeOf = (text: string, { credential, route }: RegistryReading): ProbeOutcome => {
    const table =
      route?.kind === 'mirror'
        ? story.throughMirror?.[route.host]
        : { ...story.references, ...story.forUser?.[credential?.username ?? 'nobody'] };
    const found = table?.[text];
    if (found === undefined) return notFound();
    return typeof found === 'string'
      ? { kind: 'found', digest: digestOf(found), mediaType: 'application/vnd.oci.image.manifest.v1+json' }
      : found;
  };
  return {
    provider: () => 'generic',
    isConfigured: ({ registry }) => story.configured?.includes(registry) === true,
    routes: (image): readonly Route[] => [
      ...(story.mirrors ?? []).map((host) => ({ kind: 'mirror' as const, host })),
      { kind: 'origin', host: image.registry },
    ],
    resolve: (image: ImageRef, how) => {
      const text = formatImage(pullReference(image));
      return say(`HEAD ${text}`, how, outcomeOf(text, how));
    },
    manifest: (image, digest, how) => {
      const word = words.get(digest);
      const usual: RegistryAnswer<Manifest> =
        word === undefined ? (notFound('digest') as ProbeFailure) : { kind: 'ok', value: anImage(word) };
      return say(`GET ${nameOf(image)}@${words.get(digest) ?? 'other'}`, how, story.manifests?.[digest] ?? usual);
    },
    config: (image, digest, how) => {
      const word = [...words.values()].find((each) => digestOf(`${each} config`) === digest);
      const usual: RegistryAnswer<ImageConfig> = { kind: 'ok', value: aConfig(word ?? 'other') };
      return say(`GET ${nameOf(image)} config of ${word ?? 'other'}`, how, story.configs?.[digest] ?? usual);
    },
    tags: (image, how) => {
      const list = story.tags?.[nameOf(image)];
      const answer: RegistryAnswer<readonly string[]> =
        list === undefined
          ? (notFound('repository') as ProbeFailure)
          : 'kind' in list
            ? list
            : { kind: 'ok', value: list };
      return say(`tags ${nameOf(image)}`, how, answer);
    },
    referrers: (_, __, how) => say('referrers', how, { kind: 'ok', value: [] }),
    pushedAt: async (image, _, how) => {
      const text = formatImage(pullReference(image));
      const at = story.pushes?.[text];
      await say(`pushed ${text}`, how, at);
      return at === undefined ? unknown(`${image.registry} does not tell it`) : known(at);
    },
    close: async () => {},
  };
}

function nameOf({ registry, repository }: ImageRef): string {
  return `${registry}/${repository}`;
}

/** A pull secret with one entry per key. */
export function secretFor(entries: Readonly<Record<string, string>>): Lookup<PullSecretContent> {
  return {
    kind: 'found',
    value: {
      type: 'kubernetes.io/dockerconfigjson',
      createdAt: minutesAgo(9000),
      annotations: {},
      entries: Object.entries(entries).map(([key, username]) => ({ key, credential: credentialOf(username) })),
    },
  };
}

/** Pull secrets as they are given, and one credential of the configuration for every image, if any. */
export function memoryKeychain(own?: string, entries: readonly CredentialEntry[] = []): Keychain {
  const entry = { name: 'own', host: 'own.example' };
  const held = own === undefined ? [] : [heldCredential(credentialOf(own))];
  return {
    entries,
    entryFor: () => (own === undefined ? undefined : entry),
    credentialsFor: async (image, user) =>
      known(
        user.kind === 'bot'
          ? held
          : matchingEntries(user.pullSecrets, image).map(({ credential, secretName }) => ({
              credential,
              source: { kind: 'pull-secret', secretName },
            })),
      ),
    credentialOf: async () => ({ kind: 'absent' }),
  };
}

/** A credential of the configuration as a keychain gives it. */
export function heldCredential(credential: Credential): HeldCredential {
  return { credential, source: { kind: 'configured', entry: 'own' } };
}

/** Everything that a flow reads, in memory, with one record of what was asked. */
export function memoryReach(cluster: ClusterStory = {}, registry: RegistryStory = {}) {
  const record = recorder();
  return {
    record,
    reach: {
      cluster: memoryCluster(cluster, record),
      registry: memoryRegistry(registry, record),
      keychain: memoryKeychain(registry.own),
      placeholders: [],
      messages: [],
      now: () => new Date(now),
    },
  };
}

/** A read that nothing ends. */
export const endless = { signal: new AbortController().signal };

/**
 * Lets work go on in rounds: everything that was asked in one round is answered before the next begins. Returns the
 * requests, round by round; the number of rounds is the longest chain of requests that depend on each other.
 */
export async function inRounds<T>(
  record: Recorded,
  begin: () => Promise<T>,
): Promise<{ value: T; rounds: string[][] }> {
  const rounds: string[][] = [];
  let seen = 0;
  let waiting: (() => void)[] = [];
  const state = { isOver: false };
  record.pass = () => new Promise((resolve) => waiting.push(resolve));
  const over = begin().finally(() => {
    state.isOver = true;
  });
  over.catch(() => {});
  while (!state.isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    if (waiting.length === 0) continue;
    rounds.push(record.asked.slice(seen));
    seen = record.asked.length;
    const ready = waiting;
    waiting = [];
    for (const go of ready) go();
  }
  return { value: await over, rounds };
}
