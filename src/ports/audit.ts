import type { AuditEvent, AuditRecord } from '../model/audit/audit.ts';

/** The audit stream: appended to, never changed. */
export interface AuditTrail {
  /** Events that belong to no change of a record: refusals. Appended exactly once per `key`. */
  append(events: readonly AuditEvent[], key?: string): Promise<void>;
  /** Oldest first, a page at a time; `after` is the sequence of the last one seen, `sinceMs` a moment (epoch). */
  read(from: {
    readonly after?: number;
    readonly sinceMs?: number;
    readonly limit: number;
  }): Promise<readonly AuditRecord[]>;
  /** Newest first, of one workload (`NAMESPACE/deployment/web`) of one cluster, or of all. */
  history(
    team: string,
    about: { readonly cluster?: string; readonly workload?: string; readonly limit: number },
  ): Promise<readonly AuditRecord[]>;
}

/** How far a sink has come. One process at a time delivers to a sink: whoever holds its cursor. */
export interface AuditCursors {
  /**
   * Takes the cursor for this holder, or renews it. Gives the sequence of the last record that arrived (0 at first), or
   * undefined while another live holder has it. Where that record is not in the chain (any more), it begins again at 0:
   * sent twice rather than never.
   */
  take(sink: string, holder: string, leaseMs: number): Promise<number | undefined>;
  /** Everything up to this record arrived; false when the cursor was lost to another holder. */
  advance(sink: string, holder: string, record: AuditRecord): Promise<boolean>;
  release(sink: string, holder: string): Promise<void>;
}

/** Where audit records go besides Redis. Throws when they did not arrive; then they are sent again. */
export interface AuditSink {
  readonly name: string;
  send(records: readonly AuditRecord[]): Promise<void>;
}
