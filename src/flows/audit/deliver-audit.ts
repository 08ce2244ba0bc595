import { setTimeout as after } from 'node:timers/promises';
import { reasonOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { AuditCursors, AuditSink, AuditTrail } from '../../ports/audit.ts';
import { within } from '../../timing/within.ts';

/** What delivery reads and remembers. */
export interface AuditDeliveryDeps {
  readonly audit: Pick<AuditTrail, 'read'> & AuditCursors & { trim(): Promise<number> };
  /** Unique per process. */
  readonly holder: string;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

export interface AuditDeliveryOptions {
  /** How often to look for new records; default 1 s. */
  readonly everyMs?: number;
  /** Records sent in one batch; default 100. */
  readonly batch?: number;
  /** Longer than one `send` may take; default 30 s. */
  readonly leaseMs?: number;
  /** The longest wait after failures; default 60 s. */
  readonly longestBackoffMs?: number;
  /** How often the retention is applied; default 10 min. */
  readonly trimEveryMs?: number;
}

/** Something that runs until it is stopped. */
export interface AuditDelivery {
  /** Sends nothing more; waits until the deadline for the batch in progress. */
  stop(deadlineMs: number): Promise<void>;
}

/**
 * Delivers audit records to the sinks: in order, at least once, by one process at a time, starting after the last
 * delivered record. What a sink does not accept is sent again later; nothing is left out. Also applies the retention,
 * even without sinks.
 */
export function startAuditDelivery(
  sinks: readonly AuditSink[],
  deps: AuditDeliveryDeps,
  options: AuditDeliveryOptions = {},
): AuditDelivery {
  const stopping = new AbortController();
  const loops = sinks.map((sink) => deliverForever(sink, deps, options, stopping.signal));
  loops.push(trimForever(deps, options.trimEveryMs ?? 600_000, stopping.signal));
  return {
    stop: async (deadlineMs) => {
      stopping.abort();
      await within(deadlineMs, Promise.all(loops), () => {});
    },
  };
}

/** Sends what this sink has not received yet. False if another process delivers to it. Throws if the sink fails. */
export async function deliverAudit(
  sink: AuditSink,
  { audit, holder }: Pick<AuditDeliveryDeps, 'audit' | 'holder'>,
  how: { readonly batch: number; readonly leaseMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  for (;;) {
    const sent = await audit.take(sink.name, holder, how.leaseMs);
    if (sent === undefined) return false;
    const records = await audit.read({ after: sent, limit: how.batch });
    const last = records.at(-1);
    if (last === undefined || how.signal.aborted) return true;
    await sink.send(records);
    if (!(await audit.advance(sink.name, holder, last))) return false;
  }
}

async function deliverForever(
  sink: AuditSink,
  deps: AuditDeliveryDeps,
  { everyMs = 1000, batch = 100, leaseMs = 30_000, longestBackoffMs = 60_000 }: AuditDeliveryOptions,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await deliverAudit(sink, deps, { batch, leaseMs, signal });
      failures = 0;
    } catch (error) {
      failures += 1;
      deps.log.warn({ sink: sink.name, failures, reason: reasonOf(error) }, 'could not deliver audit records');
      // Another process may reach what this one cannot.
      await release(sink, deps);
    }
    await pause(Math.min(everyMs * 2 ** Math.min(failures, 16), Math.max(everyMs, longestBackoffMs)), signal);
  }
  await release(sink, deps);
}

async function trimForever({ audit, log }: AuditDeliveryDeps, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await audit.trim();
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'could not remove old audit records');
    }
    await pause(everyMs, signal);
  }
}

async function release(sink: AuditSink, { audit, holder, log }: AuditDeliveryDeps): Promise<void> {
  try {
    await audit.release(sink.name, holder);
  } catch (error) {
    log.warn({ sink: sink.name, reason: reasonOf(error) }, 'could not release the audit sink lease');
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await after(milliseconds, undefined, { signal }).catch(() => {});
}
