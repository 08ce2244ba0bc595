import { isConfigId } from '../../checks/evidence/digests.ts';
import { type ImageRef, parseImage } from '../../model/image/image.ts';
import type { ImageConfig, Platform, ProbeOutcome } from '../../model/image/outcome.ts';
import { isLive, isPullFailing } from '../../model/snapshot/pods.ts';
import type { ImageProbe, Pod, ProbeAttempt, Revision, RunningImage } from '../../model/snapshot/snapshot.ts';
import { type Fact, known, unknown } from '../../model/values/fact.ts';
import type { Workload } from '../../model/workload/workload.ts';
import type { Reading } from '../../ports/cluster.ts';
import type { Keychain, KeyringEntry } from '../../ports/keychain.ts';
import type { RegistryClient, RegistryReading } from '../../ports/registry.ts';
import { type Closer, isComparable, lookCloser, wasRecreated } from './closer.ts';
import { matchPlaceholder } from './placeholder.ts';
import { likelyReading, type ProbeAsking, type Probed, probeImage } from './probe-image.ts';
import {
  factOf,
  type ImageContent,
  noContent,
  notNeeded,
  readCandidates,
  readCompleteTags,
  readContent,
} from './read-content.ts';

/** The facts from the cluster that decide what to ask the registries. */
export interface ClusterKnowledge {
  readonly workload: Workload;
  readonly pods: readonly Pod[];
  readonly revisions: Fact<readonly Revision[]>;
  readonly keyring: readonly KeyringEntry[];
  readonly platforms: readonly Platform[];
  readonly nowMs: number;
  /** The question is about the image itself: its manifest and config are always read. */
  readonly isImageQuestion?: boolean;
  /**
   * Called, possibly more than once, as soon as an image turns out to be missing, and with whether pods run it all the
   * same.
   */
  readonly onMissing?: (isRunning: boolean) => void;
}

/** The registries' answers about every distinct image of the workload. */
export interface ImagesSeen {
  readonly probes: readonly ImageProbe[];
  readonly running: readonly RunningImage[];
}

interface Reach {
  readonly registry: RegistryClient;
  readonly keychain: Keychain;
  readonly placeholders: readonly string[];
}

/** One distinct image and its users. */
interface Use {
  readonly text: string;
  readonly containers: readonly string[];
  readonly runs: readonly Run[];
  /** At least one pod cannot pull it. */
  readonly isFailing: boolean;
}

/** A digest that pods report for one container. */
interface Run {
  readonly container: string;
  readonly digest: string;
  readonly pods: readonly string[];
  /** The runtime reports the image's id instead of a manifest digest, and no registry can be asked for an id. */
  readonly isConfig: boolean;
}

type Seen = { readonly probe: ImageProbe; readonly running: readonly RunningImage[] };

/** Asks the registries about every distinct image that the template or a pod names, all in parallel. */
export async function collectImages(
  facts: ClusterKnowledge,
  reach: Reach,
  reading: Reading,
  progress: (what: string) => void,
): Promise<ImagesSeen> {
  const uses = distinctImages(facts);
  tellAsking(
    uses.map(({ text }) => text),
    progress,
  );
  const seen = await Promise.all(uses.map((use) => lookAt(use, facts, reach, reading)));
  return { probes: seen.map(({ probe }) => probe), running: seen.flatMap(({ running }) => running) };
}

/** Reports which registries are asked for these images. */
export function tellAsking(texts: readonly string[], progress: (what: string) => void): void {
  const hosts = new Set(texts.map(parseImage).flatMap((parsed) => (parsed.ok ? [parsed.image.registry] : [])));
  if (hosts.size > 0) progress(`asking ${[...hosts].slice(0, 3).join(', ')}`);
}

