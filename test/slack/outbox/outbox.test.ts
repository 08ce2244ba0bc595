import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { slackPace, unlimitedPace } from '../../../src/slack/connection/schedule.ts';
import { type Poster, type PosterOptions, startPoster } from '../../../src/slack/outbox/outbox.ts';
import { sampleApproval } from '../../support/plan-samples.ts';
import { note, posterOptions } from '../../support/posters.ts';
import { type FakeSlack, startFakeSlack } from '../../support/slack-fake.ts';
import { createMemoryOutbox, type MemoryOutbox } from '../../support/slack-ports.ts';

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
let slack: FakeSlack;
let table: MemoryOutbox;
let posters: Poster[];
const refused = vi.fn<PosterOptions['onRefused']>(async () => {});

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
  const started = startPoster(posterOptions(slack, { table, log, onRefused: refused, ...part }, 1500));
  posters.push(started);
  return started;
}

const posts = () => slack.callsOf('chat.postMessage');
const isPosted = async (id: string) =>
  await expect.poll(() => table.rows.get(id)).toMatchObject({ ts: expect.any(String) });
const isClean = async () =>
  await expect.poll(() => [...table.rows.values()].filter((row) => row.posted < row.wanted)).toEqual([]);

describe('the poster', () => {
  test('posts, replies under the parent, updates to the latest state, and gives the channel back', async () => {
    await table.put(note('r', { thread: { messageId: 'p' } }));
    await table.put(note('p'));
    poster();
    await isClean();
    const [parent, reply] = posts();
    expect(parent?.args).toMatchObject({ channel: 'C1', text: 'p', unfurl_links: 'false' });
    expect(reply?.args).toMatchObject({ text: 'r', thread_ts: table.rows.get('p')?.ts });
    await table.put(note('p', { text: 'later' }));
    await isClean();
    expect(slack.callsOf('chat.update').map(({ args }) => [args['ts'], args['text']])).toEqual([
      [table.rows.get('p')?.ts, 'later'],
    ]);
    await expect.poll(() => table.holders.size).toBe(0);
  });

  test('an update that Slack may still carry out, unanswered, does not get the last word', async () => {
    let aheadMs = 0;
    poster({ now: () => Date.now() + aheadMs, leaseMs: 900 });
    await table.put(note('p'));
    await isPosted('p');
    slack.on('chat.update', ({ text }) => (text === 'old' ? { hang: true } : undefined));
    await table.put(note('p', { text: 'old' }));
    await expect.poll(() => slack.callsOf('chat.update')).toHaveLength(1);
    await table.put(note('p', { text: 'new' }));
    const texts = () => slack.callsOf('chat.update').map(({ args }) => args['text']);
    await expect.poll(texts).toEqual(['old', 'new']);
    expect(table.rows.get('p')).toMatchObject({ wanted: 3, posted: 1 });
    aheadMs = 15_000;
    await expect.poll(texts).toEqual(['old', 'new', 'new']);
    await isClean();
  });

  test('intermediate states coalesce', async () => {
    poster({ pace: { ...unlimitedPace, betweenUpdatesMs: 300 } });
    await table.put(note('p'));
    await isPosted('p');
    for (let step = 0; step < 20; step++) await table.put(note('p', { text: `state ${step}` }));
    await isClean();
    const texts = slack.callsOf('chat.update').map(({ args }) => args['text']);
    expect(texts.at(-1)).toBe('state 19');
    // The first answer does not wait, the others share one update.
    expect(texts.length).toBeLessThanOrEqual(2);
  });

  test("a 429 quietens its channel and method, not the neighbour's", async () => {
    let limited = true;
    slack.on('chat.postMessage', ({ channel }) => {
      if (channel !== 'C1' || !limited) return undefined;
      limited = false;
      return { status: 429, headers: { 'retry-after': '1' }, body: { ok: false, error: 'ratelimited' } };
    });
    poster();
    await table.put(note('a'));
    await expect.poll(() => posts().length).toBe(1);
    await table.put(note('b', { channel: 'C2' }));
    await isPosted('b');
    expect(table.rows.get('a')?.ts).toBeUndefined();
    await isPosted('a');
    const [first, , again] = posts();
    expect((again?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test.each<[string, object]>([
    ['503', { status: 503, body: {} }],
    ['an internal error', { body: { ok: false, error: 'internal_error' } }],
    ['no answer', { hang: true }],
  ])('%s is tried again', async (_, failure) => {
    let failures = 1;
    slack.on('chat.postMessage', () => (failures-- > 0 ? failure : undefined));
    poster();
    await table.put(note('a'));
    await isPosted('a');
    expect(posts()).toHaveLength(2);
  });

  test('where it is not a member, the message and its replies are given up, and the person is told once', async () => {
    refused.mockClear();
    slack.on('chat.postMessage', () => ({ body: { ok: false, error: 'not_in_channel' } }));
    await table.put(note('p'));
    await table.put(note('r', { thread: { messageId: 'p' } }));
    poster();
    await expect.poll(() => table.refusals).toEqual(['p not_in_channel']);
    await expect
      .poll(() => refused.mock.calls.map(([message, code]) => [message.id, code]))
      .toEqual([['p', 'not_in_channel']]);
    expect(table.rows.size).toBe(0);
  });

  test('blocks that Slack refuses are replaced by plain text', async () => {
    slack.on('chat.postMessage', ({ blocks }) =>
      Array.isArray(blocks) && blocks.length > 0 ? { body: { ok: false, error: 'invalid_blocks' } } : undefined,
    );
    poster();
    await table.put(note('a'));
    await isPosted('a');
    expect(posts().at(-1)?.args).toMatchObject({ text: 'a', blocks: [] });
  });

  test('a thread that is gone does not swallow the answer', async () => {
    slack.on('chat.postMessage', ({ thread_ts: ts }) =>
      ts === undefined ? undefined : { body: { ok: false, error: 'thread_not_found' } },
    );
    poster();
    await table.put(note('a', { thread: { ts: '1.1' } }));
    await isPosted('a');
  });

  test.each(['plan', 'result'] as const)('a %s carries what it is about as metadata', async (view) => {
    poster();
    const approval = sampleApproval({ state: 'done' });
    await table.put({ ...note('a'), body: { view, approval } });
    await isPosted('a');
    const event_payload = { approval: approval.id, workload: 'modelops-dask-dev/deployment/dask-workers' };
    expect(posts()[0]?.args['metadata']).toMatchObject({ event_type: `imagecheck_${view}`, event_payload });
  });

  test('an update of a deleted message ends there', async () => {
    slack.on('chat.update', () => ({ body: { ok: false, error: 'message_not_found' } }));
    poster();
    await table.put(note('a'));
    await isPosted('a');
    await table.put(note('a', { text: 'later' }));
    await isClean();
    expect(slack.callsOf('chat.update')).toHaveLength(1);
  });

  test('an outbox that cannot be read does not end the poster', async () => {
    let broken = true;
    const flaky: MemoryOutbox = {
      ...table,
      claim: async (...args) => {
        if (broken) throw new Error('Redis is away');
        return await table.claim(...args);
      },
    };
    poster({ table: flaky });
    await table.put(note('a'));
    await expect.poll(() => log.warn.mock.calls.some(([, text]) => text === 'cannot read the outbox')).toBe(true);
    broken = false;
    await isPosted('a');
  });

  test('a channel whose rows cannot be read is served as soon as they can be, not when its lease ends', async () => {
    let failures = 2;
    const flaky: MemoryOutbox = {
      ...table,
      pending: async (...args) => {
        if (failures-- > 0) throw new Error('Redis is away');
        return await table.pending(...args);
      },
    };
    poster({ table: flaky, leaseMs: 600_000 });
    await table.put(note('a'));
    await isPosted('a');
    await expect.poll(() => table.holders.size).toBe(0);
  });

  test('stopping waits for the call under way and gives every channel back', async () => {
    const running = poster({ pace: slackPace });
    await table.put(note('a'));
    await table.put(note('b'));
    await isPosted('a');
    await running.stop();
    expect(table.holders.size).toBe(0);
    expect(table.rows.get('b')?.ts).toBeUndefined();
  });
});
