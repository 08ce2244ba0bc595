import type { ImageRef } from '../../model/image/image.ts';
import { matchingEntries } from '../../model/image/keyring.ts';
import type { ProbeOutcome } from '../../model/image/outcome.ts';
import type { ProbeAttempt } from '../../model/snapshot/snapshot.ts';
import { type Fact, known, unknown } from '../../model/values/fact.ts';
import type { Credential } from '../../model/values/secret.ts';
import type { Reading } from '../../ports/cluster.ts';
import type { RegistryClient, RegistryReading, Route } from '../../ports/registry.ts';
import { whyOf } from './read-content.ts';

/** A pull secret's entry together with the Secret that holds it. */
export interface KeyringEntry {
  readonly key: string;
  readonly secretName: string;
  readonly credential: Credential;
}

/** What the tries gave. */
export interface Probed {
  readonly attempts: readonly ProbeAttempt[];
  /** The digest that the registry itself gives for the reference; a mirror's only where the registry gives none. */
  readonly digest: Fact<string>;
  /** How to read on: with the credential and over the route that worked, or the best guess. */
  readonly how: RegistryReading;
}

type Registry = Pick<RegistryClient, 'resolve' | 'routes' | 'ownCredential'>;

/** An attempt with the credential that it sent. */
interface Try {
  readonly attempt: ProbeAttempt;
  readonly credential: Credential | undefined;
}

/** How the workload itself would ask the registry first; for reads that start before its answer is there. */
export function likelyReading(
  image: ImageRef,
  keyring: readonly KeyringEntry[],
  registry: Pick<Registry, 'routes'>,
  reading: Reading,
): RegistryReading {
  const [first] = matchingEntries(keyring, image);
  return readingOf(reading, originOf(image, registry), first?.credential);
}

/**
 * Resolves an image as the workload would: every matching pull secret in turn, anonymously when none matches, over
 * every route apart. Only when that fails, also as nobody and as the bot: the difference is the diagnosis
 * (docs/how-it-decides.md#as-whom-an-image-resolves). Where the node failed already, the others are asked at the same
 * time, and forgotten if the workload gets the image.
 */
export async function probeImage(
  image: ImageRef,
  asking: { readonly keyring: readonly KeyringEntry[]; readonly workloadName?: string; readonly isFailing?: boolean },
  registry: Registry,
  reading: Reading,
): Promise<Probed> {
  const matching = matchingEntries(asking.keyring, image);
  const own = registry.ownCredential(image, asking.workloadName);
  const routes = registry.routes(image);
  const askOthers = () => asOthers(image, { hadCredential: matching.length > 0, own }, registry, reading);
  const early = asking.isFailing === true ? askOthers() : undefined;
  early?.catch(() => undefined);
  const asWorkload = (
    await Promise.all(routes.map((route) => tryInTurn(image, route, matching, registry, reading)))
  ).flat();
  const origin = asWorkload.filter(isOfOrigin);
  const others = mayDiffer(origin) ? await (early ?? askOthers()) : [];
  const tries = [...asWorkload, ...others];
  const best = tries.filter(isOfOrigin).find(isFound) ?? tries.find(isFound);
  return {
    attempts: tries.map(({ attempt }) => attempt),
    digest: digestOf(best, origin[0]),
    how: howToReadOn(image, best, tries, own ?? matching[0]?.credential, registry, reading),
  };
}

function isOfOrigin({ attempt }: Try): boolean {
  return attempt.via.kind === 'origin';
}

function isFound({ attempt }: Try): boolean {
  return attempt.outcome.kind === 'found';
}

function digestOf(best: Try | undefined, first: Try | undefined): Fact<string> {
  if (best?.attempt.outcome.kind === 'found') return known(best.attempt.outcome.digest);
  const outcome = first?.attempt.outcome;
  return unknown(outcome === undefined || outcome.kind === 'found' ? 'nobody was asked' : whyOf(outcome));
}

/** Whoever was told "not found" may at least look around in that repository; otherwise the strongest credential may. */
function howToReadOn(
  image: ImageRef,
  best: Try | undefined,
  tries: readonly Try[],
  otherwise: Credential | undefined,
  registry: Registry,
  reading: Reading,
): RegistryReading {
  if (best !== undefined) return readingOf(reading, best.attempt.via, best.credential);
  const told = tries.filter((one) => isOfOrigin(one) && one.attempt.outcome.kind === 'not-found');
  const eye = told.find(({ credential }) => credential !== undefined) ?? told[0];
  return readingOf(reading, originOf(image, registry), eye === undefined ? otherwise : eye.credential);
}

async function tryInTurn(
  image: ImageRef,
  route: Route,
  matching: readonly KeyringEntry[],
  registry: Registry,
  reading: Reading,
): Promise<readonly Try[]> {
  const tries: Try[] = [];
  const entries: readonly (KeyringEntry | undefined)[] = matching.length === 0 ? [undefined] : matching;
  for (const entry of entries) {
    const outcome = await registry.resolve(image, readingOf(reading, route, entry?.credential));
    tries.push({
      credential: entry?.credential,
      attempt: {
        as: 'workload',
        via: route,
        outcome,
        ...(entry === undefined ? {} : { secretName: entry.secretName }),
      },
    });
    if (!mayDifferForOthers(outcome)) break;
  }
  return tries;
}

/** Anonymously where the workload sent a credential, and with the bot's own credential where there is one. */
async function asOthers(
  image: ImageRef,
  { hadCredential, own }: { readonly hadCredential: boolean; readonly own: Credential | undefined },
  registry: Registry,
  reading: Reading,
): Promise<readonly Try[]> {
  const via = originOf(image, registry);
  const tries = [
    ...(hadCredential ? [{ as: 'anonymous' as const, credential: undefined }] : []),
    ...(own === undefined ? [] : [{ as: 'bot' as const, credential: own }]),
  ];
  return Promise.all(
    tries.map(async ({ as, credential }) => ({
      credential,
      attempt: { as, via, outcome: await registry.resolve(image, readingOf(reading, via, credential)) },
    })),
  );
}

/** Whether the workload got nothing, and others may get more. */
function mayDiffer(origin: readonly Try[]): boolean {
  return !origin.some(isFound) && origin.some(({ attempt }) => mayDifferForOthers(attempt.outcome));
}

/** Whether another credential could get another answer. Who cannot be reached is not reached by anybody. */
function mayDifferForOthers(outcome: ProbeOutcome): boolean {
  switch (outcome.kind) {
    case 'unauthorized':
    case 'forbidden':
    case 'not-found':
    case 'rate-limited':
    case 'not-a-registry':
    case 'bad-content':
      return true;
    case 'not-probed':
      return outcome.why === 'spared' || outcome.why === 'realm-not-allowed';
    case 'found':
    case 'unreachable':
    case 'server-error':
      return false;
    default:
      return outcome satisfies never;
  }
}

function originOf(image: ImageRef, registry: Pick<Registry, 'routes'>): Route {
  return registry.routes(image).find(({ kind }) => kind === 'origin') ?? { kind: 'origin', host: image.registry };
}

function readingOf(reading: Reading, route: Route, credential: Credential | undefined): RegistryReading {
  return { ...reading, route, ...(credential === undefined ? {} : { credential }) };
}
