import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { z } from 'zod';
import type { ByteBudget } from '../../memory/byte-budget.ts';
import type { Reading } from '../../ports/cluster.ts';
import { type ApiResult, failedAnswer } from '../connection/answer.ts';
import { type Api, type HeldPage, metadataOfList } from '../connection/api.ts';
import { heapBytes } from './heap-bytes.ts';
import { shortened } from './shortened.ts';

/** Where lists are read, and within which limits. */
export interface ListSource {
  readonly api: Pick<Api, 'list'>;
  /** Objects per page. */
  readonly pageSize: number;
  readonly bytes: Pick<ByteBudget, 'keep'>;
}

/** A list to read. What to keep of each object is decided page by page, to use little memory. */
export interface ListRequest<S, T> {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Only metadata, without spec and status. */
  readonly metadataOnly?: boolean;
  /** Maximum number of objects per page, for large objects. */
  readonly pageSize?: number;
  /** Keeps long text as it is, for what is compared or written back. */
  readonly whole?: boolean;
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
  /** The rest was not read, because the question has no room left for it. */
  readonly isCut?: true;
}

const Nameable = z.object({ metadata: z.object({ name: z.string() }) });

/** Milliseconds between two pauses for the event loop. */
const sliceMs = 2;

/**
 * Reads all pages of a list. After a 410 in the middle it continues once from the token that the server offers (newer
 * and inconsistent, which is good enough for a diagnosis), or starts over once.
 */
export async function readAll<S, T>(
  source: ListSource,
  wanted: ListRequest<S, T>,
  reading: Reading,
): Promise<ApiResult<Listed<T>>> {
  const pages = pagesOf(source, wanted, reading);
  let listed: Listed<T> | undefined;
  let token = '';
  let restarted = false;
  let coming = pages.from(token);
  for (;;) {
    const result = await coming;
    if (!result.ok) {
      if (result.kind !== 'gone' || token === '' || restarted) return result;
      restarted = true;
      token = result.continueToken ?? '';
      if (token === '') listed = undefined;
      coming = pages.from(token);
      continue;
    }
    const { continueToken: next, resourceVersion } = result.value;
    listed ??= { items: [], unreadable: [], resourceVersion };
    // The next page is requested while this one is processed.
    const following = next === '' || next === token ? undefined : pages.from(next);
    const read = await collect(result.value, source, wanted, listed, reading).finally(() => result.value.release());
    if (read === 'all' && following !== undefined) {
      coming = following;
      token = next;
      continue;
    }
    void following?.then((unused) => unused.ok && unused.value.release());
    if (read === 'broken') return failedAnswer('the API server answered with broken JSON');
    if (read === 'no-room') return { ok: true, value: { ...listed, isCut: true } };
    if (next !== '') return failedAnswer('the API server gives the same page again and again');
    return { ok: true, value: listed };
  }
}

/** Larger pages are given up and requested again with fewer objects: one object has at most about 1.5 MB. */
const largePageBytes = 4 * 1024 * 1024;

/** The pages of one list, whose sizes follow the objects: fewer after a page that was too large, then more again. */
function pagesOf<S, T>({ api, pageSize }: ListSource, wanted: ListRequest<S, T>, reading: Reading) {
  const most = Math.min(pageSize, wanted.pageSize ?? pageSize);
  const accept = wanted.metadataOnly === true ? { accept: metadataOfList } : {};
  let limit = most;
  return {
    async from(token: string): Promise<ApiResult<HeldPage>> {
      for (;;) {
        const query = { ...wanted.query, limit: String(limit), ...(token === '' ? {} : { continue: token }) };
        const mostBytes = limit === 1 ? {} : { mostBytes: largePageBytes };
        const result = await api.list({ path: wanted.path, query, ...accept, ...mostBytes }, reading);
        if (result.ok && result.value.size < largePageBytes / 4) limit = Math.min(most, limit * 2);
        if (result.ok || result.kind !== 'too-large' || limit === 1) return result;
        limit = Math.max(1, Math.floor(limit / 4));
      }
    },
  };
}

/** Adds the objects of a page: all of them, or up to one that is broken or for which there is no room. */
async function collect<S, T>(
  { items }: HeldPage,
  { bytes }: ListSource,
  wanted: ListRequest<S, T>,
  into: Listed<T>,
  { signal }: Reading,
): Promise<'all' | 'broken' | 'no-room'> {
  const counted = new Set<unknown>();
  await yieldToOthers();
  let sinceMs = performance.now();
  for (const object of items) {
    if (performance.now() - sinceMs > sliceMs) {
      await yieldToOthers();
      sinceMs = performance.now();
    }
    if (object === undefined) return 'broken';
    const parsed = wanted.schema.safeParse(object);
    if (!parsed.success) {
      const named = Nameable.safeParse(object);
      into.unreadable.push(named.success ? named.data.metadata.name : 'an object without a name');
      continue;
    }
    const kept = wanted.project(wanted.whole === true ? parsed.data : shortened(parsed.data));
    if (kept === undefined) continue;
    if (!bytes.keep(heapBytes(kept, counted), signal)) return 'no-room';
    into.items.push(kept);
  }
  return 'all';
}