/** Images of the template and of pods that count, in one pass: a workload may have thousands of pods. */
function distinctImages({ workload, pods }: ClusterKnowledge): readonly Use[] {
  type Counted = { containers: Set<string>; runs: Map<string, Run & { pods: string[] }>; isFailing: boolean };
  const uses = new Map<string, Counted>();
  const use = (text: string, container: string) => {
    const found = uses.get(text) ?? { containers: new Set(), runs: new Map(), isFailing: false };
    found.containers.add(container);
    uses.set(text, found);
    return found;
  };
  for (const { image, name } of workload.template.containers) use(image, name);
  for (const pod of pods.filter(isLive)) {
    for (const state of pod.containers) {
      const { image, name, imageId } = state;
      const counted = use(image, name);
      const { runs } = counted;
      counted.isFailing ||= isPullFailing(state);
      const digest = /sha256:[0-9a-f]{64}/.exec(imageId)?.[0];
      if (digest === undefined) continue;
      const run = runs.get(`${name} ${digest}`);
      if (run === undefined) {
        runs.set(`${name} ${digest}`, { container: name, digest, pods: [pod.name], isConfig: isConfigId(imageId) });
      } else run.pods.push(pod.name);
    }
  }
  return [...uses].map(([text, { containers, runs, isFailing }]) => ({
    text,
    containers: [...containers],
    runs: [...runs.values()],
    isFailing,
  }));
}

async function lookAt(use: Use, facts: ClusterKnowledge, reach: Reach, reading: Reading): Promise<Seen> {
  const parsed = parseImage(use.text);
  const stub = { text: use.text, containers: use.containers, ...matchPlaceholder(use.text, reach.placeholders) };
  return parsed.ok
    ? lookAtImage(parsed.image, stub, use, facts, reach, reading)
    : { probe: { ...stub, ...unprobed(`not an image reference: ${parsed.reason}`) }, running: [] };
}

/** A text that isn't a valid image reference is never looked up. */
function unprobed(why: string): Omit<ImageProbe, 'text' | 'containers' | 'placeholder'> {
  return {
    image: unknown(why),
    provider: '',
    attempts: [],
    digest: unknown(why),
    manifest: unknown(why),
    configs: unknown(why),
    tags: unknown(why),
    candidates: [],
    botHasCredential: false,
  };
}

async function lookAtImage(
  image: ImageRef,
  stub: Pick<ImageProbe, 'text' | 'containers' | 'placeholder'>,
  use: Use,
  facts: ClusterKnowledge,
  { registry, keychain }: Reach,
  reading: Reading,
): Promise<Seen> {
  const { platforms } = facts;
  const asking = askingOf(facts, keychain);
  const recreated = use.containers.some((name) => wasRecreated(name, facts.workload, facts.revisions, facts.pods));
  const digests = { pinned: image.digest !== undefined, recreated, runningDigests: use.runs.map((run) => run.digest) };
  const early = isComparable(digests) ? startTags(image, asking, registry, reading) : undefined;
  const probed = await probeImage(image, { ...asking, isFailing: use.isFailing }, registry, reading);
  if (isMissing(probed)) facts.onMissing?.(use.runs.length > 0);
  const closer = closerFor(use, digests, probed, facts);
  const { how, digest } = probed;
  const content =
    closer.content && digest.known ? readContent(image, digest.value, platforms, registry, how) : noContent;
  const listed = closer.tags || closer.candidates ? listTags(image, early, registry, how) : undefined;
  const [{ manifest, configs, absentChildren }, { tags, candidates }, running] = await Promise.all([
    content,
    readTags(image, listed, closer, platforms, registry, how),
    Promise.all(use.runs.map((run) => describeRun(run, image, digest, content, platforms, registry, how))),
  ]);
  const absent =
    absentChildren.length === 0
      ? {}
      : {
          absentChildren,
          completeTags: await readCompleteTags(image, platforms, registry, how),
        };
  const probe: ImageProbe = {
    ...stub,
    ...absent,
    image: known(image),
    provider: registry.provider(image.registry),
    attempts: probed.attempts,
    digest,
    manifest,
    configs,
    tags,
    candidates,
    botHasCredential: keychain.entryFor(image, asking.workloadName) !== undefined,
  };
  return { probe, running };
}

/**
 * Entries of the configuration may be limited to workloads by name; an image without a workload matches none of those.
 */
