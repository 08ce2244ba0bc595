import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Poster, type PosterOptions, startPoster } from '../../../src/slack/outbox/outbox.ts';
import { note, posterOptions } from '../../support/posters.ts';
import { type FakeSlack, startFakeSlack } from '../../support/slack-fake.ts';
import { createMemoryOutbox, type MemoryOutbox } from '../../support/slack-ports.ts';

let slack: FakeSlack;
let table: MemoryOutbox;
let posters: Poster[];

beforeEach(async () => {
  slack = await startFakeSlack();
  table = createMemoryOutbox();
  posters = [];
});
afterEach(async () => {
  await Promise.all(posters.map((poster) => poster.stop()));
  await slack.close();
});

function poster(part: Partial<PosterOptions> = {}): Poster {
  const started = startPoster(posterOptions(slack, { table, ...part }));
  posters.push(started);
  return started;
}
const posts = () => slack.callsOf('chat.postMessage');
const isPosted = async (id: string) =>
  await expect.poll(() => table.rows.get(id)).toMatchObject({ ts: expect.any(String) });
const isClean = async () =>
  await expect.poll(() => [...table.rows.values()].filter((row) => row.posted < row.wanted)).toEqual([]);

describe('a message is posted once', () => {
  test('two bots share the work and post nothing twice', async () => {
    poster({ holder: 'bot-1' });
    poster({ holder: 'bot-2' });
    for (let index = 0; index < 60; index++) await table.put(note(`m${index}`, { channel: `C${index % 12}` }));
    await isClean();
    expect(
      posts()
        .map(({ args }) => String(args['text']))
        .sort(),
    ).toEqual([...table.rows.keys()].sort());
  });

  test('a bot that dies between post and record repeats that one message, and loses none', async () => {
    const { promise: recorded, resolve: wakeTheDead } = Promise.withResolvers<void>();
    let claims = 1;
    const dying: MemoryOutbox = {
      ...table,
      claim: async (...args) => (claims-- > 0 ? await table.claim(...args) : []),
      posted: async () => {
        await recorded;
        return '';
      },
    };
    for (const id of ['a', 'b', 'c']) await table.put(note(id));
    const dead = startPoster(posterOptions(slack, { table: dying, holder: 'bot-dead', leaseMs: 300 }));
    await expect.poll(() => posts().length).toBe(1);
    poster({ holder: 'bot-2' });
    await isClean();
    expect(posts().map(({ args }) => args['text'])).toEqual(['a', 'a', 'b', 'c']);
    wakeTheDead();
    await dead.stop();
  });

  test.each<[string, boolean]>([
    ['was not taken', false],
    ['was taken, and its answer was lost', true],
  ])('a record that %s is made again, and the message is not', async (_, taken) => {
    let lost = 2;
    const flaky: MemoryOutbox = {
      ...table,
      posted: async (...args) => {
        if (lost-- <= 0) return await table.posted(...args);
        if (taken) await table.posted(...args);
        throw new Error('Redis did not answer');
      },
    };
    poster({ holder: 'bot-x', table: flaky });
    await table.put(note('r', { thread: { messageId: 'p' } }));
    await table.put(note('p'));
    await isClean();
    await table.put(note('p', { text: 'later' }));
    await isClean();
    expect(posts().map(({ args }) => args['text'])).toEqual(['p', 'r']);
    expect(slack.callsOf('chat.update').map(({ args }) => args['text'])).toEqual(['later']);
  });

  test('what Redis forgot is still updated, and not posted again', async () => {
    const forgetful: MemoryOutbox = {
      ...table,
      pending: async (channel) =>
        (await table.pending(channel)).map(({ ts, ...row }) =>
          ts === undefined ? row : { ...row, postedRevision: 0 },
        ),
    };
    poster({ holder: 'bot-x', table: forgetful });
    await table.put(note('p'));
    await isPosted('p');
    await table.put(note('p', { text: 'later' }));
    await isClean();
    expect(posts()).toHaveLength(1);
    expect(slack.callsOf('chat.update').map(({ args }) => args['text'])).toEqual(['later']);
  });

  test('of a message that two bots posted the second is taken away, and the first becomes what is wanted', async () => {
    let away = true;
    let claims = 1;
    const parted: MemoryOutbox = {
      ...table,
      claim: async (...args) => (claims-- > 0 ? await table.claim(...args) : []),
      renew: async (...args) => {
        if (away && posts().length > 0) throw new Error('Redis is away');
        return await table.renew(...args);
      },
      posted: async (...args) => {
        if (away) throw new Error('Redis is away');
        return await table.posted(...args);
      },
    };
    await table.put(note('a'));
    poster({ holder: 'bot-x', table: parted, leaseMs: 300 });
    await expect.poll(() => posts().length).toBe(1);
    poster({ holder: 'bot-2' });
    await isPosted('a');
    await table.put(note('a', { text: 'later' }));
    await isClean();
    away = false;
    await expect.poll(() => slack.callsOf('chat.delete').map(({ args }) => args['ts'])).toEqual(['1700000000.000001']);
    expect(table.rows.get('a')).toMatchObject({ ts: '1700000000.000002', wanted: 2, posted: 2 });
    expect(slack.callsOf('chat.update').map(({ args }) => args['ts'])).toEqual(['1700000000.000002']);
  });

  test('a channel stays with its bot as long as Slack takes for a message', async () => {
    let claims = 1;
    const patient: MemoryOutbox = {
      ...table,
      claim: async (...args) => (claims-- > 0 ? await table.claim(...args) : []),
    };
    const answer = Promise.withResolvers<undefined>();
    slack.on('chat.postMessage', () => ({ after: answer.promise }));
    await table.put(note('a'));
    poster({ holder: 'bot-x', table: patient, leaseMs: 3000 });
    await expect.poll(() => posts().length).toBe(1);
    const firstMs = table.holders.get('C1')?.untilMs ?? 0;
    poster({ holder: 'bot-2' });
    await expect.poll(() => table.holders.get('C1')?.untilMs).toBeGreaterThan(firstMs);
    expect(table.holders.get('C1')?.holder).toBe('bot-x');
    answer.resolve(undefined);
    await isPosted('a');
    await expect.poll(() => table.holders.size).toBe(0);
    expect(posts()).toHaveLength(1);
  });

  test('nothing is posted with a lease that may be over', async () => {
    let clockMs = 0;
    let renewals = 0;
    let renewalsBefore = 0;
    const slow: MemoryOutbox = {
      ...table,
      renew: async (...args) => {
        renewals += 1;
        return await table.renew(...args);
      },
      pending: async (channel) => {
        if (clockMs === 0) clockMs = 10_000;
        return await table.pending(channel);
      },
    };
    slack.on('chat.postMessage', () => {
      renewalsBefore = renewals;
      return undefined;
    });
    await table.put(note('a'));
    poster({ holder: 'bot-x', table: slow, now: () => clockMs });
    await isPosted('a');
    expect(renewalsBefore).toBe(2);
  });

  test('a holder that lost its lease posts no more', async () => {
    const renew = vi.fn(async () => false);
    const losing: MemoryOutbox = { ...table, renew };
    poster({ table: losing });
    await table.put(note('a'));
    await expect.poll(() => renew.mock.calls.length).toBeGreaterThan(2);
    expect(posts()).toEqual([]);
  });
});
