import { createHmac, randomBytes } from 'node:crypto';
import type { ImageRef } from '../model/image/image.ts';
import type { ProbeFailure } from '../model/image/outcome.ts';
import { providerOf } from '../model/providers/index.ts';
import type { MirrorSetting, ProxySetting, RegistrySetting } from '../model/settings/settings.ts';
import { type Fact, known, unknown } from '../model/values/fact.ts';
import type { Credential } from '../model/values/secret.ts';
import type { Keychain } from '../ports/keychain.ts';
import type { ContentCache, RegistryClient, RegistryReading } from '../ports/registry.ts';
import { createAuthorizer } from './authorize.ts';
import { readConfigBlob } from './blobs.ts';
import { createCache } from './cache.ts';
import { createContent } from './content.ts';
import { createDispatchers, type RegistryTimeouts } from './dispatchers.ts';
import { createFlights } from './flights.ts';
import { type ResolveName, systemResolve } from './guard.ts';
import { listReferrers, listTags } from './listings.ts';
import { createManifests } from './manifests.ts';
import { type PushTime, readPushTime } from './push-time.ts';
import { createQuota } from './quota.ts';
import { type Caller, createSites, type Site, siteKey } from './site.ts';
import { printable } from './text.ts';
import { createTokens } from './tokens.ts';
import { createTransport } from './transport.ts';

export interface RegistryClientOptions {
  readonly registries: readonly RegistrySetting[];
  /** Mirrors of this cluster only, in the nodes' order. */
  readonly mirrors: readonly MirrorSetting[];
  readonly proxy: ProxySetting;
  /** Gives the credentials for mirrors, which get the configured credentials and not the pods'. */
  readonly keychain: Pick<Keychain, 'credentialOf'>;
  /** Shared between workers; this process's own memory is always used as well. */
  readonly content?: ContentCache;
  readonly timeouts?: Partial<RegistryTimeouts>;
  /** How long to wait for the push time; default: 2 s. */
  readonly pushTimeMs?: number;
  readonly now: () => Date;
  /** Default: the system's resolver. */
  readonly resolveName?: ResolveName;
}

const usualTimeouts: RegistryTimeouts = { connectMs: 5_000, headersMs: 10_000, bodyMs: 10_000, totalMs: 30_000 };
/** A plan does not wait longer for it; it is made without. */
const usualPushTimeMs = 2_000;

/**
 * Speaks the distribution protocol to every registry and mirror. Outcomes are kept for 30 s (failures 5 s), content by
 * digest forever; identical concurrent requests are sent once. `close` ends all connections.
 */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { now } = options;
  const { dispatchers, flights, ...parts } = createParts(options);
  const { sites } = parts;
  const cache = createCache(flights, now);
  const identify = createIdentify();

  const asked = async <T extends { readonly kind: string }>(
    what: readonly string[],
    image: ImageRef,
    how: RegistryReading,
    work: (caller: Caller) => Promise<T>,
  ) => {
    if (!URL.canParse(`https://${image.registry}`)) return notAnAddress(image.registry);
    const site = sites.site(image, how.route);
    const asMirror = site.namespace === undefined ? undefined : await mirrorCredential(site, options.keychain, how);
    if (asMirror?.kind === 'unknown') return unreachable(site.host, asMirror.why);
    const credential = asMirror === undefined ? how.credential : asMirror.credential;
    const identity = identify(credential);
    const known = { site, repository: image.repository, identity, ...(credential === undefined ? {} : { credential }) };
    const key = JSON.stringify([siteKey(site), site.host, image.repository, identity, ...what]);
    return cache.remember(key, site.host, how.signal, (signal) => work({ ...known, signal }), how.notBefore);
  };

  return {
    provider: (host) => providerOf(host).id,
    isConfigured: (image) => sites.isConfigured(image),
    routes: (image) => sites.routes(image),
    resolve: (image, how) =>
      asked(['resolve', image.digest ?? image.tag ?? ''], image, how, (caller) =>
        parts.manifests.resolve(caller, image),
      ),
    manifest: (image, digest, how) =>
      asked(['manifest', digest], image, how, (caller) => parts.manifests.byDigest(caller, digest)),
    config: (image, digest, how) =>
      asked(['config', digest], image, how, (caller) => readConfigBlob(caller, digest, parts)),
    tags: (image, how) => asked(['tags'], image, how, (caller) => listTags(caller, parts)),
    referrers: (image, digest, how) =>
      asked(['referrers', digest, how.artifactType ?? ''], image, how, (caller) =>
        listReferrers(caller, digest, how.artifactType, parts),
      ),
    pushedAt: async (image, digest, how) =>
      factOf(
        await asked<PushTime>(['pushed', image.tag ?? '', image.digest ?? '', digest], image, how, (caller) =>
          readPushTime(caller, image, digest, parts),
        ),
      ),
    close: () => dispatchers.close(),
  };
}

function createParts(options: RegistryClientOptions) {
  const { now } = options;
  const timeouts = { ...usualTimeouts, ...options.timeouts };
  const resolveName = options.resolveName ?? systemResolve;
  const dispatchers = createDispatchers(resolveName, timeouts);
  const transport = createTransport({ dispatchers, proxy: options.proxy, timeouts, resolveName });
  const sites = createSites(options.registries, options.mirrors);
  const flights = createFlights();
  const tokens = createTokens({ transport, sites, flights, now });
  const authorizer = createAuthorizer({ transport, sites, tokens, totalMs: timeouts.totalMs });
  const content = createContent(options.content);
  const manifests = createManifests({ authorizer, content, quota: createQuota(now), now });
  const limitMs = options.pushTimeMs ?? usualPushTimeMs;
  return { dispatchers, sites, flights, authorizer, content, manifests, transport, limitMs, now };
}

function factOf(outcome: PushTime | ProbeFailure): Fact<string> {
  if (outcome.kind === 'found') return known(outcome.at);
  if (outcome.kind === 'unknown') return unknown(outcome.why);
  return unknown('message' in outcome ? outcome.message : 'the response was something else');
}

/** References allow hosts that are invalid in a URL, such as `a:99999` or `1.2.3.4.5`. */
function notAnAddress(registry: string): ProbeFailure {
  const host = printable(registry, 100);
  return unreachable(host, `${host} is not an address to connect to`);
}

function unreachable(host: string, message: string): ProbeFailure {
  return { kind: 'unreachable', how: 'other', message, url: `https://${host}` };
}

/** The credential for a mirror: that of its own entry, or none. */
async function mirrorCredential(
  { settingName }: Site,
  keychain: Pick<Keychain, 'credentialOf'>,
  reading: RegistryReading,
): Promise<
  | { readonly kind: 'settled'; readonly credential: Credential | undefined }
  | { readonly kind: 'unknown'; readonly why: string }
> {
  if (settingName === undefined) return { kind: 'settled', credential: undefined };
  const found = await keychain.credentialOf(settingName, reading);
  if (found.kind === 'unknown') return found;
  return { kind: 'settled', credential: found.kind === 'found' ? found.value.credential : undefined };
}

/** Distinguishes credentials in keys without storing them: a keyed hash whose key exists only as long as the client. */
function createIdentify(): (credential: Credential | undefined) => string {
  const key = randomBytes(32);
  return (credential) =>
    credential === undefined
      ? 'anonymous'
      : createHmac('sha256', key)
          .update(JSON.stringify([credential.username, credential.password.reveal()]))
          .digest('hex');
}
