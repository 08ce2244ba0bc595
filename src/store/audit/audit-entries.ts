import type { AuditRecord } from '../../model/audit/audit.ts';
import type { RedisClient } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { valueOf } from '../redis/record.ts';
import { unlessWrongType } from '../redis/stored.ts';
import { auditRecords } from './audit-chain.ts';

/** An entry of the stream as Redis returns it. */
export type AuditEntry = readonly [id: string, fields: readonly string[]];

/** Entries from this id on, oldest first; an invalid record is undefined. */
export async function range(client: RedisClient, keys: Keys, from: string, limit: number) {
  if (limit < 1) return [];
  const entries = (await unlessWrongType(client.xrange(keys.audit, from, '+', 'COUNT', limit))) ?? [];
  return entries.map(recordOf);
}

/** The id decides which record it is: one that claims another sequence is invalid. */
export function recordOf([id, fields]: AuditEntry): {
  readonly sequence: number;
  readonly record: AuditRecord | undefined;
} {
  const sequence = Number.parseInt(id, 10);
  const record = valueOf(auditRecords.decode(fieldOf(fields, 'record')));
  return { sequence, record: record?.sequence === sequence && id.endsWith('-0') ? record : undefined };
}

/** A field of an entry, which is a list of names and values. */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  const index = fields.findIndex((field, at) => at % 2 === 0 && field === name);
  return index < 0 ? undefined : fields[index + 1];
}
