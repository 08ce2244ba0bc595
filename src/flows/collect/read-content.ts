import type { ImageRef } from '../../model/image/image.ts';
import type { ImageConfig, Manifest, Platform, ProbeFailure, RegistryAnswer } from '../../model/image/outcome.ts';
import { canRun } from '../../model/image/platform-fit.ts';
import type { TagCandidate } from '../../model/snapshot/snapshot.ts';
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
}

/** Content that was not needed. */
export const noContent: ImageContent = { manifest: unknown(notNeeded), configs: unknown(notNeeded) };

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
  if (!manifest.known) return { manifest, configs: unknown(manifest.why) };
  const wanted = imagesOf(manifest.value, platforms).slice(0, most);
  const configs = await Promise.all(wanted.map((child) => readConfig(image, child, manifest.value, registry, how)));
  const read = configs.flatMap((config) => (config.known ? [config.value] : []));
  const failed = configs.flatMap((config) => (config.known ? [] : [config.why]));
  const [why] = failed;
  return { manifest, configs: read.length === 0 && why !== undefined ? unknown(why) : known(read, failed) };
}

/** Digests of the images that these platforms would use, one for each, best first. */
function imagesOf(manifest: Manifest, platforms: readonly Platform[]): readonly string[] {
  if (manifest.body.kind !== 'index') return manifest.body.kind === 'image' ? [manifest.digest] : [];
  const { children } = manifest.body;
  const wanted = platforms.flatMap((node) => {
    const fitting = children.filter(({ platform }) => platform !== undefined && canRun(node, platform));
    const exact = fitting.find(
      ({ platform }) => platform?.architecture === node.architecture && platform.osVersion === node.osVersion,
    );
    return exact ?? fitting.find(({ platform }) => platform?.architecture === node.architecture) ?? fitting[0] ?? [];
  });
  return [...new Set((wanted.length > 0 ? wanted : children.slice(0, 1)).map(({ digest }) => digest))];
}

async function readConfig(
  image: ImageRef,
  digest: string,
  parent: Manifest,
  registry: Registry,
  how: RegistryReading,
): Promise<Fact<ImageConfig>> {
  const manifest = digest === parent.digest ? known(parent) : factOf(await registry.manifest(image, digest, how));
  if (!manifest.known) return manifest;
  if (manifest.value.body.kind !== 'image') return unknown(`${digest} is not an image`);
  const { configDigest, layersBytes } = manifest.value.body;
  return mapFact(factOf(await registry.config(image, configDigest, how)), (config) => ({ ...config, layersBytes }));
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
