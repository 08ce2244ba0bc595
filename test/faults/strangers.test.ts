import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClosing } from '../../src/sandbox/parts/closing.ts';
import { startSlack } from '../../src/sandbox/slack/index.ts';
import { startRedis } from '../support/redis.ts';
import { signed } from '../support/slack-fake.ts';
import { type Role, startRole } from './processes.ts';

const megabyte = 1024 * 1024;
const secret = 'sandbox-signing-secret';
const closing = createClosing();
let bot: Role;
let port: number;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-strangers-'));
  closing.add(() => rm(directory, { recursive: true, force: true }));
  const redis = await startRedis();
  closing.add(() => redis.close());
  const slack = await startSlack({ now: () => new Date(), limits: false });
  closing.add(() => slack.stop());
  const file = join(directory, 'bot.yaml');
  const config = {
    clusters: [{ id: 'one', context: 'one' }],
    slack: { mode: 'http', port: 0, apiUrl: slack.apiUrl },
    redis: { url: redis.url, urlEnv: 'IMAGECHECK_FAULTS_REDIS_URL' },
    policy: { ask: [{ users: ['U0ANA'] }] },
  };
  await writeFile(file, JSON.stringify(config));
  const { privateKey } = generateKeyPairSync('ed25519');
  bot = await startRole('bot', file, {
    NODE_OPTIONS: '--max-old-space-size=256',
    SLACK_BOT_TOKEN: slack.workspace.app.botToken,
    SLACK_SIGNING_SECRET: secret,
    IMAGECHECK_SIGNING_KEY: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  });
  closing.add(() => bot.kill());
  port = Number(/"port":(\d+)/.exec(bot.log())?.[1]);
}, 60_000);
afterAll(() => closing.close());

let triggers = 0;

/** A command as Slack sends it; resolves with its status once it is acknowledged. */
async function command(): Promise<number> {
  triggers += 1;
  const body = new URLSearchParams({
    command: '/imagecheck',
    text: 'help',
    user_id: 'U0ANA',
    team_id: 'T0SANDBOX',
    channel_id: 'C0INCIDENT',
    trigger_id: `strangers-${triggers}`,
    response_url: 'http://127.0.0.1:9/response',
  }).toString();
  const response = await fetch(`http://127.0.0.1:${port}/slack/events`, {
    method: 'POST',
    body,
    // Slack opens connections, and proxies keep them.
    headers: { ...signed(secret, body), ...(triggers % 2 === 0 ? { connection: 'close' } : {}) },
    signal: AbortSignal.timeout(3000),
  });
  expect(await response.text()).toContain('finds out why');
  return response.status;
}

/** In MB, of memory that is in use now; what lies in swap counts. */
async function memory(): Promise<number> {
  const status = await readFile(`/proc/${bot.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

interface Strangers {
  /** How many connections are open. */
  readonly open: () => number;
  readonly leave: () => void;
}

/** Opens connections and lets `speak` write into each until all of them are gone. */
function strangers(count: number, speak: (socket: Socket) => void, everyMs?: number): Strangers {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1', () => speak(socket));
    socket.on('error', () => {}).on('data', () => {});
    return socket;
  });
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable && !socket.connecting) speak(socket);
  }, everyMs ?? 1_000_000);
  return {
    open: () => sockets.filter((socket) => !socket.closed).length,
    leave: () => {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}

const forged = (): string =>
  `x-slack-signature: v0=${'a'.repeat(64)}\r\nx-slack-request-timestamp: ${Math.floor(Date.now() / 1000)}\r\n`;
const post = (headers: string): string => `POST /slack/events HTTP/1.1\r\nhost: bot\r\n${headers}\r\n`;
const part = Buffer.alloc(megabyte - 1, 'a');
const crumbs = '1\r\na\r\n'.repeat(100);

/** Speaks the first words once, and then goes on with others. */
function opening(first: () => string | Buffer, further: () => string | Buffer): (socket: Socket) => void {
  const begun = new WeakSet<Socket>();
  return (socket) => {
    socket.write(begun.has(socket) ? further() : first());
    begun.add(socket);
  };
}

const attacks: readonly (readonly [string, () => Strangers])[] = [
  [
    'unsigned requests of 4 MB that never end',
    () =>
      strangers(120, (socket) => {
        socket.write(post(`content-length: ${4 * megabyte}\r\n`));
        for (let sent = 0; sent < 4; sent++) socket.write(part);
      }),
  ],
  [
    'requests of 4 MB with a forged signature',
    () =>
      strangers(120, (socket) => {
        socket.write(post(`${forged()}content-length: ${4 * megabyte}\r\n`));
        for (let sent = 0; sent < 4; sent++) socket.write(part);
      }),
  ],
  [
    'requests of 1 MB with a forged signature that never end',
    () =>
      strangers(120, (socket) => {
        socket.write(post(`${forged()}content-length: ${megabyte}\r\n`));
        socket.write(part);
      }),
  ],
  [
    'chunks of one byte without end',
    () =>
      strangers(
        120,
        opening(
          () => post(`${forged()}transfer-encoding: chunked\r\n`),
          () => crumbs,
        ),
        100,
      ),
  ],
  [
    'headers that drip',
    () =>
      strangers(
        600,
        opening(
          () => 'POST /slack/events HTTP/1.1\r\n',
          () => 'x: y\r\n',
        ),
        300,
      ),
  ],
  [
    'bodies that drip',
    () =>
      strangers(
        600,
        opening(
          () => post(`${forged()}content-length: 90000\r\n`),
          () => 'a',
        ),
        300,
      ),
  ],
  ['connections that say nothing', () => strangers(600, () => {})],
  [
    'many requests at once on one connection',
    () => strangers(120, (socket) => socket.write(post(`${forged()}content-length: 4\r\n`).concat('abcd').repeat(500))),
  ],
];

describe('a bot with a heap of 256 MB, attacked by strangers', () => {
  it.each(attacks)(
    'acknowledges a signed command within three seconds during %s',
    { timeout: 40_000 },
    async (_, attack) => {
      await command();
      const before = await memory();
      const crowd = attack();
      try {
        let most = before;
        const until = performance.now() + 4000;
        while (performance.now() < until) {
          expect(await command()).toBe(200);
          most = Math.max(most, await memory());
          await wait(100);
        }
        expect(most - before, 'MB more than before').toBeLessThan(96);
        expect(most, 'MB in all').toBeLessThan(320);
        // What is unfinished after five seconds is closed.
        await expect.poll(crowd.open, { timeout: 12_000 }).toBe(0);
      } finally {
        crowd.leave();
      }
      expect(await command()).toBe(200);
      expect(bot.alive()).toBe(true);
    },
  );

  it('says in a few lines of its log that it refused them', () => {
    const lines = bot
      .log()
      .split('\n')
      .filter((line) => line.includes('Slack did not sign'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(15);
  });
});
