import type { ImageRef } from '../model/image.ts';
import { matchingEntries } from '../model/keyring.ts';
import type { ProbeOutcome } from '../model/outcome.ts';
import type { Credential } from '../model/secret.ts';
import type { ProbeAttempt } from '../model/snapshot.ts';
import type { Reading, RegistryClient, RegistryReading, Route } from '../ports.ts';

/** A pull secret's entry together with the Secret that holds it. */
export interface KeyringEntry {
  readonly key: string;
  readonly secretName: string;
  readonly credential: Credential;
}

/** What the tries gave, and how to read on: with the credential and route that worked, or the best guess. */
export interface Probed {
  readonly attempts: readonly ProbeAttempt[];
  readonly how: RegistryReading;
}

type Reach = Pick<RegistryClient, 'resolve' | 'routes' | 'ownCredential'>;

/**
 * Resolves an image as the workload would: every matching pull secret in turn, anonymously when none matches, over every
 * route apart. Only when that fails, also as nobody and as the bot: the difference is the diagnosis (design section 3).
 */
export async function probeImage(
  image: ImageRef,
  keyring: readonly KeyringEntry[],
  registry: Reach,
  reading: Reading,
): Promise<Probed> {
  const matching = matchingEntries(keyring, image);
  const routes = registry.routes(image);
  const asWorkload = (
    await Promise.all(routes.map((route) => tryInTurn(image, route, matching, registry, reading)))
  ).flat();
  const origin = asWorkload.filter(({ via }) => via.kind === 'origin');
  const found = origin.find(({ outcome }) => outcome.kind === 'found');
  if (found !== undefined)
    return { attempts: asWorkload, how: { ...reading, route: found.via, ...credentialOf(found, matching) } };
  const others = await asOthers(image, matching.length > 0, registry, reading);
  const own = registry.ownCredential(image);
  return {
    attempts: [...asWorkload, ...others],
    how: { ...reading, ...withCredential(own ?? matching[0]?.credential) },
  };
}

function credentialOf(attempt: ProbeAttempt, matching: readonly KeyringEntry[]): { readonly credential?: Credential } {
  return withCredential(matching.find(({ secretName }) => secretName === attempt.secretName)?.credential);
}

async function tryInTurn(
  image: ImageRef,
  route: Route,
  matching: readonly KeyringEntry[],
  registry: Reach,
  reading: Reading,
): Promise<readonly ProbeAttempt[]> {
  const attempts: ProbeAttempt[] = [];
  const tries: readonly (KeyringEntry | undefined)[] = matching.length === 0 ? [undefined] : matching;
  for (const entry of tries) {
    const outcome = await registry.resolve(image, { ...reading, route, ...withCredential(entry?.credential) });
    attempts.push({
      as: 'workload',
      via: route,
      outcome,
      ...(entry === undefined ? {} : { secretName: entry.secretName }),
    });
    if (!isRefusal(outcome)) break;
  }
  return attempts;
}

/** Anonymously where the workload sent a credential, and with the bot's own credential where there is one. */
async function asOthers(
  image: ImageRef,
  workloadHadCredential: boolean,
  registry: Reach,
  reading: Reading,
): Promise<readonly ProbeAttempt[]> {
  const own = registry.ownCredential(image);
  const via: Route = registry.routes(image).find(({ kind }) => kind === 'origin') ?? {
    kind: 'origin',
    host: image.registry,
  };
  const tries = [
    ...(workloadHadCredential ? [{ as: 'anonymous' as const, credential: undefined }] : []),
    ...(own === undefined ? [] : [{ as: 'bot' as const, credential: own }]),
  ];
  return Promise.all(
    tries.map(async ({ as, credential }) => ({
      as,
      via,
      outcome: await registry.resolve(image, { ...reading, route: via, ...withCredential(credential) }),
    })),
  );
}

function isRefusal({ kind }: ProbeOutcome): boolean {
  return kind === 'unauthorized' || kind === 'forbidden' || kind === 'not-found';
}

function withCredential(credential: Credential | undefined): { readonly credential?: Credential } {
  return credential === undefined ? {} : { credential };
}
