import { z } from 'zod';

/**
 * A member of an enum that a later release added. It equals no known one, so it counts for nothing good: code that only
 * shows a record names it (`laterName`), and code that acts on the record refuses.
 */
const LaterMember = z.string().max(100).brand<'later member'>();
export type LaterMember = z.infer<typeof LaterMember>;

/** The members of an open enum that this version knows. */
export type KnownMember<T> = Exclude<T, LaterMember>;

/** An enum whose later members are read as well. They have a separate type, so switches stay exhaustive. */
export function openEnum<T extends string>(known: z.ZodType<T>): z.ZodUnion<[z.ZodType<T>, typeof LaterMember]> {
  return known.or(LaterMember);
}

/** What a table holds for a known member; undefined for a later one, whatever it is called. */
export function forKnown<K extends string, V>(
  table: Readonly<Partial<Record<K, V>>>,
  member: K | LaterMember,
): V | undefined {
  return Object.hasOwn(table, member) ? table[member as K] : undefined;
}

/** `a status this version does not know: stalled`; `what` is the noun with its article. */
export function laterName(what: string, member: string): string {
  return `${what} this version does not know: ${member}`;
}
