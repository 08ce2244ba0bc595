import type { ImageRef } from '../model/image/image.ts';
import type { ProbeFailure } from '../model/image/outcome.ts';
import type { PushSource } from '../model/providers/provider.ts';
import type { Authorizer } from './authorize.ts';
import { largestBody } from './heap-limits.ts';
import { operatorPeer } from './realm.ts';
import { parseJson } from './schema.ts';
import type { Caller, Sites } from './site.ts';
import { printable } from './text.ts';
import type { Received, Transport } from './transport.ts';

const maxAnswerBytes = largestBody(1_048_576);
const accept = 'application/json';

/** When an image was pushed (ISO 8601), or why that is unknown. */
export type PushTime =
  | { readonly kind: 'found'; readonly at: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface PushTimeOptions {
  readonly authorizer: Authorizer;
  readonly transport: Transport;
  readonly sites: Pick<Sites, 'peerOf'>;
  /** Limit for all requests together: an optional value isn't worth a longer wait. */
  readonly limitMs: number;
}

type Source = Extract<PushSource, { readonly kind: 'api' }>;

/**
 * Asks the API of the registry's vendor. The registry's credential is only sent to the registry: another host of the
 * vendor is asked anonymously, and its redirects are not followed.
 */
export async function readPushTime(
  caller: Caller,
  image: ImageRef,
  digest: string,
  options: PushTimeOptions,
): Promise<PushTime> {
  const { site, repository } = caller;
  if (site.namespace !== undefined) return untold(`${site.host} is a mirror, and mirrors don’t report it`);
  const { tag } = image;
  const isPinned = image.digest !== undefined;
  const host = image.registry;
  const source = site.provider.pushSource({
    host,
    repository,
    digest,
    isPinned,
    ...(tag === undefined ? {} : { tag }),
  });
  if (source.kind === 'untold') return untold(source.why);
  const limit = AbortSignal.timeout(options.limitMs);
  const signal = AbortSignal.any([caller.signal, limit]);
  const answer = await ask(source, { ...caller, signal }, options);
  if (answer.kind === 'received') return readAnswer(answer, source, digest);
  const late = limit.aborted && !caller.signal.aborted;
  return untold(late ? `${source.host ?? host} did not answer in time` : whyNot(answer, source));
}

async function ask(
  { host, path }: Source,
  caller: Caller,
  { authorizer, transport, sites }: PushTimeOptions,
): Promise<Received | ProbeFailure> {
  const { site, signal } = caller;
  if (host === undefined) {
    const url = new URL(`${site.root.replace(/\/v2$/, '')}/${path}`, site.publicOrigin);
    const request = { ...caller, method: 'GET', url, accept, maxBytes: maxAnswerBytes, purpose: 'metadata' } as const;
    const answer = await authorizer.ask(request);
    return answer.kind === 'answered' ? answer.received : answer;
  }
  const url = new URL(path, `https://${host}/`);
  const headers = { accept, 'user-agent': 'imagecheck' };
  const peer = operatorPeer(url, site, sites);
  return transport({ method: 'GET', url, peer, headers, maxBytes: maxAnswerBytes, signal });
}

function readAnswer({ status, body, url }: Received, source: Source, digest: string): PushTime {
  if (status === 401 || status === 403) return untold(source.refused);
  if (status === 404) return untold(source.absent);
  if (status === 429) return untold(`${url.host} accepts no more requests for now (429)`);
  if (status !== 200) return untold(`${url.host} answered ${status}`);
  const parsed = parseJson(body);
  const record = parsed === undefined ? undefined : source.read(parsed.json);
  const at = record === undefined ? undefined : momentOf(record.at);
  if (record === undefined || at === undefined) return untold(`${url.host} gave an unexpected response`);
  return record.digests.includes(digest) ? { kind: 'found', at } : untold('the tag now points to another image');
}

/** The first release of Docker. Services write the year 1, or a time just after 1970, for "never". */
const firstMs = Date.UTC(2013, 2, 1);

function momentOf(text: string): string | undefined {
  const milliseconds = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return milliseconds >= firstMs ? new Date(milliseconds).toISOString() : undefined;
}

function whyNot(failure: ProbeFailure, { refused }: Source): string {
  if (failure.kind === 'unauthorized' || failure.kind === 'forbidden') return refused;
  return 'message' in failure ? failure.message : `the response was ${failure.contentType || 'nothing'}`;
}

function untold(why: string): PushTime {
  return { kind: 'unknown', why: printable(why, 160) };
}
