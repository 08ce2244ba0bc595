import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AuditDelivery, startAuditDelivery } from '../../../src/flows/audit/deliver-audit.ts';
import { createAuditWebhook } from '../../../src/http/audit-webhook.ts';
import type { AuditRecord } from '../../../src/model/audit/audit.ts';
import { verifyChain } from '../../../src/model/audit/audit-chain.ts';
import { Secret } from '../../../src/model/values/secret.ts';
import { sampleEvent } from '../../support/approval-samples.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { openStore, type TestStore } from '../../support/store.ts';

let redis: TestRedis;
let store: TestStore;
let server: Server;
let status: number;
let got: AuditRecord[];
let batches: number[];
let logged: string[];
const deliveries: AuditDelivery[] = [];

beforeEach(async () => {
  redis = await startRedis();
  store = await openStore(redis.url, 'worker');
  [status, got, batches, logged] = [200, [], [], []];
  server = createServer((request, response) => {
    void json(request).then((body) => {
      const { records } = body as { records: AuditRecord[] };
      if (status === 200) got.push(...records);
      batches.push(records.length);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await Promise.all(deliveries.splice(0).map((delivery) => delivery.stop(2000)));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await store.end();
  await redis.close();
});

function deliver(holder: string, over: { leaseMs?: number } = {}): AuditDelivery {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const sink = createAuditWebhook({ url: new URL(`http://127.0.0.1:${address.port}/`), token: new Secret('tok-5f2d') });
  const log = (fields: unknown, message?: string) => void logged.push(JSON.stringify([fields, message]));
  const delivery = startAuditDelivery(
    [sink],
    { audit: store.audit, holder, log: { warn: log, error: log } as never },
    { everyMs: 10, batch: 10, leaseMs: over.leaseMs ?? 5000, longestBackoffMs: 40 },
  );
  deliveries.push(delivery);
  return delivery;
}
const append = (count: number) => store.audit.append(Array.from({ length: count }, () => sampleEvent()));
const sequences = () => got.map(({ sequence }) => sequence);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('delivery', () => {
  test('brings everything in order and in batches, by one of two processes at a time', async () => {
    await append(35);
    deliver('a');
    deliver('b');
    await expect.poll(sequences).toEqual(upTo(35));
    await append(5);
    await expect.poll(sequences).toEqual(upTo(40));
    expect(Math.max(...batches)).toBe(10);
    expect(verifyChain(got)).toMatchObject({ ok: true });
  });

  test('loses nothing while the sink is down, and says so without the token', async () => {
    status = 503;
    await append(12);
    deliver('a');
    await expect.poll(() => batches.length).toBeGreaterThan(3);
    await append(12);
    expect(got).toEqual([]);
    status = 200;
    await expect.poll(sequences).toEqual(upTo(24));
    expect(logged.join()).toContain('answered 503');
    expect(logged.join()).not.toContain('tok-5f2d');
  });

  test('goes on with another process where the first one stopped', async () => {
    await append(3);
    const first = deliver('a');
    await expect.poll(sequences).toEqual(upTo(3));
    await first.stop(2000);
    await append(3);
    deliver('b', { leaseMs: 60_000 });
    await expect.poll(sequences).toEqual(upTo(6));
  });

  test('goes on after Redis was away', async () => {
    await append(3);
    deliver('a');
    await expect.poll(sequences).toEqual(upTo(3));
    await redis.stop('SIGTERM');
    await redis.start();
    await append(3);
    await expect.poll(sequences, { timeout: 10_000 }).toEqual(upTo(6));
  });
});
