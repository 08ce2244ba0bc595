import { z } from 'zod';
import { impliedRegistry } from '../providers/docker-hub.ts';
import type { DeepReadonly } from '../values/deep-readonly.ts';

/** Where an image lives, fully spelled out: `docker.io` and `library/` are never implied. */
export const ImageRef = z.object({
  registry: z.string(),
  repository: z.string(),
  tag: z.string().exactOptional(),
  digest: z.string().exactOptional(),
});
export type ImageRef = DeepReadonly<z.infer<typeof ImageRef>>;

/** A parsed reference, or why it could not be parsed and what was probably meant. */
export type ParsedImage =
  | { readonly ok: true; readonly image: ImageRef }
  | { readonly ok: false; readonly reason: string; readonly suggestion?: string };

const maxPathLength = 255;
const digestHexLength: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

const hostLabel = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
const ipv6Host = /^\[[a-fA-F0-9:]+\]$/;
const pathComponent = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const identifier = /^[a-f0-9]{64}$/;

/**
 * Parses an image reference as `reference.ParseNormalizedNamed` of distribution/reference does, which is what the
 * kubelet, containerd and CRI-O use: the same inputs are valid, with the same parts. As in that parser, `registry` is
 * empty when the first component has a dot but isn't a valid host name (`foo_bar.com/x`). Never throws.
 */
export function parseImage(text: string): ParsedImage {
  if (identifier.test(text)) return failure('64 hexadecimal digits are an image id, not a name', text);
  const { domain, remainder } = splitDomain(text);
  const colon = remainder.indexOf(':');
  const remote = colon < 0 ? remainder : remainder.slice(0, colon);
  if (remote.toLowerCase() !== remote) return failure(reasonOf(text, 'the repository name must be lower case'), text);

  const { name: taggedName, rest: digest } = cut(`${domain}/${remainder}`, '@');
  const { name, tag } = cutTag(taggedName);
  const place = splitName(name);
  if (place === undefined || (tag !== undefined && !tagPattern.test(tag))) return failure(reasonOf(text), text);
  if (digest !== undefined && !isDigest(digest)) return failure(reasonOf(text), text);
  if (place.repository.length > maxPathLength) {
    return failure(`the repository name is longer than ${maxPathLength} characters`, text);
  }
  return {
    ok: true,
    image: { ...place, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) },
  };
}

