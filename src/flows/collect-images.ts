import { type Fact, known, unknown, valueOr } from '../model/fact.ts';
import { type ImageRef, parseImage } from '../model/image.ts';
import type { ImageConfig, Manifest, Platform, ProbeOutcome } from '../model/outcome.ts';
import type { ImageProbe, Pod, Revision, RunningImage } from '../model/snapshot.ts';
import type { Workload } from '../model/workload.ts';
import type { Reading, RegistryClient, RegistryReading } from '../ports.ts';
import { type Closer, lookCloser, wasRecreated } from './closer.ts';
import { matchPlaceholder } from './placeholder.ts';
import { type KeyringEntry, probeImage } from './probe-image.ts';
import { factOf, readCandidates, readContent, whyOf } from './read-content.ts';

/** What the cluster told, as far as it decides what to ask the registries. */
export interface Known {
  readonly workload: Workload;
  readonly pods: readonly Pod[];
  readonly revisions: Fact<readonly Revision[]>;
  readonly keyring: readonly KeyringEntry[];
  readonly platforms: readonly Platform[];
  /** Read manifest and config in any case: the image itself is the question. */
  readonly alwaysRead?: boolean;
}

/** What the registries told about every distinct image of the workload. */
export interface ImagesSeen {
  readonly probes: readonly ImageProbe[];
  readonly running: readonly RunningImage[];
  /** Some image was not found by anybody, so near names are worth looking for. */
  readonly missing: boolean;
}

interface Reach {
  readonly registry: RegistryClient;
  readonly placeholders: readonly string[];
}

type Use = { readonly text: string; readonly containers: readonly string[] };
type Seen = { readonly probe: ImageProbe; readonly running: readonly RunningImage[] };

/** Asks the registries about every distinct image that the template or a pod names, all at once. */
export async function collectImages(
  facts: Known,
  reach: Reach,
  reading: Reading,
  progress: (what: string) => void,
): Promise<ImagesSeen> {
  const uses = distinctImages(facts);
  const hosts = new Set(
    uses.map(({ text }) => parseImage(text)).flatMap((parsed) => (parsed.ok ? [parsed.image.registry] : [])),
  );
  if (hosts.size > 0) progress(`asking ${[...hosts].slice(0, 3).join(', ')}`);
  const seen = await Promise.all(uses.map((use) => lookAt(use, facts, reach, reading)));
  return {
    probes: seen.map(({ probe }) => probe),
    running: seen.flatMap(({ running }) => running),
    missing: seen.some(
      ({ probe }) =>
        probe.image.known && !probe.digest.known && probe.attempts.some(({ outcome }) => isAbsence(outcome)),
    ),
  };
}

function isAbsence(outcome: ProbeOutcome): boolean {
  if (outcome.kind === 'not-found') return true;
  return (
    (outcome.kind === 'forbidden' || outcome.kind === 'unauthorized') &&
    outcome.hint !== undefined &&
    outcome.hint !== 'exists-private'
  );
}

function distinctImages({ workload, pods }: Known): readonly Use[] {
  const uses = new Map<string, Set<string>>();
  const add = (text: string, container: string): void => {
    uses.set(text, (uses.get(text) ?? new Set()).add(container));
  };
  for (const { image, name } of workload.template.containers) add(image, name);
  for (const pod of pods) for (const { image, name } of pod.containers) add(image, name);
  return [...uses].map(([text, containers]) => ({ text, containers: [...containers] }));
}

