import { stripVTControlCharacters } from 'node:util';
import { parseImage } from '../../model/image/image.ts';
import { impliedRegistry } from '../../model/providers/docker-hub.ts';
import { generic } from '../../model/providers/generic.ts';
import { providerOf } from '../../model/providers/index.ts';
import type { Provider } from '../../model/providers/provider.ts';
import { type Address, addressIn } from './address.ts';
import { isRegistryRequest, type Url, urlsOf } from './url.ts';

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
  /** Repository of that image, or of the registry request in the text. */
  readonly repository?: string;
  /** What the text is about; the sandbox image is the pause image that the node's runtime starts every pod with. */
  readonly subject: ExplainedSubject;
  /** A builder or another tool wrote the text: it has credentials of its own, and pull secrets mean nothing to it. */
  readonly isBuilder: boolean;
  /** The address that failed, where the text names it. */
  readonly address?: Address;
  /** The innermost message of a chain, as it was written. */
  readonly quote?: string;
  /** The digest of a manifest that was asked for and that is not the one in the reference: a child of an index. */
  readonly childDigest?: string;
  /** The request went to the mirror that AKS runs on the node for artifact streaming (`localhost:8578/…?ns=HOST`). */
  readonly streamingMirror: boolean;
  /** The text is about pulling, pushing or asking a registry; otherwise network errors mean nothing. */
  readonly isPull: boolean;
  /** The HTTP status that a runtime reports. */
  readonly status?: number;
}

/** What a text about an image is about. */
export type ExplainedSubject = 'image' | 'sandbox_image' | 'image_volume';

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
    ...given('host', host),
    provider,
    ...given('image', image),
    ...given('repository', repositoryOf(images, urls)),
    subject: subjectOf(line, context.eventReason),
    isBuilder: builderWords.test(line) || builderLevels.test(line),
    ...given('address', addressIn(line, context.host ?? imageHost(images) ?? host)),
    ...given('quote', innermost(line)),
    ...given('childDigest', childDigestOf(line, images)),
    streamingMirror: urls.some((url) => isStreamingMirror(url, streams)) || isMirrorHost(line, streams),
    isPull: pullWords.test(text) || /\bIMAGE\b/.test(text) || urls.some(isRegistryRequest),
    ...given('status', status),
  };
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

const sandboxWords =
  /create pod sandbox|CreatePodSandbox|\bsandbox image\b|creating pod sandbox|RunPodSandbox|failed to start sandbox/i;
const builderWords =
  /\bkaniko\b|error building|creating build container|failed to solve|\bbuild(?:x|kit|ah)\b|jib-maven|docker[- ]compose|helm\.sh\/|pushing image|Docker API call to|signing \[|docker-credential-/i;
const builderLevels = /\[(?:ERROR|INFO)\] |^ERROR: |Error: INSTALLATION FAILED/;

function subjectOf(line: string, eventReason: string | undefined): ExplainedSubject {
  if (/\bimage[- ]volumes?\b|ImageVolumeMountFailed/i.test(line)) return 'image_volume';
  const isSandbox = eventReason === 'FailedCreatePodSandBox' || sandboxWords.test(line);
  return isSandbox ? 'sandbox_image' : 'image';
}

/** Errors are chained with colons; a short last part, such as a status, is shown with the part before it. */
function innermost(line: string): string | undefined {
  const parts = line.split(/: (?=\S)/).filter((part) => part !== 'unknown');
  const last = parts.at(-1);
  if (last === undefined || parts.length < 2) return undefined;
  const quoted = last.split(' ').length < 4 ? parts.slice(-2).join(': ') : last;
  return quoted.slice(0, 300);
}

function childDigestOf(line: string, images: readonly string[]): string | undefined {
  const [, inPath, inWords] =
    /\/manifests\/(sha256:[0-9a-f]{3,64})|\b(?:reading )?manifest (sha256:[0-9a-f]{3,64}) in /.exec(line) ?? [];
  const digest = inPath ?? inWords;
  return digest === undefined || images.some((image) => image.includes(`@${digest}`)) ? undefined : digest;
}

function repositoryOf(images: readonly string[], urls: readonly Url[]): string | undefined {
  for (const image of images) {
    const parsed = parseImage(image);
    if (parsed.ok) return parsed.image.repository;
  }
  return urls.flatMap(({ path }) => /^\/v2\/(.{1,255}?)\/(?:manifests|blobs)\//.exec(path)?.[1] ?? [])[0];
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

/** The mirror of AKS speaks plain HTTP at its port; another one there belongs to another platform. */
function isStreamingMirror({ host, path, isTls }: Url, streams: boolean): boolean {
  const [, port] = /^(?:localhost|127\.0\.0\.1|\[::1\]):(\d+)$/.exec(host) ?? [];
  return port !== undefined && /[?&]ns=/.test(path) && ((port === '8578' && !isTls) || streams);
}

/** containerd 1.6 names only the host that refused: `pulling from host localhost:8578 failed with status code [manifests 1]: 503`. */
function isMirrorHost(line: string, streams: boolean): boolean {
  const [, port] = /\bpulling from host (?:localhost|127\.0\.0\.1|\[::1\]):(\d{1,5}) failed\b/.exec(line) ?? [];
  return port === '8578' || (port !== undefined && streams);
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

/** A reference has no white space: where the closing quotation mark was lost, the reference ends with its word. */
const quotedImage =
  /\b(?:images?|reference|ref|repository|tag|name|manifest for)\s"([^"\s]{0,600})(?:"|:?(?=\s|$))|\bimage:? '([^'\s]{1,600})'/gi;
const bareImage =
  /(?:docker:\/\/|failed to pull image |failed to resolve ref(?:erence)? |failed to solve: |pull access denied for |manifest for |manifest \S{1,128} in |verification failed for |choosing an image from manifest list |Pull image )([a-z0-9][^\s"',;()]{0,600})/gi;

function imagesOf(line: string): readonly string[] {
  const quoted = [...line.matchAll(quotedImage)].map(([, double, single]) => withoutColon(double ?? single ?? ''));
  const bare = [...line.matchAll(bareImage)].map(([, text = '']) => text.replace(/(?<![:,.;])[:,.;]+$/, ''));
  // Runtimes name containers and sandboxes `k8s_…`; an image is never called that.
  return [...new Set([...quoted, ...bare].filter((text) => text !== '' && !text.startsWith('k8s_')))].slice(0, 8);
}

/** A quotation mark that is never closed leaves the colon of the sentence at the end of the reference. */
function withoutColon(text: string): string {
  return text.replace(/:$/, '');
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
    String.raw`(?:^|: |error:? )(?:unauthorized|denied): |no basic auth credentials|insufficient_scope: authorization failed|access repository: |accessing image: |trying to pull |PullImage`,
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
