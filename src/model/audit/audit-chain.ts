import { createHash } from 'node:crypto';
import { canonicalJson } from '../values/canonical.ts';
import { type AuditRecord, auditRoot } from './audit.ts';

/** What the first record follows: nothing, or the last record that the retention removed. */
export type AuditAnchor = Pick<AuditRecord, 'sequence' | 'hash'>;

export const chainBegin: AuditAnchor = { sequence: 0, hash: auditRoot };

/** The result of checking a chain. */
export type ChainVerdict =
  | { readonly ok: true; readonly last: AuditAnchor }
  /** The first record that does not follow from the one before, and in which way. */
  | { readonly ok: false; readonly sequence: number; readonly why: string };

/** A place in the chain: its record, or undefined if nobody can read it. */
export interface ChainPlace {
  readonly sequence: number;
  readonly record: AuditRecord | undefined;
}

/**
 * Checks whether these records, oldest first, follow one another without a gap and are unchanged. It cannot detect
 * records removed from the end; an outside sink has them. For pages, pass `last` of one as `anchor` of the next.
 */
export function verifyChain(
  places: readonly (AuditRecord | ChainPlace)[],
  anchor: AuditAnchor = chainBegin,
): ChainVerdict {
  let last = anchor;
  for (const place of places) {
    const record = 'event' in place ? place : place.record;
    const why = mistakeOf(place.sequence, record, last);
    if (why !== undefined) return { ok: false, sequence: place.sequence, why };
    if (record !== undefined) last = { sequence: record.sequence, hash: record.hash };
  }
  return { ok: true, last };
}

function mistakeOf(sequence: number, record: AuditRecord | undefined, last: AuditAnchor): string | undefined {
  if (sequence !== last.sequence + 1) return `it follows ${last.sequence}: records between are missing`;
  if (record === undefined) return 'it cannot be read';
  if (record.previous !== last.hash) return 'it does not follow from the record before it';
  const { previous, event } = record;
  const hash = createHash('sha256').update(canonicalJson({ sequence, previous, event })).digest('hex');
  return hash === record.hash ? undefined : 'it is not what was written: its hash differs';
}
