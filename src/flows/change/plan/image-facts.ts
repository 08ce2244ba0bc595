import { type ImageRef, parseImage } from '../../../model/image/image.ts';
import type { Manifest, Platform } from '../../../model/image/outcome.ts';
import { formatPlatform } from '../../../model/image/outcome.ts';
import { providers } from '../../../model/providers/index.ts';
import type { ProbeAttempt, Snapshot } from '../../../model/snapshot/snapshot.ts';
import { type Fact, known, unknown, valueOr } from '../../../model/values/fact.ts';
import type { RegistryClient, RegistryReading } from '../../../ports/registry.ts';
import type { ImageFacts, Needs } from '../../../remedies/parts/remedy.ts';
import { platformsOf } from '../../collect/platforms-of.ts';
import { probeImage } from '../../collect/probe-image.ts';
import { factOf, type ImageContent, readContent, whyOf } from '../../collect/read-content.ts';
import { readPullSecrets } from '../../collect/read-pull-secrets.ts';
import type { Planning } from './reach.ts';

/** Artifact types that an image is streamed from (docs/facts/registries.md#artifact-streaming). */
const streamingTypes = new Set(providers.flatMap(({ streamingArtifactType }) => streamingArtifactType ?? []));
/**
 * Children whose own referrers are read: signers may sign the index or each image (docs/facts/registries.md#referrers).
 */
const mostChildren = 4;
/** Where cosign stores its artifacts for a digest at registries without referrers: `sha256-HEX.sig`. */
const cosignTags = [
  ['sig', 'cosign signature'],
  ['att', 'cosign attestation'],
] as const;

/** What is known about the images that a plan names, and what people must know about how it was found out. */
export interface ImagesRead {
  readonly images: ReadonlyMap<string, Fact<ImageFacts>>;
  /** Images that certainly do not exist in the registry. */
  readonly absent: ReadonlySet<string>;
  readonly warnings: readonly string[];
}

/**
 * Resolves references as the workload would, with its own pull secrets, and reads what a node would need to run them.
 * An image that only imagecheck's own credential can reach is also known, with a warning.
 */
export async function readImages(
  { images: texts, origins = [] }: Pick<Needs, 'images' | 'origins'>,
  snapshot: Snapshot,
  { reach, reading, how: asked }: Planning,
): Promise<ImagesRead> {
  if (texts.length === 0) return { images: new Map(), absent: new Set(), warnings: [] };
  const { workload } = snapshot;
  const pods = valueOr(snapshot.pods, []);
  const { keyring } = await readPullSecrets(workload, Promise.resolve(snapshot.pods), reach.cluster, reading);
  const platforms = platformsOf(workload, pods, valueOr(snapshot.nodes, []));
  // A plan that is only compared with an approved one is not shown to anyone: it does not wait for facts that are only
  // shown.
  const shown = asked.dryRun ? origins : [];
  const read = await Promise.all(
    [...new Set(texts)].map(async (text) => {
      const parsed = parseImage(text);
      if (!parsed.ok) return { text, fact: unknown<ImageFacts>(parsed.reason), isAbsent: false, warnings: [] };
      const asking = { keychain: reach.keychain, keyring, workloadName: workload.ref.name };
      const { attempts, digest, how } = await probeImage(parsed.image, asking, reach.registry, reading);
      if (!digest.known) {
        return { text, fact: unknown<ImageFacts>(digest.why), isAbsent: attempts.some(saysAbsent), warnings: [] };
      }
      const own = attempts.find(({ as, via }) => as === 'workload' && via.kind === 'origin')?.outcome;
      const [facts, pushedAt] = await Promise.all([
        describe(text, parsed.image, digest.value, platforms, reach.registry, how),
        shown.includes(text) ? reach.registry.pushedAt(parsed.image, digest.value, how) : undefined,
      ]);
      const fact = known({ ...facts, ...(pushedAt === undefined ? {} : { pushedAt }) });
      const isOurs = own !== undefined && own.kind !== 'found';
      const warnings = isOurs ? [`${text} was found, but not with what the pods pull with: ${whyOf(own)}`] : [];
      return { text, fact, isAbsent: false, warnings };
    }),
  );
  return {
    images: new Map(read.map(({ text, fact }) => [text, fact])),
    absent: new Set(read.flatMap(({ text, isAbsent }) => (isAbsent ? [text] : []))),
    warnings: read.flatMap(({ warnings }) => warnings),
  };
}

