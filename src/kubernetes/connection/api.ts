import { setTimeout as wait } from 'node:timers/promises';
import type { Reading } from '../../ports/cluster.ts';
import {
  type ApiResult,
  clusterFailure,
  failedAnswer,
  jsonResult,
  pageResult,
  type RawAnswer,
  textResult,
} from './answer.ts';
import type { Connection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { jsonLines, type StreamPart } from './json-lines.ts';
import type { ListPage } from './list-page.ts';
import {
  type ApiRequest,
  type Attempt,
  brokenBecause,
  mayHaveArrived,
  openOnce,
  sendOnce,
  wasDropped,
} from './send.ts';

/** Requests that never throw: whatever the server or the network does becomes a result. */
export interface Api {
  json(wanted: ApiRequest, reading: Reading): Promise<ApiResult<unknown>>;
  list(wanted: ApiRequest, reading: Reading): Promise<ApiResult<ListPage>>;
  text(wanted: ApiRequest, reading: Reading): Promise<ApiResult<string>>;
  /**
   * Opens a body that stays open, such as a watch, and yields its values as they arrive. The values end with the body
   * or with the signal; a caller that stops reading closes the connection. A failure midway is the last part.
   */
  stream(wanted: ApiRequest, reading: Reading): Promise<ApiResult<AsyncIterable<StreamPart>>>;
  /**
   * Sends a change once; only a 401, on which no server has acted, is retried with new credentials. The caller has to
   * look before asking for the same change again.
   */
  change(wanted: ApiRequest & Required<Pick<ApiRequest, 'method'>>, reading: Reading): Promise<Sent>;
  close(): Promise<void>;
}

/** The outcome of a change that was sent. */
export type Sent =
  | { readonly kind: 'answered'; readonly answer: RawAnswer; readonly retryAfterMs: number | undefined }
  /** `maybeDone`: the server may have carried it out. */
  | { readonly kind: 'broken'; readonly why: string; readonly maybeDone: boolean };

/**
 * Asks for objects without spec and status; a server that cannot do that sends whole objects. The API server takes the
 * first form that it knows at all, and answers 406 if that is the list form and the response is one object.
 */
export const metadataOfObject = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/** The same for a list. */
export const metadataOfList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** Credentials that may be refreshed. */
type Renewable = Pick<Credentials, 'forget'>;

const maxAttempts = 3;
/** Objects of the API server are at most 3 MB (etcd's limit is 1.5 MB); a line of a watch holds one. */
const maxLineBytes = 8 * 1024 * 1024;
/** If a server asks for a longer wait than this, it is reported instead of waited for. */
const maxRetryAfterMs = 5_000;

/**
 * Requests to one server. 429, 5xx and dropped connections are retried twice within the deadline, honouring
 * Retry-After; a 401 is retried once when credentials can be refreshed (client-go does both).
 */
export function createApi(server: string, connection: Connection, credentials: Renewable): Api {
  const place = { server, credentials };
  const whole = (wanted: ApiRequest, reading: Reading) =>
    settle(() => sendOnce(server, connection, wanted, reading.signal), place, reading);
  return {
    async json(wanted, reading) {
      const settled = await whole(wanted, reading);
      return settled.ok ? jsonResult(settled.value) : settled;
    },
    async list(wanted, reading) {
      const settled = await whole(wanted, reading);
      return settled.ok ? pageResult(settled.value) : settled;
    },
    async text(wanted, reading) {
      const settled = await whole(wanted, reading);
      return settled.ok ? textResult(settled.value) : settled;
    },
    async stream(wanted, reading) {
      const settled = await settle(() => openOnce(server, connection, wanted, reading.signal), place, reading);
      if (!settled.ok) return settled;
      const { open } = settled.value;
      return open === undefined
        ? clusterFailure(settled.value)
        : { ok: true, value: valuesOf(open, server, reading.signal) };
    },
    async change(wanted, reading) {
      for (let renewed = false; ; renewed = true) {
        const outcome = await sendOnce(server, connection, wanted, reading.signal);
        if (outcome.kind === 'unproven') return { kind: 'broken', why: outcome.why, maybeDone: false };
        if (outcome.kind === 'broken') {
          const why = brokenBecause(outcome.error, server, reading.signal);
          return { kind: 'broken', why, maybeDone: mayHaveArrived(outcome.error) };
        }
        const { answer, retryAfter } = outcome;
        if (answer.status === 401 && !renewed && credentials.forget()) continue;
        return { kind: 'answered', answer, retryAfterMs: retryAfterMs(retryAfter) };
      }
    },
    close: () => connection.close(),
  };
}

/** Retries until a response is final, or retrying makes no sense any more. */
async function settle<A extends RawAnswer>(
  send: () => Promise<Attempt<A>>,
  { server, credentials }: { readonly server: string; readonly credentials: Renewable },
  reading: Reading,
): Promise<ApiResult<A>> {
  let renewed = false;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await send();
    if (outcome.kind === 'unproven') return failedAnswer(outcome.why);
    const refused = outcome.kind === 'answered' && outcome.answer.status === 401;
    if (refused && !renewed && credentials.forget()) {
      renewed = true;
      continue;
    }
    const delayMs = attempt < maxAttempts ? retryDelay(outcome, attempt) : undefined;
    if (delayMs !== undefined && (await pause(delayMs, reading.signal))) continue;
    if (outcome.kind === 'answered') return { ok: true, value: outcome.answer };
    return failedAnswer(brokenBecause(outcome.error, server, reading.signal));
  }
}

async function* valuesOf(
  body: AsyncIterable<Uint8Array>,
  server: string,
  signal: AbortSignal,
): AsyncGenerator<StreamPart, void, undefined> {
  try {
    yield* jsonLines(body, maxLineBytes);
  } catch (error) {
    if (!signal.aborted) yield { kind: 'broken', why: brokenBecause(error, server, signal) };
  }
}

/** Milliseconds until the next try; undefined for no further try. */
function retryDelay(outcome: Attempt, attempt: number): number | undefined {
  const backoffMs = 100 * 4 ** (attempt - 1) * (0.75 + Math.random() / 2);
  if (outcome.kind === 'broken') return wasDropped(outcome.error) ? backoffMs : undefined;
  if (outcome.kind === 'unproven') return undefined;
  const { status } = outcome.answer;
  if (status !== 429 && (status < 500 || status === 501)) return undefined;
  const asked = retryAfterMs(outcome.retryAfter);
  if (asked === undefined) return backoffMs;
  return asked <= maxRetryAfterMs ? asked : undefined;
}

/** Retry-After is seconds or an HTTP date (RFC 9110 section 10.2.3). */
function retryAfterMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

async function pause(delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(delayMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
