import { impliedRegistry } from '../providers/docker-hub.ts';
import type { ImageRef } from './image.ts';

/**
 * The pull-secret entries that the kubelet offers for an image, in its order; it tries each until one works. Matches
 * like DockerKeyring (kubernetes pkg/credentialprovider/keyring.go): a scheme and `/v1/` or `/v2/` are stripped, the
 * port must be equal, labels match one by one (`*` within a label), the path is a plain prefix (`/ac` covers `/acme`),
 * keys are tried in reverse alphabetical order so that longer paths come first, and entries for `index.docker.io` serve
 * Docker Hub only when no other entry matches. Entries of several secrets keep the order of the secrets. Matching is
 * case-sensitive, as in DockerKeyring.
 */
export function matchingEntries<Entry extends { readonly key: string }>(
  entries: readonly Entry[],
  image: Pick<ImageRef, 'registry' | 'repository'>,
): readonly Entry[] {
  const keyed = entries.flatMap((entry) => {
    const key = parseKey(entry.key);
    return key === undefined ? [] : [{ entry, key, text: `${key.host}${key.path}` }];
  });
  const target = { host: image.registry, path: `/${image.repository}` };
  const direct = keyed
    .filter(({ key }) => covers(key, target))
    .sort((a, b) => (a.text === b.text ? 0 : a.text < b.text ? 1 : -1));
  if (direct.length > 0) return direct.map(({ entry }) => entry);
  if (image.registry !== impliedRegistry.host) return [];
  return keyed.filter(({ text }) => text === impliedRegistry.credentialKey).map(({ entry }) => entry);
}

interface Place {
  readonly host: string;
  readonly path: string;
}

/** Undefined for a key that the URL parser rejects; the kubelet ignores such an entry. */
function parseKey(key: string): Place | undefined {
  const [, authority = '', path = ''] = /^(?:https?:\/\/)?([^/?#]*)([^?#]*)/.exec(key) ?? [];
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (/[\s\\^`{}|%]/.test(host) || !/^(?:\[[^\]]*\]|[^:]*)(?::[0-9]*)?$/.test(host)) return undefined;
  const effective = /^\/v[12]\//.test(path) ? path.slice(3) : path;
  return { host, path: effective === '/' ? '' : effective };
}

function covers(key: Place, target: Place): boolean {
  const wanted = splitHost(key.host);
  const actual = splitHost(target.host);
  return (
    wanted.port === actual.port &&
    wanted.labels.length === actual.labels.length &&
    target.path.startsWith(key.path) &&
    wanted.labels.every((label, index) => labelMatches(label, actual.labels[index] ?? ''))
  );
}

function splitHost(host: string): { readonly labels: readonly string[]; readonly port: string } {
  const colon = /^\[[^\]]*\]$/.test(host) ? -1 : host.lastIndexOf(':');
  return colon < 0
    ? { labels: host.split('.'), port: '' }
    : { labels: host.slice(0, colon).split('.'), port: host.slice(colon + 1) };
}

/**
 * A `*` matches any characters within one label. The pieces between stars are matched left to right, without
 * backtracking.
 */
function labelMatches(glob: string, label: string): boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return glob === label;
  if (!label.startsWith(first) || !label.endsWith(last) || label.length < first.length + last.length) return false;
  let from = first.length;
  for (const piece of rest) {
    const found = label.indexOf(piece, from);
    if (found < 0) return false;
    from = found + piece.length;
  }
  return from <= label.length - last.length;
}
