import { BlockList, isIP, isIPv6 } from 'node:net';
import type { ProxySetting } from '../model/settings.ts';

/**
 * The proxy for a server, by the rules that Go programs such as kubectl follow: loopback never; `NO_PROXY` entries are
 * `*`, a name (with its subdomains), `.name` (subdomains only), an address, a CIDR block, each optionally with a port.
 */
export function proxyFor(server: URL, setting: ProxySetting | undefined): string | undefined {
  const proxy = server.protocol === 'https:' ? setting?.httpsProxy : setting?.httpProxy;
  if (proxy === undefined || proxy === '') return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port === '' ? (server.protocol === 'https:' ? '443' : '80') : server.port;
  if (host === 'localhost' || inBlock(host, '127.0.0.0/8') || host === '::1') return undefined;
  const exceptions = (setting?.noProxy ?? '').split(',').map((entry) => entry.trim().toLowerCase());
  const spared = exceptions.some((entry) => entry !== '' && excepts(entry, host, port));
  return spared ? undefined : withScheme(proxy);
}

/** `proxy:3128` is common in environments and means http. */
function withScheme(proxy: string): string {
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function excepts(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return inBlock(host, entry);
  const [, name = entry, wantedPort] = /^(.*?)(?::(\d+))?$/.exec(isIP(entry) === 0 ? entry : '') ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const plain = (name === '' ? entry : name).replace(/^\[|\]$/g, '');
  if (isIP(plain) !== 0) return plain === host;
  const domain = plain.replace(/^\*?\./, '.');
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function inBlock(host: string, block: string): boolean {
  const [network = '', bits = ''] = block.split('/');
  const size = Number(bits);
  if (isIP(host) === 0 || isIP(network) === 0 || bits === '' || !Number.isInteger(size)) return false;
  if (size < 0 || size > (isIPv6(network) ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, size, isIPv6(network) ? 'ipv6' : 'ipv4');
  return list.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}
