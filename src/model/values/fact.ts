/** Something we tried to learn. Failing to learn it is data, never an exception (docs/architecture.md#facts). */
export type Fact<T> =
  | {
      readonly known: true;
      readonly value: T;
      /** What had to be left out of the value and why, as people would say it; belongs to "Not seen". */
      readonly incomplete?: readonly string[];
    }
  | { readonly known: false; readonly why: string; readonly missingRight?: string };

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
