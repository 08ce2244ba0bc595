import { type Fact, known, unknown } from '../model/fact.ts';
import type { ImageRef } from '../model/image.ts';
import type { Answer, ImageConfig, Manifest, Platform, ProbeFailure } from '../model/outcome.ts';
import type { TagCandidate } from '../model/snapshot.ts';
import type { RegistryClient, RegistryReading } from '../ports.ts';
import { pickTags } from './pick-tags.ts';

type Reach = Pick<RegistryClient, 'manifest' | 'config' | 'resolve' | 'tags'>;

const configsPerImage = 3;
const candidatesPerImage = 5;

/** A failed answer as a sentence for `Fact.why`. */
export function whyOf(failure: ProbeFailure): string {
  return 'message' in failure
    ? failure.message
    : `the host answered ${failure.contentType || 'nothing'} instead of the registry protocol`;
}

/** An answer as a fact. */
export function factOf<T>(answer: Answer<T>): Fact<T> {
  return answer.kind === 'ok' ? known(answer.value) : unknown(whyOf(answer));
}

/** The manifest behind a digest and the configs of the platforms asked for (or of the first image when none fits). */
export async function readContent(
  image: ImageRef,
  digest: string,
  platforms: readonly Platform[],
  registry: Reach,
  how: RegistryReading,
): Promise<{ readonly manifest: Fact<Manifest>; readonly configs: Fact<readonly ImageConfig[]> }> {
  const manifest = factOf(await registry.manifest(image, digest, how));
  if (!manifest.known) return { manifest, configs: unknown(manifest.why) };
  const configs = await Promise.all(
    imagesOf(manifest.value, platforms).map((child) => readConfig(image, child, manifest.value, registry, how)),
  );
  const read = configs.flatMap((config) => (config.known ? [config.value] : []));
  const failed = configs.find((config) => !config.known);
  return { manifest, configs: read.length === 0 && failed !== undefined ? failed : known(read) };
}

function imagesOf(manifest: Manifest, platforms: readonly Platform[]): readonly string[] {
  if (manifest.body.kind !== 'index') return manifest.body.kind === 'image' ? [manifest.digest] : [];
  const { children } = manifest.body;
  const wanted = children.filter(({ platform }) =>
    platforms.some((node) => platform?.os === node.os && platform.architecture === node.architecture),
  );
  return (wanted.length > 0 ? wanted : children.slice(0, 1)).slice(0, configsPerImage).map(({ digest }) => digest);
}

async function readConfig(
  image: ImageRef,
  digest: string,
  parent: Manifest,
  registry: Reach,
  how: RegistryReading,
): Promise<Fact<ImageConfig>> {
  const manifest = digest === parent.digest ? known(parent) : factOf(await registry.manifest(image, digest, how));
  if (!manifest.known) return manifest;
  if (manifest.value.body.kind !== 'image') return unknown(`${digest} is not an image`);
  return factOf(await registry.config(image, manifest.value.body.configDigest, how));
}

/** Resolves the tags most likely to be the newest push and reads when each was built; newest first. */
export async function readCandidates(
  image: ImageRef,
  tags: readonly string[],
  platforms: readonly Platform[],
  registry: Reach,
  how: RegistryReading,
): Promise<readonly TagCandidate[]> {
  const picked = pickTags(tags, image.tag ?? 'latest', candidatesPerImage);
  const { digest: _digest, ...repository } = image;
  const resolved = await Promise.all(
    picked.map(async (tag): Promise<TagCandidate | undefined> => {
      const outcome = await registry.resolve({ ...repository, tag }, how);
      if (outcome.kind !== 'found') return undefined;
      const { configs } = await readContent(image, outcome.digest, platforms, registry, how);
      const config = configs.known ? configs.value[0] : undefined;
      return {
        tag,
        digest: outcome.digest,
        ...(config?.created === undefined ? {} : { built: config.created }),
        ...(config?.revision === undefined ? {} : { revision: config.revision }),
      };
    }),
  );
  return resolved
    .filter((candidate) => candidate !== undefined)
    .sort((left, right) => (right.built ?? '').localeCompare(left.built ?? ''));
}
