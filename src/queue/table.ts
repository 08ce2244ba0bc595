import { z } from 'zod';
import { classOf, type JobClass, jobs } from '../jobs.ts';

/** The jobs that both ends of a queue know: payload and class of each. */
export type JobTable = Readonly<Record<string, { readonly payload: z.ZodType; readonly jobClass: JobClass }>>;

/** The product's own table. */
export const jobTable: JobTable = Object.fromEntries(
  Object.entries(jobs).map(([name, payload]) => [name, { payload, jobClass: classOf[name as keyof typeof jobs] }]),
);

export type Payload =
  | { readonly kind: 'payload'; readonly data: unknown }
  | { readonly kind: 'refused'; readonly why: string };

/** Parses a payload from the queue. An unknown job or a payload of a newer release is refused with a reason. */
export function readPayload(table: JobTable, name: string, data: unknown): Payload {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined) return { kind: 'refused', why: `there is no job ${JSON.stringify(name.slice(0, 60))} here` };
  const parsed = entry.payload.safeParse(data);
  if (parsed.success) return { kind: 'payload', data: parsed.data };
  return { kind: 'refused', why: `its payload has another shape (${z.prettifyError(parsed.error).slice(0, 300)})` };
}
