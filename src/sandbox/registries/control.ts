import { z } from 'zod';
import { defined } from '../../model/values/defined.ts';
import type { SimulatedRegistry } from './server.ts';
import { pushImage, repositoryOf } from './storage.ts';

const Push = z.strictObject({
  repository: z.string(),
  tags: z.array(z.string()).default([]),
  platforms: z.array(z.string()).default(['linux/amd64', 'linux/arm64']),
  /** ISO 8601; default: the registry's clock. */
  created: z.string().optional(),
  /** ISO 8601; default: the build time. */
  pushed: z.iso.datetime().optional(),
  revision: z.string().optional(),
  source: z.string().optional(),
  env: z.array(z.string()).optional(),
  /** Distinguishes builds that are otherwise equal; default: the tags. */
  seed: z.string().optional(),
  index: z.boolean().optional(),
  docker: z.boolean().optional(),
  layerBytes: z.number().int().min(1).optional(),
  private: z.boolean().optional(),
});

const Remove = z.strictObject({
  repository: z.string(),
  tags: z.array(z.string()).optional(),
  digests: z.array(z.string()).optional(),
});

const Account = z.strictObject({
  username: z.string(),
  password: z.string(),
  expiresAt: z.string().optional(),
  repositories: z.array(z.string()).optional(),
  /** ACR: false for a scope map with only `content/read`. */
  readsMetadata: z.boolean().optional(),
});

const Quota = z.strictObject({
  limit: z.number().int().min(0).default(100),
  remaining: z.number().int().min(0),
});

const Outage = z.strictObject({
  /** Identifies it; a second fault with the same id replaces it. */
  id: z.string(),
  /** Only requests whose path contains this. */
  path: z.string().optional(),
  status: z.number().int().min(400).max(599).optional(),
  delayMs: z.number().min(0).max(60_000).optional(),
  disconnect: z.boolean().optional(),
});

/** One step of the registries' control API: `POST /api/registries/HOST` (docs/sandbox.md). */
export const Change = z.union([
  z.strictObject({ push: Push }),
  /**
   * Tags of a repository, or all of it; a repository without tags is removed. `digests` removes manifests, as a clean-up
   * of untagged versions does.
   */
  z.strictObject({ remove: Remove }),
  z.strictObject({ repository: z.strictObject({ name: z.string(), private: z.boolean() }) }),
  z.strictObject({ account: Account }),
  z.strictObject({ removeAccount: z.strictObject({ username: z.string(), password: z.string() }) }),
  /** Docker Hub's remaining anonymous pulls. */
  z.strictObject({ quota: Quota }),
  /** The same, only for some repositories. */
  z.strictObject({ narrowQuota: Quota.extend({ id: z.string(), only: z.array(z.string()) }) }),
  z.strictObject({ endNarrowQuota: z.string() }),
  z.strictObject({ clock: z.strictObject({ offsetMs: z.number() }) }),
  z.strictObject({ html: z.boolean() }),
  z.strictObject({ firewalled: z.boolean() }),
  z.strictObject({ outage: Outage }),
  z.strictObject({ endOutage: z.string() }),
]);
export type Change = z.input<typeof Change>;

/** The result of a change: the digest of the pushed tags, and its manifests by platform. */
export interface ChangeResult {
  readonly digest?: string;
  readonly platforms?: Readonly<Record<string, string>>;
}

/** Applies one change to a registry. */
export function changeRegistry(
  registry: SimulatedRegistry,
  given: Change,
  setClock: (offsetMs: number) => void,
): ChangeResult {
  const change = Change.parse(given);
  const { state, faults } = registry;
  if ('push' in change) return push(registry, change.push);
  if ('remove' in change) remove(registry, change.remove);
  else if ('repository' in change)
    repositoryOf(state.storage, change.repository.name).private = change.repository.private;
  else if ('account' in change) setAccount(registry, change.account);
  else if ('removeAccount' in change) removeAccount(registry, change.removeAccount);
  else if ('quota' in change) Object.assign(state.quota, change.quota);
  else if ('narrowQuota' in change) state.narrowQuotas.set(change.narrowQuota.id, change.narrowQuota);
  else if ('endNarrowQuota' in change) state.narrowQuotas.delete(change.endNarrowQuota);
  else if ('clock' in change) setClock(change.clock.offsetMs);
  else if ('html' in change) state.html = change.html;
  else if ('firewalled' in change) state.firewalled = change.firewalled;
  else if ('outage' in change) {
    const { id, ...fault } = change.outage;
    faults.set(defined(fault), id);
  } else faults.set(undefined, change.endOutage);
  return {};
}

function push(
  { state }: SimulatedRegistry,
  { repository, tags, created, pushed, seed, ...rest }: z.output<typeof Push>,
) {
  const { private: isPrivate, ...recipe } = defined(rest);
  const built = created ?? state.now().toISOString();
  const image = {
    ...recipe,
    platforms: rest.platforms,
    created: built,
    seed: seed ?? `${repository} ${tags.join(' ')}`,
  };
  const result = pushImage(state.storage, repository, tags, image, pushed ?? built);
  if (isPrivate !== undefined) repositoryOf(state.storage, repository).private = isPrivate;
  return result;
}

function remove({ state }: SimulatedRegistry, { repository: name, tags, digests }: z.output<typeof Remove>): void {
  const repository = state.storage.repositories.get(name);
  for (const digest of digests ?? []) repository?.manifests.delete(digest);
  for (const tag of tags ?? []) {
    repository?.tags.delete(tag);
    repository?.pushes.delete(tag);
  }
  if ((tags ?? digests) === undefined || repository?.tags.size === 0) state.storage.repositories.delete(name);
}

function setAccount(registry: SimulatedRegistry, account: z.output<typeof Account>): void {
  removeAccount(registry, account);
  registry.state.accounts.push(defined(account));
}

function removeAccount({ state }: SimulatedRegistry, { username, password }: { username: string; password: string }) {
  const at = state.accounts.findIndex((known) => known.username === username && known.password === password);
  if (at >= 0) state.accounts.splice(at, 1);
}

/** The registry as `GET /api/registries` shows it; passwords are fake, but are left out anyway. */
export function describeRegistry({ host, url, state }: SimulatedRegistry) {
  return {
    host,
    url,
    repositories: Object.fromEntries(
      [...state.storage.repositories].map(([name, repository]) => [
        name,
        { private: repository.private, tags: Object.fromEntries(repository.tags) },
      ]),
    ),
    accounts: state.accounts.map(({ username }) => username),
    quota: { ...state.quota },
    html: state.html,
    firewalled: state.firewalled,
  };
}
