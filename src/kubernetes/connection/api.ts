import { setTimeout as wait } from 'node:timers/promises';
import { BodyTooLarge, type ByteBudget, type HeldBody } from '../../memory/byte-budget.ts';
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
  /** The caller releases the page. */
  list(wanted: ApiRequest, reading: Reading): Promise<ApiResult<HeldPage>>;
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

/** A page whose text is held until it is released. */
export interface HeldPage extends ListPage {
  release(): void;
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
export function createApi(
  server: string,
  connection: Connection,
  credentials: Renewable,
  bytes: Pick<ByteBudget, 'body'>,
): Api {
  const place = { server, connection, credentials, bytes };
  const used = async <T>(wanted: ApiRequest, reading: Reading, use: (answer: RawAnswer) => ApiResult<T>) => {
    const { held, result } = await receive(place, wanted, reading, use);
    held.release();
    return result;
  };
  return {
    json: (wanted, reading) => used(wanted, reading, jsonResult),
    text: (wanted, reading) => used(wanted, reading, textResult),
    async list(wanted, reading) {
      const { held, result } = await receive(place, wanted, reading, pageResult);
      if (result.ok) return { ok: true, value: { ...result.value, release: () => held.release() } };
      held.release();
      return result;
    },
    async stream(wanted, { signal }) {
      const receiving = { held: bytes.body(), signal };
      const settled = await settle(() => openOnce(server, connection, wanted, receiving), place, signal);
      receiving.held.release();
      if (!settled.ok) return settled;
      const { open } = settled.value;
      return open === undefined ? clusterFailure(settled.value) : { ok: true, value: valuesOf(open, server, signal) };
    },
    change: (wanted, reading) => sendChange(place, wanted, reading),
    close: () => connection.close(),
  };
}

/** What requests to one server share. */
interface Place {
  readonly server: string;
  readonly connection: Connection;
  readonly credentials: Renewable;
  readonly bytes: Pick<ByteBudget, 'body'>;
}

/** Reads a whole response, whose text is held until the caller releases it. */
async function receive<T>(
  place: Place,
  wanted: ApiRequest,
  { signal }: Reading,
  use: (answer: RawAnswer) => ApiResult<T>,
): Promise<{ readonly held: HeldBody; readonly result: ApiResult<T> }> {
  const held = place.bytes.body();
  const send = () => sendOnce(place.server, place.connection, wanted, { held, signal });
  const settled = await settle(send, place, signal);
  return { held, result: settled.ok ? use(settled.value) : settled };
}

async function sendChange(
  { server, connection, credentials, bytes }: Place,
  wanted: ApiRequest,
  { signal }: Reading,
): Promise<Sent> {
  const held = bytes.body();
  for (let renewed = false; ; renewed = true) {
    const outcome = await sendOnce(server, connection, wanted, { held, signal });
    held.release();
    if (outcome.kind === 'unproven') return { kind: 'broken', why: outcome.why, maybeDone: false };
    if (outcome.kind === 'broken') {
      const why = brokenBecause(outcome.error, server, signal);
      return { kind: 'broken', why, maybeDone: mayHaveArrived(outcome.error) };
    }
    const { answer, retryAfter } = outcome;
    if (answer.status === 401 && !renewed && credentials.forget()) continue;
    return { kind: 'answered', answer, retryAfterMs: retryAfterMs(retryAfter) };
  }
}

/** Retries until a response is final, or retrying makes no sense any more. */
async function settle<A extends RawAnswer>(
  send: () => Promise<Attempt<A>>,
  { server, credentials }: Pick<Place, 'server' | 'credentials'>,
  signal: AbortSignal,
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
    if (delayMs !== undefined && (await pause(delayMs, signal))) continue;
    if (outcome.kind === 'answered') return { ok: true, value: outcome.answer };
    const why = brokenBecause(outcome.error, server, signal);
    return outcome.error instanceof BodyTooLarge ? { ok: false, kind: 'too-large', why } : failedAnswer(why);
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
