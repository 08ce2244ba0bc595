/** One operation of a JSON patch (RFC 6902), limited to those that we send. */
export type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** A JSON pointer (RFC 6901): `/metadata/annotations/imagecheck.dev~1last-approval`. */
export function pointer(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * Tests that this value is there. Null tests that the field is absent, which the API server accepts if the field's
 * parent exists (evanphx/json-patch; seen on 1.36).
 */
export function test(path: string, value: unknown): PatchOperation {
  return { op: 'test', path, value: value ?? null };
}

/** Tests a field's current value and replaces it; undefined means absent. */
export function exchange(path: string, present: unknown, wanted: unknown): readonly PatchOperation[] {
  const guard = test(path, present);
  if (wanted !== undefined) return [guard, { op: 'add', path, value: wanted }];
  return present === undefined ? [guard] : [guard, { op: 'remove', path }];
}

/** Sets entries of a map that may not exist; each only while it is as it was seen. */
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
