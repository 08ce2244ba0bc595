import { stripVTControlCharacters } from 'node:util';
import { parseImage } from '../../model/image/image.ts';
import { impliedRegistry } from '../../model/providers/docker-hub.ts';
import { generic } from '../../model/providers/generic.ts';
import { providerOf } from '../../model/providers/index.ts';
import type { Provider } from '../../model/providers/provider.ts';

/** A pasted text, made comparable: wrappers are removed, variable parts are replaced, and names are extracted. */
export interface Message {
  /** One line; URLs are `URL`, image references `IMAGE` or `""`. Rules match this. */
  readonly text: string;
  /** The registry host in the message, normalised (`docker.io`). */
  readonly host?: string;
  /** Provider of that host; the generic one when the text names no registry. */
  readonly provider: Provider;
  /** The image reference as written in the message. */
  readonly image?: string;
  /** The request went to the mirror that AKS runs on the node for artifact streaming (`localhost:8578/…?ns=HOST`). */
  readonly streamingMirror: boolean;
  /** The text is about pulling, pushing or asking a registry; otherwise network errors mean nothing. */
  readonly isPull: boolean;
  /** The HTTP status that a runtime reports. */
  readonly status?: number;
}

/** What is known in addition to the text. */
export interface MessageContext {
  /** Registry of the image in question; overrides the text. */
  readonly host?: string;
  readonly image?: string;
  /** Reason of the event or waiting state: `Failed`, `InspectFailed`, `ErrImageNeverPull`. */
  readonly eventReason?: string;
}

/** Longer than any runtime's message; keeps matching fast whatever is pasted. */
const longest = { head: 12_000, tail: 4_000 };

/** Reads a message. Never throws. */
export function readMessage(raw: string, context: MessageContext = {}): Message {
  const line = withoutWrapper(oneLine(raw));
  const urls = urlsOf(line);
  const images = [...(context.image === undefined ? [] : [context.image]), ...imagesOf(line)];
  const image = images.find((candidate) => parseImage(candidate).ok) ?? images[0];
  const host = context.host ?? (context.image === undefined ? urlHost(urls) : undefined) ?? imageHost(images);
  const text = comparable(line, images);
  const status = statusOf(text);
  const provider = host === undefined ? generic : providerOf(host);
  const streams = provider.streamingArtifactType !== undefined;
  return {
    text: context.eventReason === undefined ? text : `${text} [reason ${context.eventReason.slice(0, 100)}]`,
    ...(host === undefined ? {} : { host }),
    provider,
    ...(image === undefined ? {} : { image }),
    streamingMirror: urls.some((url) => isStreamingMirror(url, streams)) || isMirrorHost(line, streams),
    isPull: pullWords.test(text) || /\bIMAGE\b/.test(text) || urls.some(isRegistryRequest),
    ...(status === undefined ? {} : { status }),
  };
}

