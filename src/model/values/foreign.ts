import { z } from 'zod';

/**
 * Data whose sender is not ours: registries, clusters, chat. zod collects an issue for every element that does not fit,
 * so one answer of 4 MB could take a gigabyte. Lists and records of such data are read with the schemas of this file,
 * which stop at the first element that does not fit and know how many there may be.
 */

/** How many elements a list or record may have. */
export interface Bound {
  readonly most: number;
  /** More make it invalid; with `left out`, the first ones are the value. */
  readonly beyond?: 'refused' | 'left out';
}

/** More than any list or record of a Kubernetes object has: one object is at most 1.5 MB. */
const usual: Bound = { most: 10_000 };

type Items<T> = z.ZodType<T[]>;
type Entries<T> = z.ZodType<Record<string, T>>;
type Context = z.RefinementCtx;

/** A list; the only issue is that of its first element that does not fit. */
export function foreignList<T>(item: z.ZodType<T>, { most, beyond }: Bound = usual): Items<T> {
  return z.unknown().transform((value, context) => {
    if (!Array.isArray(value)) return invalid(context, 'expected a list');
    if (value.length > most && beyond !== 'left out') return invalid(context, `more than ${most} elements`);
    const kept: T[] = [];
    for (let at = 0; at < value.length && at < most; at += 1) {
      const parsed = item.safeParse(value[at]);
      if (!parsed.success) return firstOf(parsed.error, at, context);
      kept.push(parsed.data);
    }
    return kept;
  });
}

/** A record by any names; the only issue is that of its first value that does not fit. */
export function foreignRecord<T>(item: z.ZodType<T>, { most, beyond }: Bound = usual): Entries<T> {
  return z.unknown().transform((value, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return invalid(context, 'expected an object');
    }
    const kept: Record<string, T> = {};
    let count = 0;
    for (const name in value) {
      // Assigning it would replace the prototype.
      if (name === '__proto__' || !Object.hasOwn(value, name)) continue;
      count += 1;
      if (count > most) return beyond === 'left out' ? kept : invalid(context, `more than ${most} entries`);
      const parsed = item.safeParse((value as Record<string, unknown>)[name]);
      if (!parsed.success) return firstOf(parsed.error, name, context);
      kept[name] = parsed.data;
    }
    return kept;
  });
}

function invalid(context: Context, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

/** Passes the first issue of an element on, with its place. */
function firstOf({ issues: [first] }: z.ZodError, at: number | string, context: Context): never {
  context.addIssue({ code: 'custom', message: first?.message ?? 'invalid', path: [at, ...(first?.path ?? [])] });
  return z.NEVER;
}

/**
 * JSON of at most `mostValues` values, or undefined if it is not JSON or has more: a value takes up to fifty times the
 * memory of its text. Counted are brackets, braces and commas.
 */
export function foreignJson(text: string, mostValues: number): { readonly json: unknown } | undefined {
  if (hasMoreValues(text, mostValues)) return undefined;
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const bracket = 0x5b;
const brace = 0x7b;

function hasMoreValues(text: string, most: number): boolean {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === comma || code === bracket || code === brace) {
      count += 1;
      if (count > most) return true;
    }
  }
  return false;
}

/** Where the string that begins here ends; the end of the text if it does not. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
