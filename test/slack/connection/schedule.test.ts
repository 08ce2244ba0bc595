import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutboxMessage } from '../../../src/model/message.ts';
import type { OutboxRow } from '../../../src/ports/outbox.ts';
import {
  type ChannelPace,
  createWorkspacePace,
  type Method,
  nextSend,
  type Pace,
  slackPace,
  unlimitedPace,
} from '../../../src/slack/connection/schedule.ts';

const now = 1_800_000_000_000;
const quiet: ChannelPace = { blockedUntilMs: {} };
const free = { nextMs: { 'chat.postMessage': 0, 'chat.update': 0 } };

function row(id: string, part: Partial<OutboxRow> = {}, message: Partial<OutboxMessage> = {}): OutboxRow {
  return {
    message: {
      version: 1,
      id,
      team: 'T1',
      channel: 'C1',
      urgency: 'progress',
      body: { view: 'notice', tone: 'info', text: id },
      ...message,
    },
    wantedRevision: 1,
    postedRevision: 0,
    wantedSinceMs: now - 100,
    ...part,
  };
}
const alert = { urgency: 'alert' } as const;
const answer = { urgency: 'answer' } as const;
const under = (messageId: string) => ({ thread: { messageId } });
const next = (rows: readonly OutboxRow[], channel = quiet, workspace = free, pace: Pace = slackPace) => {
  const decision = nextSend(rows, channel, workspace, pace, now);
  if (decision.kind === 'send') return `${decision.method} ${decision.row.message.id}`;
  return decision.kind === 'wait' ? `wait ${decision.untilMs - now}` : 'idle';
};

describe('what is sent next', () => {
  test.each<[string, string, string]>([
    ['nothing to do', next([]), 'idle'],
    ['a new message', next([row('a')]), 'chat.postMessage a'],
    ['answers before progress', next([row('old', { wantedSinceMs: 1 }), row('a', {}, answer)]), 'chat.postMessage a'],
    [
      'alerts before answers',
      next([row('a', { wantedSinceMs: 1 }, answer), row('b', {}, alert)]),
      'chat.postMessage b',
    ],
    [
      'an update of an alert before a new answer',
      next([row('a', {}, answer), row('b', { ts: '1' }, alert)]),
      'chat.update b',
    ],
    ['who waits longest', next([row('a', { wantedSinceMs: 5 }), row('b', { wantedSinceMs: 4 })]), 'chat.postMessage b'],
    ['new messages before updates', next([row('a', { ts: '1', wantedSinceMs: 1 }), row('b')]), 'chat.postMessage b'],
    [
      'a parent before the answer that waits for it',
      next([row('x', { wantedSinceMs: 1 }), row('p'), row('r', {}, { ...answer, ...under('p') })]),
      'chat.postMessage p',
    ],
    ['a reply once its parent has a ts', next([row('r', { threadTs: '1' }, under('p'))]), 'chat.postMessage r'],
    ['a reply whose parent is nowhere waits', next([row('r', {}, under('p'))]), 'wait 29900'],
    ['but is not lost', next([row('r', { wantedSinceMs: now - 40_000 }, under('p'))]), 'chat.postMessage r'],
    ['a reply to a known ts', next([row('r', {}, { thread: { ts: '1' } })]), 'chat.postMessage r'],
    ['one message a second per channel', next([row('a')], { ...quiet, lastPostMs: now - 50 }), 'wait 1000'],
    [
      'updates do not wait for that',
      next([row('a', { ts: '1' })], { ...quiet, lastPostMs: now - 50 }),
      'chat.update a',
    ],
    ['updates of one message 3 s apart', next([row('a', { ts: '1', postedAtMs: now - 1000 })]), 'wait 2000'],
    [
      'also those of an answer',
      next([row('a', { ts: '1', postedAtMs: now - 1000, updatedAtMs: now - 1000 }, answer)]),
      'wait 2000',
    ],
    [
      'the first answer right after the post',
      next([row('a', { ts: '1', postedAtMs: now - 50 }, answer)]),
      'chat.update a',
    ],
    [
      'another message meanwhile',
      next([row('a', { ts: '1', postedAtMs: now - 1000 }), row('b', { ts: '2' })]),
      'chat.update b',
    ],
    ['a blocked method', next([row('a')], { blockedUntilMs: { 'chat.postMessage': now + 700 } }), 'wait 700'],
    [
      'the other method is not blocked',
      next([row('a'), row('b', { ts: '1' })], { blockedUntilMs: { 'chat.postMessage': now + 700 } }),
      'chat.update b',
    ],
    [
      "the workspace's allowance",
      next([row('a', { ts: '1' }, answer)], quiet, { nextMs: { 'chat.postMessage': 0, 'chat.update': now + 400 } }),
      'wait 400',
    ],
    [
      'progress leaves some of it to answers',
      next([row('a', { ts: '1' })], quiet, { nextMs: { 'chat.postMessage': 0, 'chat.update': now } }),
      'wait 3750',
    ],
    [
      'no limits for a benchmark',
      next([row('a', { ts: '1', postedAtMs: now })], { ...quiet, lastPostMs: now }, free, unlimitedPace),
      'chat.update a',
    ],
  ])('%s', (_, actual, expected) => {
    expect(actual).toBe(expected);
  });

  test('every message is sent in the end, replies after their parents, never faster than allowed', () => {
    const rows = fc.array(fc.record({ parent: fc.option(fc.nat(9)), urgent: fc.boolean(), updates: fc.nat(3) }), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(rows, (plan) => {
        expect(simulate(plan)).toEqual([]);
      }),
    );
  });
});

