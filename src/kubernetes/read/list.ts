import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { z } from 'zod';
import type { Reading } from '../../ports/cluster.ts';
import { type ApiResult, failedAnswer } from '../connection/answer.ts';
import { type Api, metadataOfList } from '../connection/api.ts';

/** A list to read. What to keep of each object is decided page by page, to use little memory. */
export interface ListRequest<S, T> {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Only metadata, without spec and status. */
  readonly metadataOnly?: boolean;
  /** Maximum number of objects per page, for large objects. */
  readonly pageSize?: number;
  readonly schema: z.ZodType<S>;
  /** Undefined for objects that are not wanted. */
  readonly project: (object: S) => T | undefined;
}

/** The kept objects, and those with an unexpected shape. */
export interface Listed<T> {
  readonly items: T[];
  readonly unreadable: string[];
  /** Of the first page: a watch from there misses nothing, even if later pages are newer. */
  readonly resourceVersion: string;
}

const Nameable = z.object({ metadata: z.object({ name: z.string() }) });

/** Milliseconds between two pauses for the event loop. */
const sliceMs = 2;

/**
 * Reads all pages of a list. After a 410 in the middle it continues once from the token that the server offers (newer
 * and inconsistent, which is good enough for a diagnosis), or starts over once.
 */
export async function readAll<S, T>(
  api: Api,
  wanted: ListRequest<S, T>,
  pageSize: number,
  reading: Reading,
): Promise<ApiResult<Listed<T>>> {
  const limit = String(Math.min(pageSize, wanted.pageSize ?? pageSize));
  const accept = wanted.metadataOnly === true ? { accept: metadataOfList } : {};
  const pageFrom = (token: string) => {
    const query = { ...wanted.query, limit, ...(token === '' ? {} : { continue: token }) };
    return api.list({ path: wanted.path, query, ...accept }, reading);
  };
  let listed: Listed<T> | undefined;
  let token = '';
  let restarted = false;
  let coming = pageFrom(token);
  for (;;) {
    const result = await coming;
    if (!result.ok) {
      if (result.kind !== 'gone' || token === '' || restarted) return result;
      restarted = true;
      token = result.continueToken ?? '';
      if (token === '') listed = undefined;
      coming = pageFrom(token);
      continue;
    }
    const { items, continueToken: next, resourceVersion } = result.value;
    listed ??= { items: [], unreadable: [], resourceVersion };
    if (next !== '' && next === token) return failedAnswer('the API server gives the same page again and again');
    // The next page is requested while this one is processed.
    if (next !== '') coming = pageFrom(next);
    if (!(await collect(items, wanted, listed))) return failedAnswer('the API server answered with broken JSON');
    if (next === '') return { ok: true, value: listed };
    token = next;
  }
}

/** False if an object of the page has an unexpected shape. */
async function collect<S, T>(objects: Iterable<unknown>, wanted: ListRequest<S, T>, into: Listed<T>): Promise<boolean> {
  await yieldToOthers();
  let sinceMs = performance.now();
  for (const object of objects) {
    if (performance.now() - sinceMs > sliceMs) {
      await yieldToOthers();
      sinceMs = performance.now();
    }
    if (object === undefined) return false;
    const parsed = wanted.schema.safeParse(object);
    if (!parsed.success) {
      const named = Nameable.safeParse(object);
      into.unreadable.push(named.success ? named.data.metadata.name : 'an object without a name');
      continue;
    }
    const kept = wanted.project(parsed.data);
    if (kept !== undefined) into.items.push(kept);
  }
  return true;
}
