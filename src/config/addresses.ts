import { providerOf } from '../model/providers/index.ts';

/** A registry as image references name it. */
export interface RegistryName {
  /** Lower case, Docker Hub's aliases folded into `docker.io`. */
  readonly host: string;
  readonly pathPrefix?: string;
}

const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const hostPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9a-f:.]+\\])(?::[0-9]{1,5})?$`);
const pathPattern = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;

/**
 * Reads a registry in any spelling that people and tools use: `ghcr.io`, `host:5000`, `ghcr.io/acme`, and the key in
 * docker credentials, `https://index.docker.io/v1/`. Undefined for any other text.
 */
export function parseRegistryName(text: string): RegistryName | undefined {
  const withoutScheme = text.trim().replace(/^https:\/\//i, '');
  const slash = withoutScheme.indexOf('/');
  const written = (slash < 0 ? withoutScheme : withoutScheme.slice(0, slash)).toLowerCase();
  const path = slash < 0 ? '' : withoutScheme.slice(slash + 1).replace(/(?<!\/)\/+$/, '');
  if (!isRegistryHost(written)) return undefined;
  const host = providerOf(written).canonicalHost(written);
  if (path === '' || /^v[12]$/.test(path)) return { host };
  return pathPattern.test(path) ? { host, pathPrefix: path } : undefined;
}

/** Whether an image reference could name this host: it has a dot, a port or is localhost (distribution/reference). */
function isRegistryHost(host: string): boolean {
  return hostPattern.test(host) && (host === 'localhost' || /[.:]/.test(host));
}

/** The host of a token realm, written as a host or as a URL. */
export function parseRealmHost(text: string): string | undefined {
  const written = /^https:\/\//i.test(text) ? hostOfUrl(text) : text.trim().toLowerCase();
  return written !== undefined && hostPattern.test(written) ? written : undefined;
}

function hostOfUrl(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).host : undefined;
}

/** An http or https URL without user, query and fragment. */
export function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  );
}

/** A Redis URL in any form that `store/` can connect to. Several hosts are allowed for Sentinel and Cluster. */
export function isRedisUrl(text: string): boolean {
  return /^rediss?(\+(sentinel|cluster))?:\/\/[^\s/]+(\/\S*)?$/.test(text);
}
