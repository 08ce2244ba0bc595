import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { Report, storedReport } from '../model/finding/report.ts';
import type { Reports } from '../ports/records.ts';
import type { RedisClient } from './redis/connection.ts';
import type { Keys } from './redis/keys.ts';
import { recordFormat, valueOf } from './redis/record.ts';
import { jsonOf } from './redis/stored.ts';

const Stored = z.discriminatedUnion('encoding', [
  z.object({ encoding: z.literal('plain'), report: Report }),
  z.object({ encoding: z.literal('gzip'), body: z.string() }),
]);
const format = recordFormat({ version: 1, schema: Stored });

/** A stored report that unpacks to more than this is not one of ours. */
const largestReportBytes = 16 * 1024 * 1024;

export interface ReportsOptions {
  readonly ttlMs: number;
  /** Reports whose JSON is longer are stored compressed; Infinity turns that off. */
  readonly compressAboveBytes: number;
}

/** Finished reports in Redis; they leave after their time to live. */
export function createReports(client: RedisClient, keys: Keys, options: ReportsOptions): Reports {
  return {
    save: async (team, report) => {
      const id = randomUUID();
      const text = JSON.stringify(storedReport(report));
      const record = format.encode(
        text.length > options.compressAboveBytes
          ? { encoding: 'gzip', body: (await promisify(gzip)(text)).toString('base64') }
          : { encoding: 'plain', report },
      );
      await client.set(keys.report(team, id), record, 'PX', options.ttlMs);
      return id;
    },
    get: async (team, reportId) => {
      const stored = valueOf(format.decode(await client.get(keys.report(team, reportId))));
      if (stored === undefined || stored.encoding === 'plain') return stored?.report;
      return Report.safeParse(await unpacked(stored.body)).data;
    },
  };
}

async function unpacked(body: string): Promise<unknown> {
  try {
    const bytes = await promisify(gunzip)(Buffer.from(body, 'base64'), { maxOutputLength: largestReportBytes });
    return jsonOf(bytes.toString());
  } catch {
    return undefined;
  }
}
