/** One operation of a JSON patch (RFC 6902), as far as we send them. */
export type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** A JSON pointer (RFC 6901): `/metadata/annotations/imagecheck.dev~1last-approval`. */
export function pointer(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * Tests that this value is there. Null tests that the field is absent, which the API server accepts as long as what
 * holds the field is there (evanphx/json-patch; seen on 1.36).
 */
export function test(path: string, value: unknown): PatchOperation {
  return { op: 'test', path, value: value ?? null };
}

/** Tests a field's present value and puts another in its place; undefined is "not there". */
export function exchange(path: string, present: unknown, wanted: unknown): readonly PatchOperation[] {
  const guard = test(path, present);
  if (wanted !== undefined) return [guard, { op: 'add', path, value: wanted }];
  return present === undefined ? [guard] : [guard, { op: 'remove', path }];
}

/** Sets entries of a map that may not be there; each only while it is as it was seen. */
export function setEntries(
  path: string,
  present: Readonly<Record<string, string>> | null | undefined,
  wanted: Readonly<Record<string, string>>,
): readonly PatchOperation[] {
  if (present == null) return exchange(path, undefined, wanted);
  return Object.entries(wanted).flatMap(([key, value]) =>
    exchange(`${path}${pointer(key)}`, Object.hasOwn(present, key) ? present[key] : undefined, value),
  );
}
