import type { ImageRef } from '../../model/image/image.ts';
import type { ProbeOutcome } from '../../model/image/outcome.ts';
import type { ProbeAttempt } from '../../model/snapshot/snapshot.ts';
import { defined } from '../../model/values/defined.ts';
import { type Fact, known, unknown, valueOr } from '../../model/values/fact.ts';
import type { Credential } from '../../model/values/secret.ts';
import type { Reading } from '../../ports/cluster.ts';
import type { CredentialUser, HeldCredential, Keychain, KeyringEntry } from '../../ports/keychain.ts';
import type { RegistryClient, RegistryReading, Route } from '../../ports/registry.ts';
import { whyOf } from './read-content.ts';

/** The results of the attempts. */
export interface Probed {
  readonly attempts: readonly ProbeAttempt[];
  /** The digest that the registry itself returns for the reference; a mirror's only if the registry returns none. */
  readonly digest: Fact<string>;
  /** How to continue reading: with the credential and over the route that worked, or the best guess. */
  readonly how: RegistryReading;
}

/** The identities that an image is tried with. */
export interface ProbeAsking {
  readonly keychain: Pick<Keychain, 'credentialsFor'>;
  readonly keyring: readonly KeyringEntry[];
  /** An image alone belongs to no workload. */
  readonly workloadName?: string;
  readonly isFailing?: boolean;
}

type Registry = Pick<RegistryClient, 'resolve' | 'routes'>;

/** An attempt with the credential that it sent. */
interface Try {
  readonly attempt: ProbeAttempt;
  readonly credential: Credential | undefined;
}

/** How the workload itself would ask the registry first; for reads that start before its answer arrives. */
export async function likelyReading(
  image: ImageRef,
  { keychain, keyring }: Pick<ProbeAsking, 'keychain' | 'keyring'>,
  registry: Pick<Registry, 'routes'>,
  reading: Reading,
): Promise<RegistryReading> {
  const user = { kind: 'workload', pullSecrets: keyring } as const;
  const [first] = valueOr(await keychain.credentialsFor(image, user, reading), []);
  return readingOf(reading, originOf(image, registry), first?.credential);
}

/**
 * Resolves an image as the workload would: every matching pull secret in turn, anonymously if none matches, over every
 * route separately. Only if that fails, also anonymously and as the bot: the difference is the diagnosis
 * (docs/how-it-decides.md#as-whom-an-image-resolves). If the node already failed, the other identities are tried at the
 * same time, and ignored if the workload gets the image.
 */
export async function probeImage(
  image: ImageRef,
  { keychain, keyring, workloadName, isFailing }: ProbeAsking,
  registry: Registry,
  reading: Reading,
): Promise<Probed> {
  const held = async (user: CredentialUser) => valueOr(await keychain.credentialsFor(image, user, reading), []);
  const matching = await held({ kind: 'workload', pullSecrets: keyring });
  const own = once(async () => (await held({ kind: 'bot', ...defined({ workload: workloadName }) }))[0]?.credential);
  const routes = registry.routes(image);
  const askOthers = () => asOthers(image, { hadCredential: matching.length > 0, own }, registry, reading);
  const early = isFailing === true ? askOthers() : undefined;
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
    how: await howToReadOn(image, best, tries, async () => (await own()) ?? matching[0]?.credential, registry, reading),
  };
}

/** Runs the work at most once, and only if its result is needed: a credential may have to be issued first. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => {
    begun ??= work();
    return begun;
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

/**
 * An identity that was told "not found" may at least list that repository; otherwise the strongest credential is used.
 */
async function howToReadOn(
  image: ImageRef,
  best: Try | undefined,
  tries: readonly Try[],
  otherwise: () => Promise<Credential | undefined>,
  registry: Registry,
  reading: Reading,
): Promise<RegistryReading> {
  if (best !== undefined) return readingOf(reading, best.attempt.via, best.credential);
  const told = tries.filter((one) => isOfOrigin(one) && one.attempt.outcome.kind === 'not-found');
  const eye = told.find(({ credential }) => credential !== undefined) ?? told[0];
  return readingOf(reading, originOf(image, registry), eye === undefined ? await otherwise() : eye.credential);
}

async function tryInTurn(
  image: ImageRef,
  route: Route,
  matching: readonly HeldCredential[],
  registry: Registry,
  reading: Reading,
): Promise<readonly Try[]> {
  const tries: Try[] = [];
  const entries: readonly (HeldCredential | undefined)[] = matching.length === 0 ? [undefined] : matching;
  for (const entry of entries) {
    const outcome = await registry.resolve(image, readingOf(reading, route, entry?.credential));
    tries.push({
      credential: entry?.credential,
      attempt: {
        as: 'workload',
        via: route,
        outcome,
        ...(entry?.source.kind === 'pull-secret' ? { secretName: entry.source.secretName } : {}),
      },
    });
    if (!mayDifferForOthers(outcome)) break;
  }
  return tries;
}

/** Anonymously if the workload sent a credential, and with the bot's own credential if there is one. */
async function asOthers(
  image: ImageRef,
  { hadCredential, own }: { readonly hadCredential: boolean; readonly own: () => Promise<Credential | undefined> },
  registry: Registry,
  reading: Reading,
): Promise<readonly Try[]> {
  const via = originOf(image, registry);
  const credential = await own();
  const tries = [
    ...(hadCredential ? [{ as: 'anonymous' as const, credential: undefined }] : []),
    ...(credential === undefined ? [] : [{ as: 'bot' as const, credential }]),
  ];
  return Promise.all(
    tries.map(async ({ as, credential }) => ({
      credential,
      attempt: { as, via, outcome: await registry.resolve(image, readingOf(reading, via, credential)) },
    })),
  );
}

/** Whether the workload got nothing, and another identity may get more. */
function mayDiffer(origin: readonly Try[]): boolean {
  return !origin.some(isFound) && origin.some(({ attempt }) => mayDifferForOthers(attempt.outcome));
}

/** Whether another credential could change the answer. If a registry is unreachable, no credential helps. */
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