interface Planned {
  readonly parent: number | null;
  readonly urgent: boolean;
  readonly updates: number;
}

/** Plays a channel's holder on a simulated clock; gives every breach of a promise. */
function simulate(plan: readonly Planned[]): string[] {
  const workspace = createWorkspacePace(slackPace);
  const state: { lastPostMs?: number; blockedUntilMs: object } = { blockedUntilMs: {} };
  const faults: string[] = [];
  let rows = plan.map(({ parent, urgent, updates }, index) => {
    const thread = parent === null || parent >= index ? {} : under(`m${parent}`);
    return { left: updates, row: row(`m${index}`, {}, { urgency: urgent ? 'answer' : 'progress', ...thread }) };
  });
  const tsOf = new Map<string, string>();
  let clock = now;
  for (let step = 0; step < 500; step++) {
    const pending = rows
      .filter(({ left }) => left >= 0)
      .map(({ row }) => {
        const { thread } = row.message;
        const threadTs = thread !== undefined && 'messageId' in thread ? tsOf.get(thread.messageId) : undefined;
        return threadTs === undefined ? row : { ...row, threadTs };
      });
    const decision = nextSend(pending, state, workspace, slackPace, clock);
    if (decision.kind === 'idle') break;
    if (decision.kind === 'wait') {
      if (decision.untilMs <= clock) faults.push('waits for the past');
      clock = decision.untilMs;
      continue;
    }
    const { row: sent, method } = decision;
    const { id, thread } = sent.message;
    workspace.take(method, clock);
    if (method === 'chat.postMessage') {
      if (state.lastPostMs !== undefined && clock - state.lastPostMs < slackPace.betweenPostsMs)
        faults.push(`${id} too soon`);
      if (thread !== undefined && 'messageId' in thread && sent.threadTs === undefined)
        faults.push(`${id} overtook its parent`);
      state.lastPostMs = clock;
      tsOf.set(id, id);
    } else if (sent.updatedAtMs !== undefined && clock - sent.updatedAtMs < slackPace.betweenUpdatesMs)
      faults.push(`${id} updated too soon`);
    rows = rows.map((one) =>
      one.row.message.id === id ? { left: one.left - 1, row: recorded(one.row, method, clock) } : one,
    );
  }
  return [...faults, ...rows.filter(({ left }) => left >= 0).map(({ row }) => `${row.message.id} was not sent`)];
}

/** The row as the table keeps it once Slack took it. */
function recorded(row: OutboxRow, method: Method, at: number): OutboxRow {
  const updated = method === 'chat.update' ? { updatedAtMs: at } : {};
  return { ...row, ts: row.message.id, postedAtMs: at, ...updated };
}
