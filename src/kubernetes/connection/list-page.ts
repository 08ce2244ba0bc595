import { z } from 'zod';
import { foreignList } from '../../model/values/foreign.ts';

/** Characters of a page that is parsed in one go: it takes at most 3 ms, and leaves little garbage. */
const smallPage = 300_000;

/**
 * One page of a list, its objects without their `managedFields`. Items of a large page are parsed one at a time as they
 * are taken: garbage from a whole page would outlive the page.
 */
export interface ListPage {
  /** Empty on the last page. */
  readonly continueToken: string;
  /** The version of the list's snapshot, where a watch can continue; empty when the server names none. */
  readonly resourceVersion: string;
  /** Characters of the page as it arrived. */
  readonly size: number;
  /** An item that is not JSON becomes undefined, which no JSON value is. */
  readonly items: Iterable<unknown>;
}

const Head = z.object({
  metadata: z.object({ continue: z.string().optional(), resourceVersion: z.string().optional() }).nullish(),
});
/** Go writes an empty list as null. */
const Whole = Head.extend({ items: foreignList(z.unknown(), { most: 100_000 }).nullable() });

/** Reads a list as an API server writes it; undefined for anything else. */
export function readListPage(body: string): ListPage | undefined {
  const parsed = body.length <= smallPage ? readWhole(body) : undefined;
  if (parsed !== undefined) return parsed;
  const split = splitItems(body);
  if (split === undefined) return readWhole(body);
  const head = Head.safeParse(parseJson(split.head));
  return head.success
    ? { ...placeOf(head.data), size: body.length, items: parsedOneByOne(body, split.items) }
    : undefined;
}

function readWhole(body: string): ListPage | undefined {
  const whole = Whole.safeParse(parseJson(body));
  return whole.success ? { ...placeOf(whole.data), size: body.length, items: whole.data.items ?? [] } : undefined;
}

function placeOf({ metadata }: z.infer<typeof Head>): Omit<ListPage, 'items' | 'size'> {
  return { continueToken: metadata?.continue ?? '', resourceVersion: metadata?.resourceVersion ?? '' };
}

function parsedOneByOne(body: string, items: readonly Span[]): Iterable<unknown> {
  return {
    *[Symbol.iterator]() {
      for (const [from, to] of items) yield parseJson(body.slice(from, to));
    },
  };
}

/** Undefined for invalid JSON. */
function parseJson(text: string): unknown {
  const short = withoutManagedFields(text);
  const parsed = short === text ? undefined : parseOrUndefined(short);
  return parsed ?? parseOrUndefined(text);
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const managedFieldsKey = ',"managedFields":[{"';

/**
 * Who wrote which field is 40 % of a pod, two thirds of the time of parsing it, and nothing that a list is read for.
 * Nothing below `managedFields` is an array, so the first `}]` ends it; where a string holds one, the rest is invalid JSON.
 */
function withoutManagedFields(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let at = text.indexOf(managedFieldsKey); at >= 0; at = text.indexOf(managedFieldsKey, from)) {
    const end = text.indexOf('}]', at);
    if (end < 0) break;
    kept.push(text.slice(from, at));
    from = end + 2;
  }
  return from === 0 ? text : kept.join('') + text.slice(from);
}

/** Start and end of a value in a text. */
type Span = readonly [from: number, to: number];

/**
 * Finds the objects in the list's own `items`, and the rest of the text without them. Undefined when the text is not
 * written as API servers write lists (no spaces between tokens, objects as items): then it is parsed whole.
 */
function splitItems(body: string): { readonly head: string; readonly items: readonly Span[] } | undefined {
  const start = itemsOf(body);
  if (start === undefined) return undefined;
  const items: Span[] = [];
  let at = start;
  while (body[at] === '{') {
    const end = endOfValue(body, at);
    if (end === undefined) return undefined;
    items.push([at, end]);
    if (body[end] === ']') return { head: `${body.slice(0, start)}${body.slice(end)}`, items };
    if (body[end] !== ',') return undefined;
    at = end + 1;
  }
  return undefined;
}

const itemsKey = '"items":[';

/** The position of the first item: the key must belong to the outermost object, not to something inside it. */
function itemsOf(body: string): number | undefined {
  if (body[0] !== '{') return undefined;
  let at = 1;
  while (body[at] === '"') {
    if (body.startsWith(itemsKey, at)) return at + itemsKey.length;
    const colon = endOfString(body, at);
    if (colon === undefined || body[colon] !== ':') return undefined;
    const end = endOfValue(body, colon + 1);
    if (end === undefined || body[end] !== ',') return undefined;
    at = end + 1;
  }
  return undefined;
}

/** The position after a string, an object or an array; undefined for any other value, or when it does not end. */
function endOfValue(body: string, from: number): number | undefined {
  if (body[from] === '"') return endOfString(body, from);
  let depth = 0;
  for (let at = from; at < body.length; at += 1) {
    const character = body[at];
    if (character === '"') {
      const end = endOfString(body, at);
      if (end === undefined) return undefined;
      at = end - 1;
    } else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth === 0) return character === '}' || character === ']' ? at + 1 : undefined;
  }
  return undefined;
}

function endOfString(body: string, from: number): number | undefined {
  for (let at = body.indexOf('"', from + 1); at >= 0; at = body.indexOf('"', at + 1)) {
    let slashes = 0;
    while (body[at - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return undefined;
}
