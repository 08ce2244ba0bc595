import { z } from 'zod';
import { isWorkload, type Subject } from './subject.ts';

/** Something that has a subject, or leaves it open. */
interface About {
  readonly subject?: Subject | undefined;
}

/**
 * How a part of a record that is about a subject is stored: a workload as `workload`, everything else as `subject`.
 * Version 1 of the records knows only workloads, so processes of two releases read the same record during an upgrade,
 * and digests and signatures, which cover the stored form, stay the same.
 */
export function aboutSubject<T extends z.ZodType<About>>(
  schema: T,
): z.ZodCodec<z.ZodRecord<z.ZodString, z.ZodUnknown>, T> {
  return z.codec(z.record(z.string(), z.unknown()), schema, {
    decode: ({ workload, ...stored }) =>
      // The schema itself parses it afterwards.
      (workload === undefined ? stored : { ...stored, subject: workload }) as z.input<T>,
    encode: (value) => storedForm(value as About),
  });
}

/** The stored form of one such part. */
export function storedForm<T extends About>({ subject, ...rest }: T): Omit<T, 'subject'> & Record<string, unknown> {
  if (subject === undefined) return rest;
  return isWorkload(subject) ? { ...rest, workload: subject } : { ...rest, subject };
}
