import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Poster, startPoster } from '../../../src/slack/outbox/outbox.ts';
import { note, posterOptions } from '../../support/posters.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { type FakeSlack, startFakeSlack, team } from '../../support/slack-fake.ts';
import { openStore, type TestStore } from '../../support/store.ts';

let redis: TestRedis;
let slack: FakeSlack;
let store: TestStore;
let posters: Poster[];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => await redis.close());
beforeEach(async () => {
  slack = await startFakeSlack();
  store = await openStore(redis.url, 'producer');
  posters = [];
});
afterEach(async () => {
  await Promise.all(posters.map((poster) => poster.stop()));
  await store.end();
  await slack.close();
});

// It looks seldom, so that only a call can explain that a message is posted soon.
function poster(holder: string): void {
  posters.push(startPoster(posterOptions(slack, { table: store.outbox, holder, pollMs: 30_000 })));
}
const texts = () => slack.callsOf('chat.postMessage').map(({ args }) => String(args['text']));

describe('the poster on the table in Redis', () => {
  test('is woken by a put, keeps replies under their parents, and misses no later state', async () => {
    poster('bot-1');
    for (let round = 0; round < 20; round++) {
      await store.outbox.put(note(`r${round}`, { channel: `C${round % 4}`, thread: { messageId: `p${round}` } }));
      await store.outbox.put(note(`p${round}`, { channel: `C${round % 4}` }));
    }
    await expect.poll(() => texts().length, { timeout: 10_000 }).toBe(40);
    const replies = slack.callsOf('chat.postMessage').filter(({ args }) => String(args['text']).startsWith('r'));
    expect(replies.every(({ args }) => args['thread_ts'] !== undefined)).toBe(true);
    await store.outbox.put(note('p0', { channel: 'C0', text: 'later' }));
    await expect.poll(() => slack.callsOf('chat.update').map(({ args }) => args['text'])).toEqual(['later']);
  });

  test('two bots post everything once', async () => {
    poster('bot-1');
    poster('bot-2');
    const ids = Array.from({ length: 100 }, (_, index) => `m${index}`);
    await Promise.all(ids.map((id, index) => store.outbox.put(note(id, { channel: `C${index % 10}` }))));
    await expect.poll(() => texts().length, { timeout: 10_000 }).toBe(100);
    expect(texts().sort()).toEqual([...ids].sort());
  });

  test('what Slack refuses leaves the table with its replies', async () => {
    slack.on('chat.postMessage', () => ({ body: { ok: false, error: 'channel_not_found' } }));
    await store.outbox.put(note('p'));
    await store.outbox.put(note('r', { thread: { messageId: 'p' } }));
    poster('bot-1');
    await expect.poll(async () => await store.outbox.pending({ team, channel: 'C1' }), { timeout: 5000 }).toEqual([]);
    expect(texts()).toEqual(['p']);
  });
});
