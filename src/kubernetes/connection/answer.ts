import { z } from 'zod';
import { type Fact, unknown } from '../../model/values/fact.ts';
import type { Lookup } from '../../ports/cluster.ts';
import { type ListPage, readListPage } from './list-page.ts';
import { formatRight, type Right } from './right.ts';

/** Why a request has no result. `not-found` only when the API server itself says so of the object. */
export interface ApiFailure {
  readonly ok: false;
  readonly kind: 'forbidden' | 'not-found' | 'gone' | 'bad-request' | 'too-large' | 'failed';
  readonly why: string;
  /** For a 410: the token for an inconsistent continuation of the list. */
  readonly continueToken?: string;
}

export type ApiResult<T> = { readonly ok: true; readonly value: T } | ApiFailure;

/** An HTTP response, read to its end. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly location?: string;
  readonly body: string;
}

/** `Status` of apimachinery, reduced to the fields that matter here. */
const Status = z.object({
  kind: z.literal('Status'),
  message: z.string().optional(),
  reason: z.string().optional(),
  metadata: z.object({ continue: z.string().optional() }).nullish(),
});

/** A response as JSON. HTML, a redirect and anything else unexpected are failures that say what came instead. */
export function jsonResult(answer: RawAnswer): ApiResult<unknown> {
  if (answer.status < 200 || answer.status > 299) return clusterFailure(answer);
  const value = parseJson(answer.body);
  if (value !== undefined) return { ok: true, value };
  return failedAnswer(`the API server's address answered with ${describe(answer)}, not with JSON`);
}

/** A response as one page of a list. */
export function pageResult(answer: RawAnswer): ApiResult<ListPage> {
  if (answer.status < 200 || answer.status > 299) return clusterFailure(answer);
  const page = readListPage(answer.body);
  if (page !== undefined) return { ok: true, value: page };
  const whole = jsonResult(answer);
  return whole.ok ? failedAnswer('the API server answered with JSON that is not a list') : whole;
}

/** A response as text; an HTML page comes from a proxy or a login, never from a log. */
export function textResult(answer: RawAnswer): ApiResult<string> {
  if (answer.status < 200 || answer.status > 299) return clusterFailure(answer);
  if (answer.contentType.includes('text/html')) {
    return failedAnswer(`the API server's address answered with ${describe(answer)}, not with text`);
  }
  return { ok: true, value: answer.body };
}

/** A failure of no particular kind. */
export function failedAnswer(why: string): ApiFailure {
  return { ok: false, kind: 'failed', why };
}

/** The failure that a refusal, or a response of the wrong kind, stands for. */
export function clusterFailure(answer: RawAnswer): ApiFailure {
  const parsed = Status.safeParse(parseJson(answer.body));
  const status = parsed.success ? parsed.data : undefined;
  const message = (status?.message ?? '').slice(0, 300);
  const said = message === '' ? '' : `: ${message}`;
  switch (answer.status) {
    case 400:
      return { ok: false, kind: 'bad-request', why: `the API server refused the request${said}` };
    case 401:
      return failedAnswer(`the API server does not accept our credentials (401)${said}`);
    case 403:
      if (status !== undefined) return { ok: false, kind: 'forbidden', why: `not allowed${said}` };
      return failedAnswer(`something in front of the API server answered 403 with ${describe(answer)}`);
    case 404:
      // Unregistered paths answer `404 page not found`; only a Status refers to the object.
      if (status?.reason === 'NotFound') return { ok: false, kind: 'not-found', why: message };
      return failedAnswer(`the API server does not serve this kind (404 with ${describe(answer)})`);
    case 410: {
      const token = status?.metadata?.continue;
      const resume = token === undefined || token === '' ? {} : { continueToken: token };
      return { ok: false, kind: 'gone', why: `the list is too old (410)${said}`, ...resume };
    }
    case 429:
      return failedAnswer(`the API server is too busy (429)${said}`);
    default:
      if (answer.location !== undefined) {
        const host = URL.parse(answer.location)?.host ?? 'another address';
        return failedAnswer(
          `the API server's address redirects to ${host} (${answer.status}): a login page or a proxy?`,
        );
      }
      if (status === undefined && answer.body !== '') {
        return failedAnswer(`the API server's address answered ${answer.status} with ${describe(answer)}`);
      }
      return failedAnswer(`the API server answered ${answer.status}${said}`);
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function describe({ contentType, body }: RawAnswer): string {
  if (body.trim() === '') return 'an empty body';
  if (contentType.includes('text/html') || /^\s*<(?:!doctype|html)/i.test(body)) return 'an HTML page';
  if (contentType.includes('json')) return parseJson(body) === undefined ? 'broken JSON' : 'JSON of another shape';
  return contentType === '' ? 'something without a content type' : (contentType.split(';')[0] ?? contentType);
}

/** One object as a value that never throws: found, certainly absent, or unknown and why. */
export function toLookup<T>(result: ApiResult<T>, right: Right): Lookup<T> {
  if (result.ok) return { kind: 'found', value: result.value };
  if (result.kind === 'not-found') return { kind: 'absent' };
  const why = `cannot ${formatRight(right)}: ${result.why}`;
  return { kind: 'unknown', why, ...(result.kind === 'forbidden' ? { missingRight: formatRight(right) } : {}) };
}

/** The unknown fact that a failure amounts to. */
export function toUnknown<T>(failure: ApiFailure, right: Right): Fact<T> {
  const why = `cannot ${formatRight(right)}: ${failure.why}`;
  return unknown(why, failure.kind === 'forbidden' ? formatRight(right) : undefined);
}

/** Why part of a known fact is missing, in few words. */
export function because({
  why,
  missingRight,
}: {
  readonly why: string;
  readonly missingRight?: string | undefined;
}): string {
  return missingRight === undefined ? why : `no right to ${missingRight}`;
}
