import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aclCommands, aclOf } from '../../../src/store/redis/commands.ts';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../../../src/store/redis/connection.ts';
import { checkPermissions } from '../../../src/store/redis/permissions.ts';
import { parseRedisUrl } from '../../../src/store/redis/redis-url.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

const sides = ['bot', 'worker'] as const;
const prefix = 'imagecheck';

let redis: TestRedis;
let admin: RedisClient;
const opened: RedisClient[] = [];

beforeAll(async () => {
  redis = await startRedis();
  admin = await open(redis.url, 'producer');
});
afterAll(async () => {
  await Promise.all(opened.map((client) => closeRedis(client)));
  await redis.close();
});

async function open(url: string, role: 'producer' | 'subscriber'): Promise<RedisClient> {
  const client = connectRedis(url, { role });
  opened.push(client);
  await waitForRedis(client, 5000);
  return client;
}

/** Connects as a user with exactly the printed rights; `alter` changes them afterwards. */
async function openSide(side: (typeof sides)[number], name: string) {
  const user = `${name}-${side}`;
  const alter = (...rules: readonly string[]) => admin.call('ACL', 'SETUSER', user, ...rules);
  await alter('on', '>secret', ...aclOf(side, prefix, parseRedisUrl(redis.url)));
  const url = redis.url.replace('redis://', `redis://${user}:secret@`);
  const [client, subscriber] = [await open(url, 'producer'), await open(url, 'subscriber')];
  return { user, alter, check: () => checkPermissions({ client, subscriber, prefix, side, user }) };
}

describe.each(sides)('the printed rights of the %s', (side) => {
  it('are enough for the check, and each command that is taken away is named', { timeout: 30_000 }, async () => {
    const { user, alter, check } = await openSide(side, 'commands');
    await check();
    for (const command of aclCommands(side).filter((one) => one !== 'client|setname')) {
      await alter(`-${command}`);
      await expect(check(), command).rejects.toMatchObject({
        message: expect.stringMatching(new RegExp(`${user}.* to run (?:.*, )?${command.toUpperCase()}\\b`)),
        remedy: expect.stringMatching(new RegExp(`ACL SETUSER ${user} .*\\+${command}\\b`)),
      });
      await alter(`+${command}`);
    }
    await check();
  });

  it('name keys and channels that are missing', async () => {
    const { user, alter, check } = await openSide(side, 'patterns');
    await alter('resetchannels');
    await expect(check()).rejects.toMatchObject({
      remedy: expect.stringContaining(`ACL SETUSER ${user} &{imagecheck}:topic:*`),
    });
    await alter('&{imagecheck}:topic:*', 'resetkeys', '~other:*');
    await expect(check()).rejects.toMatchObject({
      message: expect.not.stringContaining('run'),
      remedy: expect.stringContaining(`ACL SETUSER ${user} ~{imagecheck}:*\n`),
    });
  });
});

it('what all of @dangerous takes away is INFO', async () => {
  const { user, alter, check } = await openSide('worker', 'dangerous');
  await alter('resetkeys', '~*', '+@all', '-@dangerous');
  await expect(check()).rejects.toMatchObject({
    message: `The user “${user}” of Redis isn’t allowed to run INFO, and the worker needs that.`,
    remedy: expect.stringContaining(`ACL SETUSER ${user} +info`),
  });
});

describe('the list of commands', () => {
  /** Scripts of BullMQ that the two ends of our queues run. */
  const scripts = {
    bot: ['addStandardJob', 'addDelayedJob', 'getCounts', 'removeJob'],
    worker: [
      'moveToActive',
      'moveToFinished',
      'moveStalledJobsToWait',
      'moveToDelayed',
      'retryJob',
      'extendLocks',
      'extendLock',
      'saveStacktrace',
      'releaseLock',
    ],
  };
  const calledIn = (text: string): readonly string[] =>
    [...text.matchAll(/(?:redis\.p?call|rcall)\(\s*["']([A-Za-z]+)["']/g)].map(([, name = '']) => name.toLowerCase());
  const folder = join(dirname(createRequire(import.meta.url).resolve('bullmq')), 'scripts');
  const store = join(import.meta.dirname, '../../../src/store');
  const ours = readdirSync(store, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('permissions.ts'))
    .flatMap((name) => {
      const text = readFileSync(join(store, name), 'utf8');
      return [...calledIn(text), ...[...text.matchAll(/\bclient\.([a-z]{3,})\(/g)].map(([, method = '']) => method)];
    })
    .filter((name) => !['call', 'once', 'quit', 'disconnect'].includes(name));

  it.each(sides)('has everything that the %s calls', (side) => {
    const names = side === 'bot' ? scripts.bot : [...scripts.bot, ...scripts.worker];
    const files = readdirSync(folder).filter(
      (file) => names.includes(file.split('-', 1)[0] ?? '') && file.endsWith('js'),
    );
    expect(files.length).toBe(names.length);
    const theirs = files.flatMap((file) => calledIn(readFileSync(join(folder, file), 'utf8')));
    expect(ours.length).toBeGreaterThan(100);
    expect(theirs.length).toBeGreaterThan(100);
    const called = [...new Set([...ours, ...theirs])].toSorted();
    expect(called.filter((name) => !aclCommands(side).includes(name))).toEqual([]);
  });

  it('has nothing besides', () => {
    const files = readdirSync(folder).filter((file) =>
      [...scripts.bot, ...scripts.worker].includes(file.split('-', 1)[0] ?? ''),
    );
    const called = [...ours, ...files.flatMap((file) => calledIn(readFileSync(join(folder, file), 'utf8')))];
    // What libraries send by themselves, and pushes whose side is chosen when they run.
    const others = ['bzpopmin', 'client|setname', 'exec', 'info', 'subscribe', 'lpush', 'rpush'];
    expect(aclCommands('worker').filter((name) => ![...called, ...others].includes(name))).toEqual([]);
  });
});