/** A mirror may lack what the registry has, and a refusal may hide anything; only these are certain. */
function saysAbsent({ via, outcome }: ProbeAttempt): boolean {
  if (via.kind !== 'origin') return false;
  return outcome.kind === 'not-found' || ('hint' in outcome && outcome.hint === 'never-published');
}

async function describe(
  reference: string,
  image: ImageRef,
  digest: string,
  platforms: readonly Platform[],
  registry: RegistryClient,
  how: RegistryReading,
): Promise<ImageFacts> {
  // Everything about the digest itself is requested in parallel; everything about its images, as soon as the manifest
  // names them.
  const children = registry.manifest(image, digest, how).then((answer) => childrenOf(factOf(answer)));
  const [content, referrers] = await Promise.all([
    readContent(image, digest, platforms, registry, how),
    readReferrers(image, digest, children, registry, how),
  ]);
  const { manifest } = content;
  const config = valueOr(content.configs, [])[0];
  const artifactType = manifest.known ? artifactTypeOf(manifest.value) : undefined;
  return {
    reference,
    digest,
    digests: [digest, ...childrenOf(manifest)],
    platforms: platformsIn(content),
    referrers,
    streaming: valueOr(referrers, []).some((type) => streamingTypes.has(type)),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(config?.created === undefined ? {} : { built: config.created }),
    ...(config?.revision === undefined ? {} : { revision: config.revision }),
    ...(config?.source === undefined ? {} : { source: config.source }),
  };
}

function childrenOf(manifest: Fact<Manifest>): readonly string[] {
  if (!manifest.known || manifest.value.body.kind !== 'index') return [];
  return manifest.value.body.children.map((child) => child.digest);
}

/** No node runs it: a streaming artifact, a signature, a chart. */
function artifactTypeOf({ artifactType, mediaType, body }: Manifest): string | undefined {
  if (body.kind === 'artifact') return artifactType ?? mediaType;
  return artifactType !== undefined && streamingTypes.has(artifactType) ? artifactType : undefined;
}

function platformsIn({ manifest, configs }: ImageContent): readonly Platform[] {
  const all =
    manifest.known && manifest.value.body.kind === 'index'
      ? manifest.value.body.children.flatMap(({ platform }) => platform ?? [])
      : valueOr(configs, []).map(({ platform }) => platform);
  return [...new Map(all.map((platform) => [formatPlatform(platform), platform])).values()];
}

/** Artifact types of what refers to a digest or to its images, and of cosign's own tags. */
async function readReferrers(
  image: ImageRef,
  digest: string,
  children: Promise<readonly string[]>,
  registry: RegistryClient,
  how: RegistryReading,
): Promise<Fact<readonly string[]>> {
  const { registry: host, repository } = image;
  const [own, others, tagged] = await Promise.all([
    registry.referrers(image, digest, how),
    children.then((digests) =>
      Promise.all(digests.slice(0, mostChildren).map((child) => registry.referrers(image, child, how))),
    ),
    Promise.all(
      cosignTags.map(async ([suffix, what]) => {
        const tag = `${digest.replace(':', '-')}.${suffix}`;
        const { kind } = await registry.resolve({ registry: host, repository, tag }, how);
        return kind === 'found' ? [what] : [];
      }),
    ),
  ]);
  const types = [own, ...others].flatMap((answer) =>
    answer.kind === 'ok' ? answer.value.map(({ artifactType }) => artifactType) : [],
  );
  const found = [...new Set([...types.filter((type) => type !== ''), ...tagged.flat()])];
  if (found.length === 0 && own.kind !== 'ok') return unknown(whyOf(own));
  return known(found);
}
