import type { ImageRef } from '../../model/image/image.ts';
import type { ImageConfig, Manifest, Platform, ProbeFailure, RegistryAnswer } from '../../model/image/outcome.ts';
import { childFor, type PlatformChild } from '../../model/image/platform-fit.ts';
import type { AbsentChild, TagCandidate } from '../../model/snapshot/snapshot.ts';
import { defined } from '../../model/values/defined.ts';
import { type Fact, known, mapFact, unknown } from '../../model/values/fact.ts';
import type { RegistryClient, RegistryReading } from '../../ports/registry.ts';
import { pickTags } from './pick-tags.ts';

type Registry = Pick<RegistryClient, 'manifest' | 'config' | 'resolve' | 'tags'>;

const configsPerImage = 3;
const candidatesPerImage = 5;

/** Why a fact was not read: no check uses it here. It is not listed under "Couldn't read". */
export const notNeeded = 'not needed';

/** Manifest and configs of one digest. */
export interface ImageContent {
  readonly manifest: Fact<Manifest>;
  readonly configs: Fact<readonly ImageConfig[]>;
  /** Wanted children that the registry certainly does not have. */
  readonly absentChildren: readonly AbsentChild[];
}

/** Content that was not needed. */
export const noContent: ImageContent = {
  manifest: unknown(notNeeded),
  configs: unknown(notNeeded),
  absentChildren: [],
};

/** A failed answer as a sentence for `Fact.why`. */
export function whyOf(failure: ProbeFailure): string {
  return 'message' in failure
    ? failure.message
    : `the host answered ${failure.contentType || 'nothing'} instead of the registry protocol`;
}

/** An answer as a fact. */
export function factOf<T>(answer: RegistryAnswer<T>): Fact<T> {
  return answer.kind === 'ok' ? known(answer.value) : unknown(whyOf(answer));
}

/** The manifest behind a digest and the configs of the requested platforms (or of the first image if none fits). */
export async function readContent(
  image: ImageRef,
  digest: string,
  platforms: readonly Platform[],
  registry: Registry,
  how: RegistryReading,
  most = configsPerImage,
): Promise<ImageContent> {
  const manifest = factOf(await registry.manifest(image, digest, how));
  if (!manifest.known) return { manifest, configs: unknown(manifest.why), absentChildren: [] };
  const wanted = imagesOf(manifest.value, platforms).slice(0, most);
  const children = await Promise.all(wanted.map((child) => readChild(image, child, manifest.value, registry, how)));
  const configs = children.map(({ config }) => config);
  const absentChildren = children.flatMap(({ absent }) => absent ?? []);
  const read = configs.flatMap((config) => (config.known ? [config.value] : []));
  const failed = configs.flatMap((config) => (config.known ? [] : [config.why]));
  const [why] = failed;
  return {
    manifest,
    configs: read.length === 0 && why !== undefined ? unknown(why) : known(read, failed),
    absentChildren,
  };
}

/** The images that these platforms would use, one for each, best first. */
function imagesOf(manifest: Manifest, platforms: readonly Platform[]): readonly PlatformChild[] {
  if (manifest.body.kind !== 'index') return manifest.body.kind === 'image' ? [manifest] : [];
  const { children } = manifest.body;
  const wanted = platforms.flatMap((node) => childFor(node, children) ?? []);
  return [...new Set(wanted.length > 0 ? wanted : children.slice(0, 1))];
}

/** What the registry answered about one image of a manifest. */
interface ChildRead {
  readonly config: Fact<ImageConfig>;
  readonly absent?: AbsentChild;
}

async function readChild(
  image: ImageRef,
  child: PlatformChild,
  parent: Manifest,
  registry: Registry,
  how: RegistryReading,
): Promise<ChildRead> {
  const { digest, platform } = child;
  if (digest === parent.digest) return { config: await readConfig(image, parent, registry, how) };
  const answer = await registry.manifest(image, digest, how);
  if (answer.kind === 'ok') return { config: await readConfig(image, answer.value, registry, how) };
  const config = unknown<ImageConfig>(whyOf(answer));
  // A mirror may lack what its origin has.
  const isAbsent = answer.kind === 'not-found' && how.route?.kind !== 'mirror';
  return isAbsent ? { config, absent: { digest, ...defined({ platform }) } } : { config };
}

async function readConfig(
  image: ImageRef,
  { digest, body }: Manifest,
  registry: Registry,
  how: RegistryReading,
): Promise<Fact<ImageConfig>> {
  if (body.kind !== 'image') return unknown(`${digest} is not an image`);
  const { configDigest, layersBytes } = body;
  return mapFact(factOf(await registry.config(image, configDigest, how)), (config) => ({ ...config, layersBytes }));
}

/** Tags that are tried when the children of an index are gone. */
const completeTagsTried = 4;

/** Other tags of the repository whose image for these platforms is still there. */
export async function readCompleteTags(
  image: ImageRef,
  platforms: readonly Platform[],
  registry: Registry,
  how: RegistryReading,
): Promise<readonly string[]> {
  const tags = await registry.tags(image, how);
  if (tags.kind !== 'ok') return [];
  const { digest: _digest, ...repository } = image;
  const picked = pickTags(tags.value, image.tag ?? 'latest', completeTagsTried);
  const complete = picked.map(async (tag) => {
    const outcome = await registry.resolve({ ...repository, tag }, how);
    if (outcome.kind !== 'found') return [];
    const { configs } = await readContent(image, outcome.digest, platforms, registry, how, 1);
    return configs.known && configs.value.length > 0 ? [tag] : [];
  });
  return (await Promise.all(complete)).flat();
}

/** The candidates of one repository, and what could not be read about them. */
export interface Candidates {
  readonly candidates: readonly TagCandidate[];
  readonly incomplete: readonly string[];
}

/** Resolves the tags most likely to be the newest push and reads when each was built; newest first. */
export async function readCandidates(
  image: ImageRef,
  tags: readonly string[],
  platforms: readonly Platform[],
  registry: Registry,
  how: RegistryReading,
): Promise<Candidates> {
  const picked = pickTags(tags, image.tag ?? 'latest', candidatesPerImage);
  const read = await Promise.all(picked.map((tag) => readCandidate(image, tag, platforms, registry, how)));
  const candidates = read.flatMap((one) => (one.known ? [one.value] : []));
  return {
    candidates: candidates.sort((left, right) => (right.built ?? '').localeCompare(left.built ?? '')),
    incomplete: read.flatMap((one) => (one.known ? (one.incomplete ?? []) : [one.why])),
  };
}

async function readCandidate(
  image: ImageRef,
  tag: string,
  platforms: readonly Platform[],
  registry: Registry,
  how: RegistryReading,
): Promise<Fact<TagCandidate>> {
  const { digest: _digest, ...repository } = image;
  const outcome = await registry.resolve({ ...repository, tag }, how);
  if (outcome.kind !== 'found') return unknown(`tag ${tag}: ${whyOf(outcome)}`);
  const { configs } = await readContent(image, outcome.digest, platforms, registry, how, 1);
  const config = configs.known ? configs.value[0] : undefined;
  const candidate = {
    tag,
    digest: outcome.digest,
    ...(config?.created === undefined ? {} : { built: config.created }),
    ...(config?.revision === undefined ? {} : { revision: config.revision }),
  };
  return known(candidate, configs.known ? [] : [`when tag ${tag} was built: ${configs.why}`]);
}
