import { at, type Fields, fields, text } from '../cluster/objects/object.ts';
import type { Login } from './pull/authorizer.ts';

/** A credential that matches an image, and the Secret it came from (undefined for the node's own). */
export interface KeyringEntry extends Login {
  readonly secretUid?: string;
}

/** Credentials by key; a key may have several. */
interface Keyring {
  readonly index: readonly string[];
  readonly entries: ReadonlyMap<string, readonly KeyringEntry[]>;
}

/** Node-wide credentials: key -> login, as a credential provider gives them to the kubelet. */
export type NodeCredentials = Readonly<Record<string, Login>>;

/**
 * The credentials that the kubelet tries for an image, in its order: every match in the pod's Secrets, longest key
 * first, then the node's own (`pkg/credentialprovider`: Union of the Secrets' keyring and the node's).
 */
export function lookup(image: string, secrets: readonly Fields[], node: NodeCredentials): readonly KeyringEntry[] {
  const fromSecrets = keyringOf(secrets.flatMap(entriesOfSecret));
  const fromNode = keyringOf(Object.entries(node));
  return [...matching(fromSecrets, image), ...matching(fromNode, image)];
}

function entriesOfSecret(secret: Fields): readonly (readonly [key: string, entry: KeyringEntry])[] {
  const isJson = text(secret, 'type') === 'kubernetes.io/dockerconfigjson';
  const isLegacy = text(secret, 'type') === 'kubernetes.io/dockercfg';
  const encoded = isJson
    ? text(secret, 'data', '.dockerconfigjson')
    : isLegacy
      ? text(secret, 'data', '.dockercfg')
      : '';
  const content = parsed(encoded);
  const auths = isJson ? fields(content, 'auths') : fields({ content }, 'content');
  const secretUid = text(secret, 'metadata', 'uid');
  return Object.entries(auths).flatMap(([key, value]) => {
    const login = loginOf(value);
    return login === undefined ? [] : [[key, { ...login, secretUid }] as const];
  });
}

function parsed(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}

function loginOf(entry: unknown): Login | undefined {
  const username = text(entry, 'username');
  const password = text(entry, 'password');
  const auth = at(entry, 'auth');
  if (typeof auth !== 'string' || auth === '') return { username, password };
  const decoded = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

function keyringOf(all: readonly (readonly [key: string, entry: KeyringEntry])[]): Keyring {
  const entries = new Map<string, KeyringEntry[]>();
  for (const [location, entry] of all) {
    const key = normalisedKey(location);
    if (key !== undefined) entries.set(key, [...(entries.get(key) ?? []), entry]);
  }
  return { entries, index: [...entries.keys()].sort().reverse() };
}

/** Host with its path; `/v1/` and `/v2/` mean only the host (`BasicDockerKeyring.Add`). */
function normalisedKey(location: string): string | undefined {
  const bare = location.replace(/^https?:\/\//, '');
  const slash = bare.indexOf('/');
  const host = slash < 0 ? bare : bare.slice(0, slash);
  const path = slash < 0 ? '' : bare.slice(slash).replace(/^\/v[12]\//, '/');
  if (host === '' || /\s/.test(bare)) return undefined;
  return path === '' || path === '/' ? host : `${host}${path}`;
}

function matching({ index, entries }: Keyring, image: string): readonly KeyringEntry[] {
  const found = index.filter((key) => keyMatches(key, image)).flatMap((key) => entries.get(key) ?? []);
  if (found.length > 0 || !image.startsWith('docker.io/')) return found;
  return entries.get('index.docker.io') ?? [];
}

/** Globs match within one label of the host; the path is a plain prefix; ports are compared (`URLsMatch`). */
function keyMatches(key: string, image: string): boolean {
  const [glob, target] = [splitKey(key), splitKey(image)];
  if (glob.port !== target.port || glob.labels.length !== target.labels.length) return false;
  if (!target.path.startsWith(glob.path)) return false;
  return glob.labels.every((label, position) => globPattern(label).test(target.labels[position] ?? ''));
}

function splitKey(text: string): { readonly labels: readonly string[]; readonly port: string; readonly path: string } {
  const slash = text.indexOf('/');
  const authority = slash < 0 ? text : text.slice(0, slash);
  const [, host = authority, port = ''] = /^(.*):(\d+)$/.exec(authority) ?? [];
  return { labels: host.split('.'), port, path: slash < 0 ? '' : text.slice(slash) };
}

function globPattern(glob: string): RegExp {
  const escaped = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    return new RegExp(`^${escaped}$`);
  } catch {
    return /^(?!)/;
  }
}
