import { BlockList, isIP } from 'node:net';
import type { ProxySetting } from './settings.ts';

/**
 * The proxy for a connection, as Go's `httpproxy` (kubelet, containerd) reads the variables: `NO_PROXY` holds names (which
 * cover their subdomains), `.suffix` and `*.suffix` (subdomains only), addresses, CIDR ranges, each with an optional
 * port, or `*`; loopback is never proxied. Undefined: connect directly.
 */
export function proxyFor(url: URL, setting: ProxySetting): URL | undefined {
  const text = (url.protocol === 'https:' ? setting.httpsProxy : setting.httpProxy)?.trim();
  if (text === undefined || text === '' || isExempt(url, setting.noProxy ?? '')) return undefined;
  const spelled = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  return URL.canParse(spelled) ? new URL(spelled) : undefined;
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/\.$/, '');
  const address = literalHost(url);
  if (host === 'localhost' || address === '::1' || address?.startsWith('127.') === true) return true;
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && covers(entry, host, address, port));
}

function covers(entry: string, host: string, address: string | undefined, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return address !== undefined && inRange(entry, address);
  const { name, wantedPort } = splitPort(entry);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (address !== undefined) return isIP(name) !== 0 && sameAddress(name, address);
  const suffix = name.replace(/^\*?\./, '.');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function splitPort(entry: string): { readonly name: string; readonly wantedPort?: string } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry);
  const plain = isIP(entry) === 6 ? null : /^([^:]+):(\d+)$/.exec(entry);
  const [, name, wantedPort] = bracketed ?? plain ?? [undefined, entry, undefined];
  return { name: name ?? entry, ...(wantedPort === undefined ? {} : { wantedPort }) };
}

function sameAddress(left: string, right: string): boolean {
  return inRange(`${left}/${isIP(left) === 6 ? 128 : 32}`, right);
}

function inRange(range: string, address: string): boolean {
  const [network = '', bits = ''] = range.split('/');
  const family = isIP(network);
  const most = family === 6 ? 128 : 32;
  if (family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
  return block.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** The IP address that a URL's host is, if it is one; the URL parser has already normalised its spelling. */
function literalHost(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : host;
}
