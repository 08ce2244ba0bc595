import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OutboxMessage } from '../../../src/model/message.ts';
import { sampleMessage } from '../../support/asks.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { openStore, type TestStore } from '../../support/store.ts';

const channel = { team: 'T1', channel: 'C1' };

let redis: TestRedis;
let store: TestStore;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  store = await openStore(redis.url, 'producer');
  return () => store.end();
});

function saying(message: OutboxMessage, text: string): OutboxMessage {
  return { ...message, body: { view: 'notice', tone: 'info', text } };
}

describe('a message', () => {
  test('is wanted in its latest state only, since it was first wanted', async () => {
    const message = sampleMessage();
    await store.outbox.put(saying(message, 'one'));
    const [row] = await store.outbox.pending(channel);
    expect(row).toEqual({
      message: saying(message, 'one'),
      wantedRevision: 1,
      postedRevision: 0,
      wantedSinceMs: expect.any(Number),
    });
    await store.outbox.put(saying(message, 'two'));
    expect(await store.outbox.pending(channel)).toEqual([
      { ...row, message: saying(message, 'two'), wantedRevision: 2 },
    ]);
  });

  test('is done when its latest state was posted, and not when an earlier one was', async () => {
    const message = sampleMessage();
    await store.outbox.put(saying(message, 'one'));
    await store.outbox.put(saying(message, 'two'));
    await store.outbox.posted(message, 1, '11.1');
    const [onlyPosted] = await store.outbox.pending(channel);
    expect(onlyPosted).toMatchObject({ wantedRevision: 2, postedRevision: 1, ts: '11.1' });
    expect(onlyPosted).not.toHaveProperty('updatedAtMs');
    expect(await store.outbox.posted(message, 2, '11.1')).toBe('11.1');
    expect(await store.outbox.pending(channel)).toEqual([]);
    await store.outbox.put(saying(message, 'three'));
    expect(await store.outbox.pending(channel)).toMatchObject([
      {
        wantedRevision: 3,
        postedRevision: 2,
        ts: '11.1',
        postedAtMs: expect.any(Number),
        updatedAtMs: expect.any(Number),
      },
    ]);
  });

  test('keeps its first ts: what two bots posted is shown there, and what one recorded twice counts once', async () => {
    const message = sampleMessage();
    await store.outbox.put(saying(message, 'one'));
    await store.outbox.put(saying(message, 'two'));
    expect(await store.outbox.posted(message, 1, '11.1')).toBe('11.1');
    const [once] = await store.outbox.pending(channel);
    expect(await store.outbox.posted(message, 1, '11.1')).toBe('11.1');
    expect(await store.outbox.posted(message, 2, '99.9')).toBe('11.1');
    expect(await store.outbox.pending(channel)).toEqual([once]);
    expect(once).toMatchObject({ wantedRevision: 2, postedRevision: 1, ts: '11.1' });
  });

  test('changes nothing when it is put again as it is', async () => {
    const message = sampleMessage();
    await store.outbox.put(message);
    await store.outbox.posted(message, 1, '11.1');
    await store.outbox.put(message);
    expect(await store.outbox.pending(channel)).toEqual([]);
    expect(await store.outbox.claim('T1', 'a', 5000, 10)).toEqual([]);
  });

  test('a late first or interim state does not undo a later one', async () => {
    const message = sampleMessage();
    await store.outbox.put(saying(message, 'queued'), 'first');
    await store.outbox.put(saying(message, 'checking'), 'interim');
    await store.outbox.put(saying(message, 'late queued'), 'first');
    expect(await texts()).toEqual(['checking']);
    await store.outbox.put(saying(message, 'done'), 'final');
    await store.outbox.put(saying(message, 'late checking'), 'interim');
    expect(await texts()).toEqual(['done']);
    await store.outbox.put(saying(message, 'show all'));
    expect(await texts()).toEqual(['show all']);
  });

  test('what is said while something is made is ignored once it is made', async () => {
    const message = sampleMessage();
    await store.outbox.put(saying(message, 'preparing'), 'first');
    await store.outbox.put(saying(message, 'reading'), 'early');
    await store.outbox.put(saying(message, 'reading more'), 'early');
    expect(await texts()).toEqual(['reading more']);
    await store.outbox.put(saying(message, 'made'), 'interim');
    await store.outbox.put(saying(message, 'late reading'), 'early');
    expect(await texts()).toEqual(['made']);
    await store.outbox.put(saying(message, 'running'), 'interim');
    expect(await texts()).toEqual(['running']);
  });

  test('posted although the table forgot it keeps its ts', async () => {
    const message = sampleMessage();
    await store.outbox.posted(message, 4, '11.1');
    expect(await store.outbox.pending(channel)).toEqual([]);
    await store.outbox.put(saying(message, 'more'));
    expect(await store.outbox.pending(channel)).toMatchObject([{ wantedRevision: 5, ts: '11.1' }]);
  });
});