async function lookAt(use: Use, facts: Known, { registry, placeholders }: Reach, reading: Reading): Promise<Seen> {
  const parsed = parseImage(use.text);
  const stub = { ...use, ...matchPlaceholder(use.text, placeholders) };
  if (!parsed.ok) return { probe: { ...stub, ...unprobed(`not an image reference: ${parsed.reason}`) }, running: [] };
  const { image } = parsed;
  const { attempts, how } = await probeImage(image, facts.keyring, registry, reading);
  const digest = digestOf(attempts.map(({ outcome }) => outcome));
  const runs = runningDigests(use, facts.pods);
  const closer = closerFor(use, image, facts, { attempts, digest, runs });
  const [content, tags] = await Promise.all([
    closer.content && digest.known ? readContent(image, digest.value, facts.platforms, registry, how) : notNeeded,
    closer.tags || closer.candidates
      ? registry.tags(image, how).then(factOf)
      : unknown<readonly string[]>('not needed'),
  ]);
  const candidates = closer.candidates
    ? await readCandidates(image, valueOr(tags, []), facts.platforms, registry, how)
    : [];
  const probe: ImageProbe = {
    ...stub,
    ...content,
    image: known(image),
    provider: registry.provider(image.registry),
    attempts,
    digest,
    tags,
    candidates,
    botHasCredential: registry.ownCredential(image) !== undefined,
  };
  const described = runs.map((run) => describeRun(run, image, digest, content, facts.platforms, registry, how));
  return { probe, running: await Promise.all(described) };
}

/** A text that is no image reference is never asked about. */
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

function closerFor(
  { containers }: Use,
  image: ImageRef,
  { workload, pods, revisions, alwaysRead }: Known,
  seen: { readonly attempts: ImageProbe['attempts']; readonly digest: Fact<string>; readonly runs: readonly Run[] },
): Closer {
  const closer = lookCloser(
    {
      containers,
      attempts: seen.attempts,
      digest: seen.digest,
      pinned: image.digest !== undefined,
      runningDigests: seen.runs.map((run) => run.digest),
      recreated: containers.some((name) => wasRecreated(name, workload.template, revisions, pods)),
    },
    pods,
  );
  return alwaysRead === true ? { ...closer, content: true } : closer;
}

const notNeeded = { manifest: unknown<Manifest>('not needed'), configs: unknown<readonly ImageConfig[]>('not needed') };

function digestOf(outcomes: readonly ProbeOutcome[]): Fact<string> {
  const found = outcomes.find((outcome) => outcome.kind === 'found');
  if (found !== undefined) return known(found.digest);
  const refused = outcomes.find((outcome) => outcome.kind !== 'found');
  return unknown(refused === undefined ? 'nobody was asked' : whyOf(refused));
}

interface Run {
  readonly container: string;
  readonly digest: string;
  readonly pods: readonly string[];
}

/** Digests that pods report in `imageID`, whatever the runtime writes around them (registries.md 7.3). */
function runningDigests({ text, containers }: Use, pods: readonly Pod[]): readonly Run[] {
  const runs = new Map<string, { container: string; digest: string; pods: string[] }>();
  for (const pod of pods) {
    for (const state of pod.containers) {
      const digest = /sha256:[0-9a-f]{64}/.exec(state.imageId)?.[0];
      if (digest === undefined || state.image !== text || !containers.includes(state.name)) continue;
      const key = `${state.name} ${digest}`;
      const run = runs.get(key) ?? { container: state.name, digest, pods: [] };
      run.pods.push(pod.name);
      runs.set(key, run);
    }
  }
  return [...runs.values()];
}

type Content = Awaited<ReturnType<typeof readContent>>;

/** What the registry knows of a digest that runs; read only when it is not the one that the reference names. */
async function describeRun(
  run: Run,
  image: ImageRef,
  current: Fact<string>,
  content: Content,
  platforms: readonly Platform[],
  registry: RegistryClient,
  how: RegistryReading,
): Promise<RunningImage> {
  const own = current.known && current.value === run.digest;
  const { manifest, configs } =
    own || !current.known ? content : await readContent(image, run.digest, platforms, registry, how);
  const config = configs.known ? configs.value[0] : undefined;
  return {
    ...run,
    manifest,
    config: config === undefined ? unknown(configs.known ? 'no config for this platform' : configs.why) : known(config),
  };
}