function oneLine(raw: string): string {
  const short =
    raw.length > longest.head + longest.tail ? `${raw.slice(0, longest.head)} … ${raw.slice(-longest.tail)}` : raw;
  return stripVTControlCharacters(short)
    .replace(/\\{1,6}u0027/g, "'")
    .replace(/\\{1,6}u003c/gi, '<')
    .replace(/\\{1,6}u003e/gi, '>')
    .replace(/\\{1,6}u0026/gi, '&')
    .replace(/\\{1,6}"/g, '"')
    .replace(/\\{1,6}[nrt](?=[\s"'<{[(\w]|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * CRI-O tries an image and an artifact; only the result for the image counts. It lists failed mirrors in brackets,
 * followed by the registry itself: the pull needed only one of them, so the last one decides.
 */
function withoutWrapper(whole: string): string {
  const line = whole.replace(/\(Mirrors also failed: \[.{1,4000}?\]\): /g, '');
  const start = line.search(/pull image err: /i);
  if (start < 0) return line;
  const end = line.search(/;? ?artifact err: /i);
  return end > start ? line.slice(0, end) : line;
}

interface Url {
  readonly host: string;
  readonly path: string;
}

function urlsOf(line: string): readonly Url[] {
  return [...line.matchAll(/\bhttps?:\/\/([^\s/"'<>\\?#]{1,260})([^\s"'<>\\]*)/gi)]
    .slice(0, 8)
    .map(([, authority = '', path = '']) => ({
      host: authority.slice(authority.lastIndexOf('@') + 1).replace(/(?<![:,;.)\]])[:,;.)\]]+$/, ''),
      path,
    }));
}

function isStreamingMirror({ host, path }: Url, streams: boolean): boolean {
  const [, port] = /^(?:localhost|127\.0\.0\.1|\[::1\]):(\d+)$/.exec(host) ?? [];
  return port !== undefined && /[?&]ns=/.test(path) && (port === '8578' || streams);
}

/** containerd 1.6 names only the host that refused: `pulling from host localhost:8578 failed with status code [manifests 1]: 503`. */
function isMirrorHost(line: string, streams: boolean): boolean {
  const [, port] = /\bpulling from host (?:localhost|127\.0\.0\.1|\[::1\]):(\d{1,5}) failed\b/.exec(line) ?? [];
  return port === '8578' || (port !== undefined && streams);
}

function isRegistryRequest({ path }: Url): boolean {
  return /^\/(?:v[12](?:\/|\b)|token\b|oauth2\/|service\/token)/.test(path);
}

/** The registry that a URL belongs to: `ns=` behind a mirror, Docker Hub behind its other names. */
function urlHost(urls: readonly Url[]): string | undefined {
  const asked = urls.find(isRegistryRequest);
  if (asked === undefined) return undefined;
  const [, behind] = /[?&]ns=([^&\s:,]+(?::\d+)?)/.exec(asked.path) ?? [];
  // Newer runtimes redact queries when there was no response; then only the image reveals the registry.
  if (behind?.includes('REDACTED') === true) return undefined;
  const host = behind ?? asked.host;
  return providerOf(host).canonicalHost(host);
}

function imageHost(images: readonly string[]): string | undefined {
  const hosts = images.flatMap((text) => {
    const parsed = parseImage(text);
    return parsed.ok && parsed.image.registry !== '' ? [parsed.image.registry] : [];
  });
  return hosts.find((host) => host !== impliedRegistry.host) ?? hosts[0];
}

const quotedImage =
  /\b(?:images?|reference|ref|repository|tag|name|manifest for)\s"([^"]{0,600})"|\bimage:? '([^']{1,600})'/gi;
const bareImage =
  /(?:docker:\/\/|failed to pull image |failed to resolve ref(?:erence)? |failed to solve: |pull access denied for |manifest for |manifest \S{1,128} in |verification failed for |choosing an image from manifest list |Pull image )([a-z0-9][^\s"',;()]{0,600})/gi;

function imagesOf(line: string): readonly string[] {
  const quoted = [...line.matchAll(quotedImage)].map(([, double, single]) => double ?? single ?? '');
  const bare = [...line.matchAll(bareImage)].map(([, text = '']) => text.replace(/(?<![:,.;])[:,.;]+$/, ''));
  return [...new Set([...quoted, ...bare].filter((text) => text !== ''))].slice(0, 8);
}

/** Names and addresses are removed, so that an image called `acme/not-found` matches nothing. */
function comparable(line: string, images: readonly string[]): string {
  const withoutUrls = line.replace(
    /\bhttps?:\/\/[^\s"'<>\\]+/gi,
    (url) => `URL${/(?<![:,;.)\]])[:,;.)\]]*$/.exec(url)?.[0] ?? ''}`,
  );
  const withoutQuoted = withoutUrls.replace(quotedImage, (all, double?: string, single?: string) =>
    all.replace(`"${double ?? ''}"`, '""').replace(`'${single ?? ''}'`, "''"),
  );
  return images
    .filter((image) => image.length >= 6 && /[/:.@]/.test(image))
    .sort((a, b) => b.length - a.length)
    .reduce((text, image) => text.replaceAll(image, 'IMAGE'), withoutQuoted);
}

/** The wording of runtimes, builders and registries; no alternative is an everyday word in logs. */
const pullWords = new RegExp(
  [
    String.raw`\bpull(?:ing|ed)?\b.{0,40}\bimage|\bpulling from host\b|pull access|CannotPullContainer|ErrImage|ImagePull`,
    String.raw`failed to (?:resolve (?:reference|ref|source|image|digest)|do request|copy:|fetch (?:anonymous|oauth)|authorize:|solve:|unpack image|extract layer|register layer|push)`,
    String.raw`error response from daemon|initializing source|pinging (?:container|docker) registry|bearer token: |retrieve auth token|docker:\/\/|httpReadSeeker`,
    String.raw`\bmanifest(?:s\/| unknown| list| for | \S{1,128} in |\.v[12]\+)|\bin manifest\b|(?:reading|fetching|getting|error reading) manifest`,
    String.raw`(?:from|to|container|docker|image) registry\b|\bblob sha256|(?:fetching|reading|writing|copying|storing|unknown) (?:a )?blob|\blayer sha256`,
    String.raw`image (?:verification|signature|configuration)|\bkaniko\b|pushing image|checking push permissions|"errors": ?\[ ?\{ ?"code"`,
    String.raw`(?:^|: |error:? )(?:unauthorized|denied): |no basic auth credentials|insufficient_scope: authorization failed|access repository: `,
  ].join('|'),
  'i',
);

const statusPatterns: readonly RegExp[] = [
  /unexpected status(?: code)?(?: from [A-Z]+ request to URL)?(?: URL)?(?: \[[^\]]{0,200}\])?:? (\d{3})\b/i,
  /failed with status(?: code)?(?: \[[^\]]{0,200}\])?: (\d{3})\b/i,
  /invalid status code from registry (\d{3})\b/i,
  /unexpected HTTP status:? (\d{3})\b/i,
  /StatusCode: (\d{3})\b/i,
  /error parsing HTTP (\d{3}) response/i,
  /(?:response|returned)(?: an?)?(?: HTTP)? (?:status|error)(?: code)?:? (\d{3})\b/i,
  /status(?: code)?[:= ]{1,3}(\d{3})\b/i,
  /\bHTTP(?:\/[\d.]+)? (\d{3})\b/i,
  /\b([45]\d\d) (?:Bad Request|Unauthorized|Payment Required|Forbidden|Not Found|Method Not Allowed|Proxy Authentication Required|Request Timeout|Precondition Failed|Too Many Requests|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)\b/i,
];

function statusOf(text: string): number | undefined {
  for (const pattern of statusPatterns) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined && /^[3-5]/.test(found)) return Number(found);
  }
  return undefined;
}
