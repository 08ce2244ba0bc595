import type { ImageRef } from '../model/image/image.ts';
import { providerOf } from '../model/providers/index.ts';
import type { Provider } from '../model/providers/provider.ts';
import type { MirrorSetting, RegistrySetting } from '../model/settings/settings.ts';
import type { Credential } from '../model/values/secret.ts';
import type { Route } from '../ports/registry.ts';
import type { Peer } from './dispatchers.ts';
import { entriesOf, entryOfHost, sameHost } from './entries.ts';

/** A registry or a mirror as requests address it. URLs are public; `peer` says where requests really go. */
export interface Site {
  /** The host name that people use. */
  readonly host: string;
  /** `https://registry-1.docker.io`. */
  readonly publicOrigin: string;
  /** Path of the API: `/v2`, or `/proxy/v2` behind a path. */
  readonly root: string;
  readonly peer: Peer;
  readonly provider: Provider;
  /** A mirror is told the registry whose images are requested (`?ns=`, as containerd does). */
  readonly namespace?: string;
  /** Hosts that the configuration allows to receive its credentials. */
  readonly tokenRealms: readonly string[];
  /** Name of the configured entry. */
  readonly settingName?: string;
}

/** Finds sites and peers in the configuration. */
export interface Sites {
  /** Whether an entry or a mirror names this registry, or this is the mirror. */
  isConfigured(image: ImageRef): boolean;
  routes(image: ImageRef): readonly Route[];
  /** The site for a route to this image; default: the origin. Throws for an unknown route, which is a bug. */
  site(image: ImageRef, route?: Route): Site;
  /** The peer of a URL in a site's response. */
  peerOf(url: URL, from: Site): Peer;
}

/** Sites of one cluster's view. */
export function createSites(registries: readonly RegistrySetting[], mirrors: readonly MirrorSetting[]): Sites {
  const mirrorsOf = (image: ImageRef) => mirrors.filter(({ registry }) => sameHost(registry, image.registry));
  return {
    isConfigured: ({ registry }) =>
      entryOfHost(registries, registry) !== undefined ||
      mirrors.some((mirror) => sameHost(mirror.registry, registry) || mirror.endpoint.host === registry),
    routes: (image) => [
      ...mirrorsOf(image).map(({ endpoint }) => ({ kind: 'mirror' as const, host: endpoint.host })),
      { kind: 'origin', host: image.registry },
    ],
    site: (image, route) => {
      if (route === undefined || route.kind === 'origin')
        return originSite(image.registry, entriesOf(registries, image)[0]);
      const mirror = mirrorsOf(image).find(({ endpoint }) => endpoint.host === route.host);
      if (mirror === undefined) throw new Error(`no mirror ${route.host} is configured for ${image.registry}`);
      return mirrorSite(mirror, image.registry, entryOfHost(registries, mirror.endpoint.host));
    },
    peerOf: (url, from) => {
      if (isSameSite(url, from)) return from.peer;
      const setting = entryOfHost(registries, url.host);
      if (setting !== undefined) return settingPeer(setting, url.host, new URL(url.origin));
      return { ...plainPeer(url), ...(from.peer.ca === undefined ? {} : { ca: from.peer.ca }) };
    },
  };
}

/** Whether a URL stays at the site: the same host and port, and no downgrade from TLS. */
export function isSameSite(url: URL, site: Site): boolean {
  if (url.origin === site.peer.origin) return true;
  const named = url.host === new URL(site.publicOrigin).host || url.host === site.host;
  return named && (url.protocol === 'https:' || site.peer.origin.startsWith('http:'));
}

/** One key per place that answers requests. */
export function siteKey({ peer, root, namespace }: Site): string {
  return JSON.stringify([peer.origin, peer.authority, root, namespace ?? '']);
}

/** An unconfigured peer: public addresses only. */
function plainPeer(url: URL): Peer {
  return { origin: url.origin, authority: url.host, reach: 'public' };
}

function originSite(host: string, setting: RegistrySetting | undefined): Site {
  const provider = providerOf(host);
  const authority = provider.apiHost(host);
  const direct = new URL(`https://${authority}`);
  return {
    host,
    publicOrigin: direct.origin,
    root: rootOf(setting?.endpoint ?? direct),
    peer: setting === undefined ? plainPeer(direct) : settingPeer(setting, direct.host, direct),
    provider,
    tokenRealms: setting?.tokenRealms ?? [],
    ...(setting === undefined ? {} : { settingName: setting.name }),
  };
}

function mirrorSite({ endpoint, ca }: MirrorSetting, namespace: string, setting: RegistrySetting | undefined): Site {
  const trusted = ca ?? setting?.ca;
  return {
    host: endpoint.host,
    publicOrigin: endpoint.origin,
    root: rootOf(endpoint),
    peer: {
      origin: endpoint.origin,
      authority: endpoint.host,
      reach: namedReach(endpoint),
      ...(trusted === undefined ? {} : { ca: trusted }),
    },
    provider: providerOf(endpoint.host),
    namespace,
    tokenRealms: setting?.tokenRealms ?? [],
    ...(setting === undefined ? {} : { settingName: setting.name }),
  };
}

/** As containerd builds it: `/v2` is added unless the configured path has it already. */
function rootOf(endpoint: URL): string {
  const path = endpoint.pathname.replace(/(?<!\/)\/+$/, '');
  return /(?:^|\/)v2(?:\/|$)/.test(path) ? path : `${path}/v2`;
}

function settingPeer(setting: RegistrySetting, authority: string, direct: URL): Peer {
  const target = setting.endpoint ?? direct;
  return {
    origin: target.origin,
    authority,
    reach: setting.allowPrivateAddresses ? namedReach(target) : 'public',
    ...(setting.ca === undefined ? {} : { ca: setting.ca }),
  };
}

/** A configured name may be private; only an address spelled out in the configuration may be anything. */
function namedReach(target: URL): Peer['reach'] {
  return /^[\d.]+$|^\[/.test(target.hostname) ? 'any' : 'private';
}

/** Who asks a site about one repository, and until when. */
export interface Caller {
  readonly site: Site;
  readonly repository: string;
  readonly credential?: Credential;
  /** Represents the credential in keys. */
  readonly identity: string;
  readonly signal: AbortSignal;
}

/** The public URL of a resource in a repository; mirrors are told the registry they stand for. */
export function apiUrl({ site, repository }: Pick<Caller, 'site' | 'repository'>, path: string): URL {
  const url = new URL(`${site.root}/${repository}/${path}`, site.publicOrigin);
  if (site.namespace !== undefined) url.searchParams.set('ns', site.namespace);
  return url;
}