function askingOf({ keyring, workload, isImageQuestion }: ClusterKnowledge, keychain: Keychain): ProbeAsking {
  return { keychain, keyring, ...(isImageQuestion === true ? {} : { workloadName: workload.ref.name }) };
}

function closerFor(
  { text }: Use,
  digests: { readonly pinned: boolean; readonly recreated: boolean; readonly runningDigests: readonly string[] },
  { attempts, digest }: Probed,
  { pods, nowMs, isImageQuestion }: ClusterKnowledge,
): Closer {
  const closer = lookCloser({ ...digests, text, digest, absent: attempts.some(isAbsence) }, pods, nowMs);
  return isImageQuestion === true ? { ...closer, content: true } : closer;
}

/** Whether no identity could resolve an image and at least one got the answer that it does not exist. */
export function isMissing({ digest, attempts }: Pick<ImageProbe, 'digest' | 'attempts'>): boolean {
  return !digest.known && attempts.some(isAbsence);
}

/** Whether an attempt at the registry itself says, or may mean, that nothing of that name exists. */
function isAbsence({ via, outcome }: ProbeAttempt): boolean {
  return via.kind === 'origin' && isAbsent(outcome);
}

function isAbsent(outcome: ProbeOutcome): boolean {
  if (outcome.kind === 'not-found') return true;
  if (outcome.kind !== 'forbidden' && outcome.kind !== 'unauthorized') return false;
  return outcome.hint === 'never-published' || outcome.hint === 'absent-or-private';
}

type Tags = Fact<readonly string[]>;

/** A list that was started before it was known which credential works. */
interface EarlyTags {
  readonly how: RegistryReading;
  readonly tags: Promise<Tags>;
}

async function startTags(
  image: ImageRef,
  asking: ProbeAsking,
  registry: RegistryClient,
  reading: Reading,
): Promise<EarlyTags> {
  const how = await likelyReading(image, asking, registry, reading);
  return { how, tags: registry.tags(image, how).then(factOf) };
}

async function listTags(
  image: ImageRef,
  beginning: Promise<EarlyTags> | undefined,
  registry: RegistryClient,
  how: RegistryReading,
): Promise<Tags> {
  const early = await beginning;
  const isSame = early?.how.credential === how.credential && early?.how.route?.kind === how.route?.kind;
  return early !== undefined && isSame ? early.tags : registry.tags(image, how).then(factOf);
}

async function readTags(
  image: ImageRef,
  listed: Promise<Tags> | undefined,
  closer: Closer,
  platforms: readonly Platform[],
  registry: RegistryClient,
  how: RegistryReading,
): Promise<Pick<ImageProbe, 'tags' | 'candidates'>> {
  if (listed === undefined) return { tags: unknown(notNeeded), candidates: [] };
  const tags = await listed;
  if (!tags.known || !closer.candidates) return { tags, candidates: [] };
  const { candidates, incomplete } = await readCandidates(image, tags.value, platforms, registry, how);
  return { tags: known(tags.value, [...(tags.incomplete ?? []), ...incomplete]), candidates };
}

/** What the registry knows about a running digest; read only if it differs from the digest that the reference names. */
async function describeRun(
  { isConfig, ...run }: Run,
  image: ImageRef,
  current: Fact<string>,
  ofReference: ImageContent | Promise<ImageContent>,
  platforms: readonly Platform[],
  registry: RegistryClient,
  how: RegistryReading,
): Promise<RunningImage> {
  const isOther = current.known && current.value !== run.digest && image.digest === undefined;
  if (isOther && isConfig) return { ...run, manifest: unknown(onlyId), config: unknown(onlyId) };
  const { manifest, configs } = await (isOther
    ? readContent(image, run.digest, platforms, registry, how)
    : ofReference);
  return { ...run, manifest, config: firstConfig(configs) };
}

const onlyId = 'the node reports only the image id';

function firstConfig(configs: Fact<readonly ImageConfig[]>): Fact<ImageConfig> {
  if (!configs.known) return configs;
  const [config] = configs.value;
  return config === undefined ? unknown('no config for this platform') : known(config);
}
