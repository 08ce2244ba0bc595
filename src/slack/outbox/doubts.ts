import type { OutboxRow } from '../../ports/outbox.ts';

/**
 * Updates that Slack did not answer. It may still carry one out, after the update that followed, and then the message
 * shows an old state. So what followed is sent once more when that is over, and counts as posted only then.
 */
export interface Doubts {
  /** An update of this message was not answered. */
  raise(id: string, nowMs: number): void;
  /** Slack took an update: whether it has to be sent once more. */
  remain(row: OutboxRow, nowMs: number): boolean;
  /** The rows without those that are shown as wanted and only wait to be sent once more. */
  without(rows: readonly OutboxRow[], nowMs: number): readonly OutboxRow[];
  /** When the next of these may be sent once more; undefined if none waits. */
  nextMs(rows: readonly OutboxRow[], nowMs: number): number | undefined;
}

/** Slack answers within seconds, or not at all. */
const lateMs = 10_000;

export function createDoubts(): Doubts {
  const doubts = new Map<string, { readonly untilMs: number; shownRevision?: number }>();
  const waits = ({ message: { id }, wantedRevision }: OutboxRow, nowMs: number): number | undefined => {
    const doubt = doubts.get(id);
    return doubt !== undefined && doubt.shownRevision === wantedRevision && nowMs < doubt.untilMs
      ? doubt.untilMs
      : undefined;
  };
  return {
    raise: (id, nowMs) => void doubts.set(id, { untilMs: nowMs + lateMs }),
    remain: ({ message: { id }, wantedRevision }, nowMs) => {
      const doubt = doubts.get(id);
      if (doubt !== undefined && nowMs < doubt.untilMs) {
        doubt.shownRevision = wantedRevision;
        return true;
      }
      doubts.delete(id);
      return false;
    },
    without: (rows, nowMs) => rows.filter((row) => waits(row, nowMs) === undefined),
    nextMs: (rows, nowMs) => {
      const times = rows.flatMap((row) => waits(row, nowMs) ?? []);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}
