import type { AuditEvent, AuditRecord } from '../model/audit/audit.ts';

/** The audit stream: append-only. */
export interface AuditTrail {
  /** Events that belong to no change of a record: refusals. Appended exactly once per `key`. */
  append(events: readonly AuditEvent[], key?: string): Promise<void>;
  /** Oldest first, one page at a time; `after` is the sequence of the last record seen, `sinceMs` a time (epoch). */
  read(from: {
    readonly after?: number;
    readonly sinceMs?: number;
    readonly limit: number;
  }): Promise<readonly AuditRecord[]>;
  /** Newest first, for one workload (`NAMESPACE/deployment/web`) of one cluster, or for all. */
  history(
    team: string,
    about: { readonly cluster?: string; readonly workload?: string; readonly limit: number },
  ): Promise<readonly AuditRecord[]>;
}

/** How far a sink has got. One process at a time delivers to a sink: the one that holds its cursor. */
export interface AuditCursors {
  /**
   * Takes the cursor for this holder, or renews it. Returns the sequence of the last delivered record (0 at first), or
   * undefined while another live holder has it. If that record is not in the chain (any more), delivery starts again at
   * 0: sent twice rather than never.
   */
  take(sink: string, holder: string, leaseMs: number): Promise<number | undefined>;
  /** Records that everything up to this record was delivered; false if another holder has taken the cursor. */
  advance(sink: string, holder: string, record: AuditRecord): Promise<boolean>;
  release(sink: string, holder: string): Promise<void>;
}

/** Where audit records go besides Redis. Throws if they were not delivered; then they are sent again. */
export interface AuditSink {
  readonly name: string;
  send(records: readonly AuditRecord[]): Promise<void>;
}