/** Whether a reference can name this tag (distribution-spec: at most 128 characters). */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** The canonical spelling, with every part of the reference: `docker.io/library/nginx:1.27@sha256:…`. */
export function formatImage({ registry, repository, tag, digest }: ImageRef): string {
  const name = registry === '' ? repository : `${registry}/${repository}`;
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The short spelling that people use: `nginx:1.27` for `docker.io/library/nginx:1.27`. */
export function familiarImage(image: ImageRef): string {
  if (image.registry !== impliedRegistry.host) return formatImage(image);
  const [owner, name, ...more] = image.repository.split('/');
  const repository =
    owner === impliedRegistry.namespace && name !== undefined && more.length === 0 ? name : image.repository;
  return formatImage({ ...image, registry: '', repository });
}

/** What the runtime asks for (`reference.ParseDockerRef`): a digest replaces the tag, and no tag means `latest`. */
export function pullReference({ registry, repository, tag, digest }: ImageRef): ImageRef {
  return digest === undefined ? { registry, repository, tag: tag ?? 'latest' } : { registry, repository, digest };
}

/** Whether the text is a digest of a known algorithm: `sha256:` and 64 lower-case hexadecimal digits. */
export function isDigest(text: string): boolean {
  const { name: algorithm, rest: hex = '' } = cut(text, ':');
  const length = Object.hasOwn(digestHexLength, algorithm) ? digestHexLength[algorithm] : undefined;
  return hex.length === length && /^[a-f0-9]+$/.test(hex);
}

/** Docker Hub's rule for the first component: it is a host when it looks like one, and an owner otherwise. */
function splitDomain(text: string): { readonly domain: string; readonly remainder: string } {
  const { name: first, rest } = cut(text, '/');
  if (rest === undefined) return { domain: impliedRegistry.host, remainder: `${impliedRegistry.namespace}/${text}` };
  const isHub = first === impliedRegistry.host || first === impliedRegistry.alias;
  const isHost = first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first;
  if (!isHub && isHost) return { domain: first, remainder: rest };
  const remainder = isHub ? rest : text;
  return {
    domain: impliedRegistry.host,
    remainder: remainder.includes('/') ? remainder : `${impliedRegistry.namespace}/${remainder}`,
  };
}

function splitName(name: string): Pick<ImageRef, 'registry' | 'repository'> | undefined {
  const { name: first, rest } = cut(name, '/');
  if (rest !== undefined && isHostAndPort(first) && isPath(rest)) return { registry: first, repository: rest };
  return isPath(name) ? { registry: '', repository: name } : undefined;
}

function isPath(path: string): boolean {
  return path.split('/').every((component) => pathComponent.test(component));
}

function isHostAndPort(text: string): boolean {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (port !== undefined && !/^[0-9]+$/.test(port)) return false;
  return ipv6Host.test(host) || host.split('.').every((label) => hostLabel.test(label));
}

function cutTag(text: string): { readonly name: string; readonly tag?: string } {
  const colon = text.lastIndexOf(':');
  return colon > text.lastIndexOf('/') ? { name: text.slice(0, colon), tag: text.slice(colon + 1) } : { name: text };
}

function cut(text: string, separator: string): { readonly name: string; readonly rest?: string } {
  const at = text.indexOf(separator);
  return at < 0 ? { name: text } : { name: text.slice(0, at), rest: text.slice(at + 1) };
}

function failure(reason: string, text: string): ParsedImage {
  const suggestion = repaired(text);
  return { ok: false, reason, ...(suggestion === undefined ? {} : { suggestion }) };
}

const mistakes: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^\s*$/, 'it is empty'],
  [/\$\{|\$\(|\{\{|\$[A-Za-z_]|%[A-Z_]+%/, 'a variable of a template was not filled in'],
  [/<[^<>]*>/, 'a placeholder in angle brackets was not filled in'],
  [/\s/, 'it contains white space'],
  [/^[a-z][a-z0-9+.-]*:\/\//i, 'it starts with a URL scheme; a reference starts with the host'],
  [/^[:@]/, 'the name before the tag or digest is empty'],
  [/::|:$/, 'a tag is empty or a ":" is doubled'],
  [/@.*@|@$/, 'a digest is empty or an "@" is doubled'],
  [/@(?!sha(?:256|384|512):)/, 'what follows "@" isn’t a digest: sha256: and 64 hexadecimal digits'],
  [/@/, 'the digest does not have the length and the digits (0-9, a-f) of its algorithm'],
  [/^\/|\/\/|\/(?=$|[:@])/, 'a part of the path is empty'],
  [/:[^/]{129,}$/, 'the tag is longer than 128 characters'],
  [/^(?:.*\/)?[^:/]*:[\w.:-]*[^\w.:/-][^/]*$/s, 'the tag may only have letters, digits, "_", "." and "-"'],
];

const nameRule = 'a name has lower-case letters and digits, separated by one ".", one or two "_", or "-"';

function reasonOf(text: string, otherwise = nameRule): string {
  if (text.length > 2000) return 'it is too long for an image reference';
  return mistakes.find(([pattern]) => pattern.test(text))?.[1] ?? otherwise;
}

/** What was probably meant, if cleaning up the usual slips gives a valid reference. */
function repaired(text: string): string | undefined {
  if (text.length > 1024 || /[<>{}$%]/.test(text)) return undefined;
  const bare = text
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/^["'`]+|["'`]+$/g, '');
  const joined = bare
    .replace(/\s+/g, '')
    .replace(/\/{2,}/g, '/')
    .replace(/:{2,}/g, ':')
    .replace(/@{2,}/g, '@');
  const complete = joined.replace(/(?<![:@/])[:@/]+$/, '');
  const at = complete.indexOf('@');
  const { name, tag } = cutTag(at < 0 ? complete : complete.slice(0, at));
  const end = `${tag === undefined ? '' : `:${tag.replace(/\+/g, '-')}`}${at < 0 ? '' : complete.slice(at).toLowerCase()}`;
  const candidate = `${name.toLowerCase()}${end}`;
  return candidate !== text && parseImage(candidate).ok ? candidate : undefined;
}
