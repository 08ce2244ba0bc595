import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../src/model/audit/audit.ts';
import { sampleEvent } from '../support/approval-samples.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { openStore, type TestStore } from '../support/store.ts';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'imagecheck-audit-'));
let redis: TestRedis;
let store: TestStore;

beforeAll(async () => {
  redis = await startRedis();
  store = await openStore(redis.url, 'worker', { prefix: 'imagecheck' });
  await store.audit.append([
    sampleEvent({ approval: 'AAAAAAAA' }),
    sampleEvent({ action: 'rejected', approval: 'AAAAAAAA', actor: 'U2', detail: '=cmd|"x"\n\u001b[31mred' }),
    sampleEvent({
      action: 'executed',
      approval: 'BBBBBBBB',
      actor: 'worker:w1',
      cluster: 'prod-eu',
      workloads: ['data/statefulset/db'],
      before: 'web:1',
      after: 'web:2',
    }),
  ]);
});
afterAll(async () => {
  await store.end();
  await redis.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function audit(args: readonly string[], url = redis.url): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), 'audit', ...args], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
      HOME: directory,
      REDIS_URL: url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}
async function sequences(...args: readonly string[]): Promise<readonly number[]> {
  const { code, out, err } = await audit([...args, '--json']);
  expect([code, err]).toEqual([0, '']);
  return (JSON.parse(out) as readonly AuditRecord[]).map(({ sequence }) => sequence);
}

describe('imagecheck audit', () => {
  test('lists when, what, who and what came of it, and no text moves the terminal', async () => {
    const { code, out, err } = await audit([]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^\S+Z {2}requested {4}AAAAAAAA {2}force-repull {4,}dev-eu prod\/deployment\/web {2}by U1 in C1\n/,
    );
    expect(out).toMatch(/rejected .* by U2 in C1\n {6}=cmd\|"x"\n {6}\ufffd\[31mred\n/);
    expect(out).toMatch(/executed .* prod-eu data\/statefulset\/db .*\n {6}before: web:1\n {6}after: {2}web:2\n$/);
  });

  test.each([
    [[], [1, 2, 3]],
    [
      ['--since', '30d'],
      [1, 2, 3],
    ],
    [['--approval', 'bbbbbbbb'], [3]],
    [
      ['--workload', 'prod/deploy/web'],
      [1, 2],
    ],
    [['--workload', 'prod/deployment/api'], []],
    [['--cluster', 'prod-eu'], [3]],
  ])('%j as JSON gives the records %j', async (args, expected) => {
    expect(await sequences(...args)).toEqual(expected);
  });

  test('as CSV holds no formula', async () => {
    const { code, out } = await audit(['--csv', '--approval', 'AAAAAAAA']);
    expect(code).toBe(0);
    expect(out.startsWith('sequence,at,action,team,cluster,approval,remedy,workloads,actor,')).toBe(true);
    expect(out).toContain(`"'=cmd|""x""\n\u001b[31mred"`);
    expect(out.endsWith('\r\n')).toBe(true);
  });

  test.each([
    [['extra'], /is an unexpected argument/],
    [['--since', 'yesterday'], /yesterday isn’t a duration/],
    [['--workload', 'web'], /isn’t a workload/],
    [['--json', '--csv'], /exclude each other/],
    [['--verify', '--since', '1d'], /whole chain; leave --since out/],
  ])('%j is a mistake of whoever typed it', async (args, message) => {
    const { code, err } = await audit(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  test('says that the chain is whole, then where it is broken, and that Redis is not there', async () => {
    const whole = await audit(['--verify']);
    expect([whole.code, whole.out]).toEqual([0, expect.stringMatching(/^WHOLE: records 1 to 3 /)]);
    await store.client.xdel('{imagecheck}:audit', '2-0');
    const broken = await audit(['--verify']);
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/^BROKEN at record 3: it follows 1: records between are missing/);
    const nowhere = 'redis://127.0.0.1:1';
    const [away, alsoAway] = await Promise.all([audit(['--verify'], nowhere), audit([], nowhere)]);
    expect(away.code).toBe(3);
    expect(away.err).toMatch(/^cannot connect to Redis.*ECONNREFUSED/);
    expect(alsoAway.code).toBe(3);
  }, 30_000);
});
