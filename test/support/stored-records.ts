import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisClient } from '../../src/store/redis/connection.ts';

/** The value of a Redis key. */
export type StoredKey =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'hash'; readonly value: Readonly<Record<string, string>> }
  | { readonly type: 'list' | 'zset'; readonly value: readonly string[] }
  | { readonly type: 'stream'; readonly value: readonly (readonly [id: string, fields: readonly string[]])[] };

/** Everything that a release left in Redis, by key without its prefix, and the key that the bot's signatures verify by. */
export interface StoredRecords {
  readonly publicKey: string;
  readonly keys: Readonly<Record<string, StoredKey>>;
}

/** Records as version 1 of the product stored them. */
export function storedRecords(name: 'sandbox' | 'simulated'): StoredRecords {
  return JSON.parse(fixture(name)) as StoredRecords;
}

/** Jobs as version 1 of the product queued them. */
export function storedJobs(): readonly { readonly name: string; readonly data: unknown }[] {
  return JSON.parse(fixture('jobs')) as { name: string; data: unknown }[];
}

/** Puts the records into Redis below this prefix, as they were. */
export async function restore(client: RedisClient, prefix: string, { keys }: StoredRecords): Promise<void> {
  for (const [name, stored] of Object.entries(keys)) await restoreKey(client, `{${prefix}}:${name}`, stored);
}

async function restoreKey(client: RedisClient, key: string, stored: StoredKey): Promise<void> {
  switch (stored.type) {
    case 'string':
      await client.set(key, stored.value);
      return;
    case 'hash':
      await client.hset(key, stored.value);
      return;
    case 'list':
      await client.rpush(key, ...stored.value);
      return;
    case 'zset':
      for (let index = 0; index < stored.value.length; index += 2) {
        await client.zadd(key, stored.value[index + 1] ?? '0', stored.value[index] ?? '');
      }
      return;
    case 'stream':
      for (const [id, fields] of stored.value) await client.xadd(key, id, ...fields);
      return;
    default:
      stored satisfies never;
  }
}

/** The records at keys of one kind (`approval`, `message`), with their texts and the team they belong to. */
export function recordsOf({ keys }: StoredRecords, kind: string) {
  return Object.entries(keys).flatMap(([key, stored]) => {
    const [team = '', found = '', id = ''] = key.split(':');
    if (found !== kind) return [];
    const text =
      stored.type === 'string' ? stored.value : stored.type === 'hash' ? (stored.value['record'] ?? '') : undefined;
    return text === undefined ? [] : [{ team, id: decodeURIComponent(id), text }];
  });
}

function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, `../fixtures/records/${name}.json`), 'utf8');
}
