import { buildImage, type ImageRecipe, type Stored } from './content.ts';

/** One repository of one registry. Tags keep the order of their first push, as GHCR and Docker Hub list them. */
export interface Repository {
  readonly manifests: Map<string, Stored>;
  readonly blobs: Map<string, Stored>;
  readonly tags: Map<string, string>;
  /** Push times of tags and digests; see `recordPush`. */
  readonly pushes: Map<string, Pushed>;
  private: boolean;
}

/** When a tag or digest was first and last pushed (ISO 8601). */
export interface Pushed {
  readonly firstAt: string;
  readonly lastAt: string;
}

/** Everything one registry host stores. */
export interface Storage {
  readonly repositories: Map<string, Repository>;
}

export function createStorage(): Storage {
  return { repositories: new Map() };
}

/** The repository of that name, created if missing. */
export function repositoryOf(storage: Storage, name: string): Repository {
  const found = storage.repositories.get(name);
  if (found !== undefined) return found;
  const made: Repository = {
    manifests: new Map(),
    blobs: new Map(),
    tags: new Map(),
    pushes: new Map(),
    private: false,
  };
  storage.repositories.set(name, made);
  return made;
}

/** Records a push of tags and digests. */
export function recordPush({ pushes }: Repository, references: readonly string[], at: string): void {
  for (const reference of references) {
    pushes.set(reference, { firstAt: pushes.get(reference)?.firstAt ?? at, lastAt: at });
  }
}

/**
 * Pushes an image with some tags at a given time (ISO 8601), moving existing tags; returns their new digest, and its
 * manifests by platform.
 */
export function pushImage(
  storage: Storage,
  name: string,
  tags: readonly string[],
  recipe: ImageRecipe,
  at: string,
): { readonly digest: string; readonly platforms: Readonly<Record<string, string>> } {
  const repository = repositoryOf(storage, name);
  const { top, manifests, blobs } = buildImage(recipe);
  for (const manifest of manifests) repository.manifests.set(manifest.digest, manifest);
  for (const blob of blobs) repository.blobs.set(blob.digest, blob);
  for (const tag of tags) repository.tags.set(tag, top.digest);
  recordPush(repository, [...tags, ...manifests.map(({ digest }) => digest)], at);
  const platforms = recipe.platforms.map((platform, index) => [platform, manifests[index]?.digest ?? top.digest]);
  return { digest: top.digest, platforms: Object.fromEntries(platforms) };
}

/** The manifest of a tag or digest, if the repository has it. */
export function findManifest(repository: Repository | undefined, reference: string): Stored | undefined {
  const digest = reference.startsWith('sha256:') ? reference : repository?.tags.get(reference);
  return digest === undefined ? undefined : repository?.manifests.get(digest);
}
