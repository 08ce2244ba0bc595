import { type AuditRecord, namesIn } from '../../model/audit/audit.ts';
import type { AuditTrail } from '../../ports/audit.ts';
import type { RedisClient } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { unlessWrongType } from '../redis/stored.ts';
import { recordOf } from './audit-entries.ts';

type About = Parameters<AuditTrail['history']>[1];

/**
 * The latest records of a workspace, cluster or workload. Records that the retention removed are dropped from the
 * history as they are found.
 */
export async function readHistory(
  client: RedisClient,
  keys: Keys,
  team: string,
  { cluster = '', workload = '', limit }: About,
): Promise<readonly AuditRecord[]> {
  if (limit < 1) return [];
  const key = keys.auditHistory(team, cluster, workload);
  const found: AuditRecord[] = [];
  for (let offset = 0; found.length < limit; offset += limit) {
    const members = (await unlessWrongType(client.zrevrange(key, offset, offset + limit - 1))) ?? [];
    const sequences = members.filter((member) => /^[1-9]\d{0,14}$/.test(member));
    const entries = await Promise.all(sequences.map((sequence) => entryAt(client, keys, sequence)));
    const records = entries.flatMap(({ record }) => (record === undefined ? [] : [record]));
    found.push(...records.filter((record) => isAbout(record, team, cluster, workload)));
    const oldest = sequences.at(-1);
    if (members.length < limit || oldest === undefined) break;
    if (entries.at(-1)?.present !== false) continue;
    await client.zremrangebyscore(key, '-inf', oldest);
    break;
  }
  return found.slice(0, limit);
}

async function entryAt(client: RedisClient, keys: Keys, sequence: string) {
  const [entry] = (await unlessWrongType(client.xrange(keys.audit, `${sequence}-0`, `${sequence}-0`))) ?? [];
  return { present: entry !== undefined, record: entry === undefined ? undefined : recordOf(entry).record };
}

/** A history may be forged; the record says what it is about. */
function isAbout({ event }: AuditRecord, team: string, cluster: string, workload: string): boolean {
  return (
    event.team === team &&
    (cluster === '' || event.cluster === cluster) &&
    (workload === '' || namesIn(event).includes(workload))
  );
}
