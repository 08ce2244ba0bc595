import { expect, test } from 'vitest';
import type { z } from 'zod';
import type { Snapshot } from '../../../src/model/snapshot/snapshot.ts';
import type { SnapshotFile } from '../../../src/model/snapshot/snapshot-schema.ts';

/** A type whose every field can be written, as schemas infer theirs. */
type Writable<T> = T extends readonly (infer E)[]
  ? Writable<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Writable<T[K]> }
    : T;

/** `true`, or a type that nothing is assigned to: the names of the fields, optional ones included, must be the same. */
type Same<A, B> = [A] extends [B]
  ? [B] extends [A]
    ? [Deep<A>] extends [Deep<B>]
      ? [Deep<B>] extends [Deep<A>]
        ? true
        : never
      : never
    : never
  : never;
type Deep<T> = T extends readonly (infer E)[] ? Deep<E>[] : T extends object ? { [K in keyof T]-?: Deep<T[K]> } : T;

type Read = z.infer<typeof SnapshotFile>['snapshot'];

test('a saved snapshot has every field that a snapshot has', () => {
  // A field that only one of the two knows does not compile.
  const isSame: Same<Writable<Snapshot>, Writable<Read>> = true;
  expect(isSame).toBe(true);
});
