import { z } from 'zod';
import { jsonOf } from './stored.ts';

/** What a stored text turned out to be. Nothing that lies in Redis makes a reader throw. */
export type Decoded<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'absent' }
  /** Written by a newer release: kept for it, and neither acted on nor taken for garbage. */
  | { readonly kind: 'foreign'; readonly version: number }
  /** Not written by this product, or damaged. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** Writes and reads one kind of record. */
export interface RecordFormat<T> {
  encode(value: T): string;
  decode(text: string | null | undefined): Decoded<T>;
}

interface Versions<T, P> {
  /**
   * Whether the release before could not read this value whole. It is written as the version after then, so that this
   * release takes it for foreign and not for garbage. Both have the same schema.
   */
  readonly isWider?: (value: T) => boolean;
  /** Counts the shapes of this record; writers write this one. */
  readonly version: number;
  readonly schema: z.ZodType<T>;
  /**
   * How the shape before looked: processes of two releases share the records during an upgrade
   * (docs/architecture.md#records).
   */
  readonly previous?: { readonly schema: z.ZodType<P>; readonly upgrade: (old: P) => T };
}

const Envelope = z.object({ v: z.number().int(), d: z.unknown() });

/**
 * A record is `{"v": version, "d": data}`; the reader accepts its own version and the previous one, and tells a newer one
 * by its version alone.
 */
export function recordFormat<T, P = never>({ version, schema, previous, isWider }: Versions<T, P>): RecordFormat<T> {
  const newest = isWider === undefined ? version : version + 1;
  return {
    encode: (value) => JSON.stringify({ v: isWider?.(value) === true ? newest : version, d: z.encode(schema, value) }),
    decode: (text) => {
      if (text === null || text === undefined) return { kind: 'absent' };
      const envelope = Envelope.safeParse(jsonOf(text));
      if (!envelope.success) return { kind: 'unreadable', why: 'no record' };
      const { v, d } = envelope.data;
      if (v === version || v === newest) return read(schema, d);
      if (v === version - 1 && previous !== undefined) {
        const old = read(previous.schema, d);
        return old.kind === 'value' ? { kind: 'value', value: previous.upgrade(old.value) } : old;
      }
      if (v > newest) return { kind: 'foreign', version: v };
      return { kind: 'unreadable', why: `version ${v} is older than what is read here` };
    },
  };
}

/** The value, or undefined when there is none that can be read. */
export function valueOf<T>(decoded: Decoded<T>): T | undefined {
  return decoded.kind === 'value' ? decoded.value : undefined;
}

function read<T>(schema: z.ZodType<T>, data: unknown): Decoded<T> {
  const parsed = schema.safeParse(data);
  return parsed.success
    ? { kind: 'value', value: parsed.data }
    : { kind: 'unreadable', why: z.prettifyError({ issues: parsed.error.issues.slice(0, 10) }) };
}