describe('where a message is', () => {
  test('is known once it was posted, and when its row has left', async () => {
    const message = sampleMessage();
    const { team, id } = message;
    await store.outbox.put(message);
    expect(await store.outbox.where(team, id)).toBeUndefined();
    await store.outbox.posted(message, 1, '11.1');
    await store.outbox.posted(message, 1, '22.2');
    expect(await store.outbox.where(team, id)).toEqual({ channel: 'C1', ts: '11.1' });
    const [place = ''] = await store.client.keys('*:message-place:*');
    expect(await store.client.pttl(place)).toBeGreaterThan(80 * 24 * 60 * 60_000);
    await store.client.del(...(await store.client.keys('*:message:*')));
    expect(await store.outbox.where(team, id)).toEqual({ channel: 'C1', ts: '11.1' });
    expect(await store.outbox.where('T2', id)).toBeUndefined();
  });

  test('is read from the row where a release before posted it', async () => {
    const message = sampleMessage();
    await store.outbox.put(message);
    await store.outbox.posted(message, 1, '11.1');
    await store.client.del(...(await store.client.keys('*:message-place:*')));
    expect(await store.outbox.where(message.team, message.id)).toEqual({ channel: 'C1', ts: '11.1' });
  });
});

describe('a reply', () => {
  test('learns the ts of its parent once that is posted', async () => {
    const parent = sampleMessage();
    const reply = sampleMessage({ thread: { messageId: parent.id } });
    const elsewhere = sampleMessage({ thread: { ts: '5.5' } });
    for (const message of [parent, reply, elsewhere]) await store.outbox.put(message);
    expect(await threads()).toEqual({ [parent.id]: undefined, [reply.id]: undefined, [elsewhere.id]: '5.5' });
    await store.outbox.posted(parent, 1, '11.1');
    expect(await threads()).toEqual({ [reply.id]: '11.1', [elsewhere.id]: '5.5' });
  });

  test('goes with a refused parent, and so does every later put', async () => {
    const parent = sampleMessage();
    const reply = sampleMessage({ thread: { messageId: parent.id } });
    const nested = sampleMessage({ thread: { messageId: reply.id } });
    const late = sampleMessage({ thread: { messageId: parent.id } });
    const other = sampleMessage();
    for (const message of [parent, nested, reply, other]) await store.outbox.put(message);
    await store.outbox.refused(parent, 'not_in_channel');
    for (const message of [parent, reply, nested, late]) await store.outbox.put(saying(message, 'again'), 'final');
    expect((await store.outbox.pending(channel)).map(({ message }) => message.id)).toEqual([other.id]);
  });
});

