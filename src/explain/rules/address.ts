import { providerOf } from '../../model/providers/index.ts';
import { isRegistryRequest, type Url, urlsOf } from './url.ts';

/** The address that a request failed at, which often is not the registry in the reference. */
export interface Address {
  /** As written in the text. */
  readonly host: string;
  readonly role: 'registry' | 'token-service' | 'blob-host' | 'mirror' | 'redirect' | 'proxy';
  /** The registry in the reference, which may be another one. */
  readonly registry?: string;
  readonly isIpv6: boolean;
  /** The name server that was asked. */
  readonly nameServer?: string;
}

/** The last request that a text mentions; documentation links at the end of a message are not requests. */
const request =
  /(?:\b(?:Get|Head|Post|Put|(?:request|URL) to|status(?: code)?|content at|failed open:)|: ) ?"?(https?:\/\/[^\s"'<>\\]{1,2000})/gi;

/** Which address failed, seen from the registry of the image; undefined if the text names no request. Never throws. */
export function addressIn(line: string, registry: string | undefined): Address | undefined {
  const [, proxy] = /proxyconnect tcp: dial tcp:? (?:lookup )?(\S{1,255})/.exec(line) ?? [];
  const isIpv6 = /\bdial tcp6? (?:\[[0-9a-f:.%]{2,60}\]:\d{1,5}->)?\[[0-9a-f]{0,4}:[0-9a-f:.%]{1,60}\]:\d/i.test(line);
  const [, nameServer] = /\blookup \S{1,255} on (\S{1,80}:53)\b/.exec(line) ?? [];
  const about = {
    isIpv6,
    ...(registry === undefined ? {} : { registry }),
    ...(nameServer === undefined ? {} : { nameServer }),
  };
  if (proxy !== undefined) return { host: proxy.replace(/:$/, ''), role: 'proxy', ...about };
  const last = [...line.matchAll(request)].at(-1)?.[1];
  const [url] = urlsOf(last ?? '');
  return url === undefined ? undefined : { host: url.host, role: roleOf(url, registry, fetching.test(line)), ...about };
}

/** Words of a runtime that already has the manifest. */
const fetching = /httpReadSeeker|failed to copy|pulling image configuration|(?:fetching|reading|writing) blob/i;

function roleOf(url: Url, registry: string | undefined, isFetching: boolean): Address['role'] {
  if (/[?&]ns=/.test(url.path) || /^(?:localhost|127\.0\.0\.1|\[::1\])(?::|$)/.test(url.host)) return 'mirror';
  if (registry === undefined) return 'registry';
  const isToken = /^\/(?:v2\/)?(?:token\b|auth\b|oauth2\/|service\/token|jwt\/auth)/.test(url.path);
  const isOwn = canonical(url.host) === canonical(registry);
  if (isToken) return url.host === registry ? 'registry' : 'token-service';
  if (isOwn) return 'registry';
  const isBlob = isFetching && !url.path.includes('/manifests/');
  return isRegistryRequest(url) && !isBlob ? 'redirect' : 'blob-host';
}

function canonical(host: string): string {
  return providerOf(host).canonicalHost(host);
}

/** A sentence that names the address; undefined where it says no more than the reference itself. */
export function addressSentence(address: Address, isUnreached: boolean): string | undefined {
  const of = address.registry ?? 'the registry';
  const sentences = [
    placeOf(address, of, isUnreached),
    address.isIpv6 && isUnreached
      ? 'The connection was tried over IPv6: check that the node has an IPv6 route at all.'
      : undefined,
    address.nameServer === undefined || !isUnreached ? undefined : `The name server asked was ${address.nameServer}.`,
  ].filter((sentence) => sentence !== undefined);
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

function placeOf({ role, host }: Address, registry: string, isUnreached: boolean): string | undefined {
  switch (role) {
    case 'registry':
      return isUnreached ? `The address that failed is ${host}.` : undefined;
    case 'token-service':
      return `The address that failed is ${host}, the token service to which ${registry} refers clients.`;
    case 'blob-host':
      return `The address that failed is ${host}, the blob host that serves the layers; ${registry} itself answered.`;
    case 'mirror':
      return `The address that failed is ${host}, a mirror or cache on the way, not ${registry} itself.`;
    case 'redirect':
      return `The address that failed is ${host}, not ${registry} itself: a redirect or a mirror led there.`;
    case 'proxy':
      return `The address that failed is the proxy ${host}.`;
    default:
      return role satisfies never;
  }
}
