import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';

/**
 * Which addresses a connection may reach. `public`: no private addresses. `private`: the configuration names this host,
 * so private and loopback addresses too. `any`: the configuration spells the address out.
 */
export type AddressReach = 'public' | 'private' | 'any';

/** Resolves all addresses of a name. */
export type ResolveName = (hostname: string) => Promise<readonly string[]>;

/** Thrown inside a connection attempt and turned into `not-probed: guarded` by the transport. */
export class GuardedAddressError extends Error {
  override readonly name = 'GuardedAddressError';
}

/**
 * Addresses that never belong to a registry: instance metadata and other link-local services, multicast, reserved, and
 * IPv6 ranges that carry packets to an IPv4 address that isn't encoded at a fixed position (RFC 8215, Teredo).
 */
const neverReached = list([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
]);
const privateRanges = list([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['::1', 128],
  ['fc00::', 7],
]);

function list(subnets: readonly (readonly [string, number])[]): BlockList {
  const blocked = new BlockList();
  for (const [address, bits] of subnets) blocked.addSubnet(address, bits, address.includes(':') ? 'ipv6' : 'ipv4');
  return blocked;
}

/** Why an address may not be connected to, or undefined when it may. Text that isn't an address is refused. */
export function addressRefusal(address: string, reach: AddressReach): string | undefined {
  if (reach === 'any') return undefined;
  const plain = embeddedIpv4(address) ?? address.replace(/%[^]*$/, '');
  const family = isIP(plain);
  if (family === 0) return 'is not an address';
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  if (neverReached.check(plain, kind)) return 'is a link-local, metadata or reserved address';
  if (reach === 'public' && privateRanges.check(plain, kind)) return 'is a private or loopback address';
  return undefined;
}

/** The IPv4 address inside a mapped, compatible, translated (RFC 6052) or 6to4 address: packets end up there. */
function embeddedIpv4(address: string): string | undefined {
  const words = ipv6Words(address);
  if (words === undefined) return undefined;
  const head = words
    .slice(0, 6)
    .map((word) => word.toString(16))
    .join(':');
  const tail = words.slice(6);
  if (head === '0:0:0:0:0:0' && !(tail[0] === 0 && (tail[1] ?? 0) <= 1)) return dotted(tail);
  if (head === '0:0:0:0:0:ffff' || head === '0:0:0:0:ffff:0' || head === '64:ff9b:0:0:0:0') return dotted(tail);
  return words[0] === 0x2002 ? dotted(words.slice(1, 3)) : undefined;
}

function dotted(words: readonly number[]): string {
  return words.flatMap((word) => [word >> 8, word & 255]).join('.');
}

function ipv6Words(address: string): readonly number[] | undefined {
  const plain = address.replace(/%[^]*$/, '');
  if (isIP(plain) !== 6) return undefined;
  const hexadecimal = plain.replace(/(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((word) => word.toString(16)).join(':'),
  );
  const [front = '', back] = hexadecimal.split('::');
  const left = front === '' ? [] : front.split(':');
  const right = back === undefined || back === '' ? [] : back.split(':');
  const gap = back === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...gap, ...right].map((word) => Number.parseInt(word, 16));
}

/** The IP address that a URL's host is, if it is one, in any spelling (`0x7f.1`, `2130706433`, `[::1]`). */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : host;
}

/** The error for a host whose address may not be reached. */
export function guarded(hostname: string, address: string, why: string): GuardedAddressError {
  const shown = hostname === address ? address : `${hostname} (${address})`;
  return new GuardedAddressError(`${shown} ${why}`);
}

/** Every address that the system's resolver returns for a name. */
export async function systemResolve(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/**
 * A `lookup` for sockets that returns only permitted addresses, so that the connection goes to the checked address and
 * not to the result of a second lookup.
 */
export function guardedLookup(resolveName: ResolveName, reach: AddressReach): LookupFunction {
  const allowed = callbackify((hostname: string, family: number) =>
    allowedAddresses(hostname, family, resolveName, reach),
  );
  return (hostname, options, callback) => {
    const family = options.family === 4 || options.family === 6 ? options.family : 0;
    allowed(hostname, family, (error, addresses) => {
      const [first] = addresses ?? [];
      if (first === undefined) callback(error, options.all === true ? [] : '', 0);
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}

async function allowedAddresses(
  hostname: string,
  family: number,
  resolveName: ResolveName,
  reach: AddressReach,
): Promise<readonly { readonly address: string; readonly family: number }[]> {
  const addresses = (await resolveName(hostname)).filter((address) => family === 0 || isIP(address) === family);
  const allowed = addresses.filter((address) => addressRefusal(address, reach) === undefined);
  if (allowed.length > 0) return allowed.map((address) => ({ address, family: isIP(address) }));
  const [first] = addresses;
  const why = first === undefined ? undefined : addressRefusal(first, reach);
  if (first !== undefined && why !== undefined) throw guarded(hostname, first, why);
  throw Object.assign(new Error(`no address found for ${hostname}`), { code: 'ENOTFOUND' });
}
