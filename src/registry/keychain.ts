import type { ImageRef } from '../model/image/image.ts';
import { matchingEntries } from '../model/image/keyring.ts';
import { matchesGlob } from '../model/settings/policy.ts';
import type { RegistrySetting } from '../model/settings/settings.ts';
import { defined } from '../model/values/defined.ts';
import { known, unknown } from '../model/values/fact.ts';
import type { Credential } from '../model/values/secret.ts';
import type { Lookup, Reading } from '../ports/cluster.ts';
import type { HeldCredential, Keychain, KeyringEntry } from '../ports/keychain.ts';
import { entriesOf, prefixLength } from './entries.ts';
import { createFlights } from './flights.ts';

/** Where the credential of an entry comes from. May take time, and may throw: its errors are never shown. */
export type CredentialSource = (entry: RegistrySetting, reading: Reading) => Promise<Lookup<Credential>>;

/** The parts of a keychain. */
export interface KeychainOptions {
  readonly registries: readonly RegistrySetting[];
  readonly now: () => Date;
  /** Default: the configuration itself. */
  readonly source?: CredentialSource;
}

/** A credential is not used shortly before it expires, so that it does not expire in transit. */
const marginMs = 30_000;

const fromConfiguration: CredentialSource = async ({ credential }) =>
  credential === undefined ? { kind: 'absent' } : { kind: 'found', value: credential };

/** Credentials from pull secrets and from the configured entries. */
export function createKeychain({ registries, now, source = fromConfiguration }: KeychainOptions): Keychain {
  const entries = registries.filter(({ credential }) => credential !== undefined);
  const ask = createEntryCredentials(registries, source, now);
  const ofBot = async (image: ImageRef, workload: string | undefined, reading: Reading) => {
    const entry = ownEntry(entries, image, workload);
    const found = entry === undefined ? undefined : await ask(entry, reading);
    if (found?.kind === 'unknown') return unknown<readonly HeldCredential[]>(found.why);
    return known(found?.kind === 'found' ? [found.value] : []);
  };
  return {
    entries: entries.map(({ name, host, pathPrefix }) => ({ name, host, ...defined({ pathPrefix }) })),
    entryFor: (image, workload) => ownEntry(entries, image, workload),
    credentialsFor: async (image, user, reading) => {
      switch (user.kind) {
        case 'workload':
          return known(matchingEntries(user.pullSecrets, image).map(ofPullSecret));
        case 'bot':
          return ofBot(image, user.workload, reading);
        default:
          return user satisfies never;
      }
    },
    credentialOf: async (name, reading) => {
      const entry = entries.find((one) => one.name === name);
      return entry === undefined ? { kind: 'absent' } : ask(entry, reading);
    },
  };
}

function ofPullSecret({ credential, secretName }: KeyringEntry): HeldCredential {
  return { credential, source: { kind: 'pull-secret', secretName } };
}

/**
 * Asks the source for an entry's credential. A credential that expires is kept until shortly before that; one that
 * doesn't is requested every time.
 */
function createEntryCredentials(
  registries: readonly RegistrySetting[],
  source: CredentialSource,
  now: () => Date,
): (entry: RegistrySetting, reading: Reading) => Promise<Lookup<HeldCredential>> {
  const flights = createFlights();
  const kept = new Map<RegistrySetting, Credential>();
  const isGood = ({ expiresAt }: Credential): boolean =>
    expiresAt !== undefined && expiresAt.getTime() - marginMs > now().getTime();
  const askSource = async (entry: RegistrySetting, signal: AbortSignal): Promise<Lookup<Credential>> => {
    try {
      const found = await source(entry, { signal });
      if (found.kind === 'found' && isGood(found.value)) kept.set(entry, found.value);
      else kept.delete(entry);
      return found;
    } catch {
      return { kind: 'unknown', why: `the credential of ${entry.name} is not available: its source failed` };
    }
  };
  return async (entry, { signal }) => {
    const held = (credential: Credential): Lookup<HeldCredential> => ({
      kind: 'found',
      value: { credential, source: { kind: 'configured', entry: entry.name } },
    });
    const had = kept.get(entry);
    if (had !== undefined && isGood(had)) return held(had);
    const key = String(registries.indexOf(entry));
    const found = await flights.run(key, entry.host, signal, (shared) => askSource(entry, shared));
    if (found.kind === 'found') return held(found.value);
    if (found.kind !== 'not-probed') return found;
    return { kind: 'unknown', why: `timed out waiting for the credential of ${entry.name}` };
  };
}

/**
 * The entry whose credential imagecheck uses for an image. For a named workload: the narrowest entry that applies to
 * it, preferring one that names it. Without a workload, entries for all workloads come before limited ones.
 */
function ownEntry(
  registries: readonly RegistrySetting[],
  image: ImageRef,
  workload: string | undefined,
): RegistrySetting | undefined {
  const entries = entriesOf(registries, image);
  const [forAll] = entries.filter(({ appliesTo }) => appliesTo.length === 0);
  if (workload === undefined) return forAll ?? entries[0];
  const [forIt] = entries.filter(({ appliesTo }) => appliesTo.some((glob) => matchesGlob(glob, workload)));
  if (forIt === undefined || forAll === undefined) return forIt ?? forAll;
  return prefixLength(forIt) >= prefixLength(forAll) ? forIt : forAll;
}