describe('a channel', () => {
  test('is held by one poster until it gives it back or dies', async () => {
    await store.outbox.put(sampleMessage());
    expect(await store.outbox.claim('T1', 'a', 5000, 10)).toEqual([channel]);
    expect(await store.outbox.claim('T1', 'b', 5000, 10)).toEqual([]);
    expect(await store.outbox.claim('T1', 'a', 5000, 10)).toEqual([]);
    expect(await store.outbox.renew(channel, 'b', 5000)).toBe(false);
    await store.outbox.release(channel, 'b');
    expect(await store.outbox.renew(channel, 'a', 5000)).toBe(true);
    await store.outbox.release(channel, 'a');
    expect(await store.outbox.claim('T1', 'b', 1, 10)).toEqual([channel]);
    await expect.poll(() => store.outbox.claim('T1', 'a', 5000, 10)).toEqual([channel]);
    expect(await store.outbox.renew(channel, 'b', 5000)).toBe(false);
  });

  test('stays dirty when something was put while it was held', async () => {
    const message = sampleMessage();
    await store.outbox.put(message);
    await store.outbox.claim('T1', 'a', 5000, 10);
    await store.outbox.posted(message, 1, '11.1');
    await store.outbox.put(sampleMessage());
    await store.outbox.release(channel, 'a');
    expect(await store.outbox.claim('T1', 'b', 5000, 10)).toEqual([channel]);
  });

  test('that waits longest is claimed first, and each team has its own', async () => {
    for (const name of ['C3', 'C1', 'C2']) await store.outbox.put(sampleMessage({ channel: name }));
    await store.outbox.put(sampleMessage({ team: 'T2', channel: 'C9' }));
    await store.outbox.put(sampleMessage({ channel: 'C0', urgency: 'progress' }));
    expect((await store.outbox.claim('T1', 'a', 5000, 2)).map((one) => one.channel)).toHaveLength(2);
    const rest = await store.outbox.claim('T1', 'b', 5000, 10);
    expect(rest.map((one) => one.channel).at(-1)).toBe('C0');
    expect(await store.outbox.claim('T2', 'a', 5000, 10)).toEqual([{ team: 'T2', channel: 'C9' }]);
  });

  test('shows alerts before answers that were wanted earlier', async () => {
    await store.outbox.put(saying(sampleMessage({ id: 'first', urgency: 'answer' }), 'first'));
    await store.outbox.put(saying(sampleMessage({ id: 'second', urgency: 'alert' }), 'second'));
    expect(await texts()).toEqual(['second', 'first']);
  });

  test('shows answers before progress that was wanted earlier', async () => {
    const progress = sampleMessage({ urgency: 'progress' });
    const answer = sampleMessage();
    await store.outbox.put(progress);
    await store.outbox.put(answer);
    expect((await store.outbox.pending(channel)).map(({ message }) => message.id)).toEqual([answer.id, progress.id]);
  });

  test('wakes the posters of other processes', async () => {
    const other = await openStore(redis.url, 'producer', { prefix: store.queuePrefix.replace(':queue', '') });
    const heard: unknown[] = [];
    const stop = other.outbox.onDirty((dirty) => heard.push(dirty));
    await expect
      .poll(async () => {
        await store.outbox.put(sampleMessage());
        return heard[0];
      })
      .toEqual(channel);
    stop();
    const before = heard.length;
    await store.outbox.put(sampleMessage());
    expect(await other.outbox.pending(channel)).not.toEqual([]);
    expect(heard).toHaveLength(before);
    await other.end();
  });
});

test('garbage in rows and indices is given up, and the others are shown', async () => {
  const prefix = store.queuePrefix.replace(':queue', '');
  const good = sampleMessage();
  const newer = sampleMessage();
  const forged = sampleMessage();
  for (const message of [good, newer, forged]) await store.outbox.put(message);
  await store.client.hset(`${prefix}:T1:message:${newer.id}`, 'record', JSON.stringify({ v: 7, d: {} }));
  await store.client.hset(`${prefix}:T1:message:${forged.id}`, 'record', '{', 'since', 'x', 'wanted', 'y');
  await store.client.set(`${prefix}:T1:message:string`, 'garbage');
  await store.client.zadd(`${prefix}:T1:pending:C1`, 0, 'string', 1, 'nothing', 2, '%zz');
  expect((await store.outbox.pending(channel)).map(({ message }) => message.id)).toEqual([good.id]);
  // What a newer release wants is left for that release.
  expect((await store.client.zrange(`${prefix}:T1:pending:C1`, 0, '-1')).toSorted()).toEqual(
    [good.id, newer.id].toSorted(),
  );
});

async function texts(): Promise<readonly string[]> {
  return (await store.outbox.pending(channel)).map(({ message: { body } }) =>
    body.view === 'notice' ? body.text : '',
  );
}

/** Where each row goes; rows of the same millisecond are in no order. */
async function threads(): Promise<Readonly<Record<string, string | undefined>>> {
  return Object.fromEntries(
    (await store.outbox.pending(channel)).map(({ message, threadTs }) => [message.id, threadTs]),
  );
}
