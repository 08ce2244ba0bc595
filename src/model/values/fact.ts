import { z } from 'zod';
import type { DeepReadonly } from './deep-readonly.ts';

/** What a fact may have besides its value. */
const Extent = z.object({
  /** What had to be left out of the value and why, as people would say it; belongs to "Not seen". */
  incomplete: z.array(z.string()).exactOptional(),
});
const Unlearned = z.object({ known: z.literal(false), why: z.string(), missingRight: z.string().exactOptional() });

interface Learned<T> extends DeepReadonly<z.infer<typeof Extent>> {
  readonly known: true;
  readonly value: T;
}

/** Something we tried to learn. Failing to learn it is data, never an exception (docs/architecture.md#facts). */
export type Fact<T> = Learned<T> | DeepReadonly<z.infer<typeof Unlearned>>;

/** The schema of a fact whose value has this schema. */
export function factSchema<Value extends z.ZodType>(value: Value) {
  return z.discriminatedUnion('known', [z.object({ known: z.literal(true), value, ...Extent.shape }), Unlearned]);
}

/** A fact that was learned; `incomplete` says what is missing from it. */
export function known<T>(value: T, incomplete: readonly string[] = []): Fact<T> {
  return { known: true, value, ...(incomplete.length === 0 ? {} : { incomplete }) };
}

/** A fact that could not be learned, and why; `missingRight` names the RBAC right, such as `get secrets`. */
export function unknown<T>(why: string, missingRight?: string): Fact<T> {
  return { known: false, why, ...(missingRight === undefined ? {} : { missingRight }) };
}

/** The value of a fact, or `otherwise` when it is not known. */
export function valueOr<T>(fact: Fact<T>, otherwise: T): T {
  return fact.known ? fact.value : otherwise;
}

/** The same fact about something derived from its value. */
export function mapFact<T, U>(fact: Fact<T>, change: (value: T) => U): Fact<U> {
  return fact.known ? known(change(fact.value), fact.incomplete) : fact;
}
