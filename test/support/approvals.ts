import { type Approval, isToReview, workingStates } from '../../src/model/approval/approval.ts';
import { type AuditEvent, type AuditRecord, chained } from '../../src/model/audit/audit.ts';
import type { Approvals } from '../../src/ports/approvals.ts';
import type { AuditTrail } from '../../src/ports/audit.ts';

/** Approvals and the audit stream in memory, with the promises of the ports. */
export interface MemoryChanges {
  readonly approvals: Approvals;
  readonly audit: AuditTrail;
  readonly events: () => readonly AuditEvent[];
  /** Writes what no port would, like someone with full access to Redis. */
  forge(approval: Approval): void;
  stored(id: string): Approval | undefined;
}

interface Row {
  text: string;
  /** How long it has been waiting for someone; reset when it is assigned. */
  dueSinceMs: number;
  /** A look before this moment was not asked for. */
  notBeforeMs: number;
  holder?: string | undefined;
  deaths: number;
  heldUntilMs: number;
  givenAtMs: number;
}

/** `clock` gives the store's own time in milliseconds. */
export function memoryChanges(clock: () => number = () => Date.now()): MemoryChanges {
  const rows = new Map<string, Row>();
  const records: AuditRecord[] = [];
  const keys = new Set<string>();
  const keyOf = (team: string, id: string): string => `${team} ${id}`;
  const add = (events: readonly AuditEvent[]): void => {
    for (const event of events) records.push(chained(event, records.at(-1)));
  };
  const read = (row: Row): Approval => JSON.parse(row.text) as Approval;
  const isWorking = (row: Row): boolean => workingStates.includes(read(row).state);
  const freshRow = (approval: Approval, dueInMs = 0): Row => ({
    text: JSON.stringify(approval),
    dueSinceMs: clock() + dueInMs,
    notBeforeMs: clock() + dueInMs,
    heldUntilMs: 0,
    deaths: 0,
    givenAtMs: Number.NEGATIVE_INFINITY,
  });
  const named = (row: Row) => {
    const { team, id, cluster, state } = read(row);
    return { team, id, cluster, state };
  };
  const isFree = (row: Row): boolean => row.holder === undefined || row.heldUntilMs <= clock();
  // Everything is asynchronous over a network; this reveals code that relies on less.
  const later = async <T>(work: () => T): Promise<T> => {
    await Promise.resolve();
    return work();
  };

  const approvals: Approvals = {
    create: (approval, change) =>
      later(() => {
        const key = keyOf(approval.team, approval.id);
        if (rows.has(key)) return 'exists';
        rows.set(key, freshRow({ ...approval, revision: 0 }, change.dueInMs));
        add(change.audit);
        return 'created';
      }),
    get: (team, id) =>
      later(() => {
        const row = rows.get(keyOf(team, id));
        return row === undefined ? undefined : read(row);
      }),
    change: (next, change) =>
      later(() => {
        const row = rows.get(keyOf(next.team, next.id));
        if (row === undefined || read(row).revision !== next.revision) return undefined;
        const stored = { ...next, revision: next.revision + 1 };
        row.text = JSON.stringify(stored);
        row.dueSinceMs = clock() + (change.dueInMs ?? 0);
        row.notBeforeMs = row.dueSinceMs;
        if (!workingStates.includes(next.state)) row.holder = undefined;
        add(change.audit);
        return structuredClone(stored);
      }),
    deaths: (team, id) =>
      later(() => {
        const row = rows.get(keyOf(team, id));
        if (row === undefined) return 0;
        const isHeld = row.holder !== undefined;
        return isHeld && row.heldUntilMs > clock() ? 0 : row.deaths + Number(isHeld);
      }),
    hold: (team, id, holder, leaseMs, mostDeaths = Number.MAX_SAFE_INTEGER) =>
      later(() => {
        const row = rows.get(keyOf(team, id));
        if (row === undefined || !isWorking(row)) return false;
        if (row.holder !== undefined && row.holder !== holder && row.heldUntilMs > clock()) return false;
        const deaths = row.deaths + Number(row.holder !== undefined && row.holder !== holder);
        if (row.holder !== holder && deaths > mostDeaths) return false;
        row.deaths = deaths;
        row.holder = holder;
        row.heldUntilMs = clock() + leaseMs;
        row.dueSinceMs = row.heldUntilMs;
        return true;
      }),
    renew: (team, id, holder, leaseMs) =>
      later(() => {
        const row = rows.get(keyOf(team, id));
        if (row?.holder !== holder || row.heldUntilMs <= clock()) return false;
        row.heldUntilMs = clock() + leaseMs;
        row.dueSinceMs = row.heldUntilMs;
        return true;
      }),
    release: (team, id, holder) =>
      later(() => {
        const row = rows.get(keyOf(team, id));
        if (row?.holder !== holder) return;
        row.holder = undefined;
        row.dueSinceMs = row.notBeforeMs > clock() ? row.notBeforeMs : Number.NEGATIVE_INFINITY;
      }),
    due: (olderThanMs) =>
      later(() =>
        [...rows.values()]
          .filter((row) => isWorking(row) && isFree(row) && clock() - row.dueSinceMs >= olderThanMs)
          .map((row) => {
            row.dueSinceMs = clock();
            return named(row);
          }),
      ),
    expired: (olderThanMs) =>
      later(() =>
        [...rows.values()]
          .filter((row) => {
            const { state, expiresAt } = read(row);
            return (
              state === 'pending' && Date.parse(expiresAt ?? '') <= clock() && clock() - row.givenAtMs >= olderThanMs
            );
          })
          .map((row) => {
            row.givenAtMs = clock();
            return named(row);
          }),
      ),
    list: (team, { cluster, states, toReview, limit }) =>
      later(() =>
        [...rows.values()]
          .map(read)
          .filter(
            (each) =>
              each.team === team &&
              (cluster === undefined || each.cluster === cluster) &&
              (toReview !== true || isToReview(each)) &&
              (states === undefined || states.includes(each.state)),
          )
          .toReversed()
          .slice(0, limit),
      ),
  };
  const audit: AuditTrail = {
    append: (events, key) =>
      later(() => {
        if (key !== undefined && keys.has(key)) return;
        if (key !== undefined) keys.add(key);
        add(events);
      }),
    read: ({ after = 0, sinceMs = 0, limit }) =>
      later(() =>
        records.filter(({ sequence, event }) => sequence > after && Date.parse(event.at) >= sinceMs).slice(0, limit),
      ),
    history: (team, { cluster, workload, limit }) =>
      later(() =>
        records
          .filter(
            ({ event }) =>
              event.team === team &&
              (cluster === undefined || event.cluster === cluster) &&
              (workload === undefined || event.workloads.includes(workload)),
          )
          .toReversed()
          .slice(0, limit),
      ),
  };
  return {
    approvals,
    audit,
    events: () => records.map(({ event }) => event),
    forge: (approval) => void rows.set(keyOf(approval.team, approval.id), freshRow(approval)),
    stored: (id) => [...rows.values()].map(read).find((each) => each.id === id),
  };
}
