import { UserError } from '../../errors.ts';
import { Secret } from '../../model/values/secret.ts';

/** Host and port of one server. */
export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is and how to log in, as the URL says it. */
export interface RedisAddress {
  readonly topology:
    | { readonly kind: 'single'; readonly node: RedisNode }
    | { readonly kind: 'sentinel'; readonly sentinels: readonly RedisNode[]; readonly master: string }
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] };
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: Secret;
  /** Always 0 for a cluster. */
  readonly database: number;
}

const forms =
  'redis://host:6379/0, rediss://host, redis+sentinel://host:26379,host/master-name/0, redis+cluster://host,host';

/**
 * Reads `redis[s][+sentinel|+cluster]://[user:password@]host[:port][,host…][/…]`. For Sentinel the path is
 * `/master-name[/database]` and user and password are those of Redis itself; otherwise it is `[/database]`.
 * Throws a UserError that never repeats the URL, because it may hold a password.
 */
export function parseRedisUrl(text: string): RedisAddress {
  const match = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#@]+)(?:\/([^?#]*))?$/.exec(text.trim());
  if (match === null) throw wrong('it has another form');
  const [, secure, topology, login = '', hosts = '', path = ''] = match;
  const segments = path.split('/').filter((segment) => segment !== '');
  const common = { tls: secure === 's', ...loginOf(login) };
  const nodes = hosts.split(',').map((host) => nodeOf(host, topology === 'sentinel' ? 26_379 : 6379));
  if (topology === 'sentinel') {
    const [master, database, ...rest] = segments;
    if (master === undefined || rest.length > 0) throw wrong('Sentinel needs the name of the master as its path');
    return {
      ...common,
      topology: { kind: 'sentinel', sentinels: nodes, master: decoded(master) },
      database: databaseOf(database),
    };
  }
  const [database, ...rest] = segments;
  if (rest.length > 0) throw wrong('its path has too many parts');
  if (topology === 'cluster') {
    if (databaseOf(database) !== 0) throw wrong('a cluster has no databases');
    return { ...common, topology: { kind: 'cluster', nodes }, database: 0 };
  }
  const [node, ...others] = nodes;
  if (node === undefined || others.length > 0) throw wrong('several hosts need +sentinel or +cluster');
  return { ...common, topology: { kind: 'single', node }, database: databaseOf(database) };
}

function loginOf(login: string): Pick<RedisAddress, 'username' | 'password'> {
  if (login === '') return {};
  const colon = login.indexOf(':');
  const username = decoded(colon === -1 ? login : login.slice(0, colon));
  const password = colon === -1 ? '' : decoded(login.slice(colon + 1));
  return {
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password: new Secret(password) }),
  };
}

function nodeOf(text: string, defaultPort: number): RedisNode {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  if (match?.[1] === undefined || port < 1 || port > 65_535) throw wrong('a host or port is malformed');
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
}

function databaseOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,4}$/.test(text)) throw wrong('the database is not a number');
  return Number(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong('a percent escape is malformed');
  }
}

function wrong(why: string): UserError {
  return new UserError(`The Redis URL cannot be used: ${why}.`, { remedy: `Write it as one of ${forms}.` });
}
