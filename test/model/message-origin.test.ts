import { describe, expect, test } from 'vitest';
import { OutboxMessage } from '../../src/model/message.ts';
import { askOf, type MessageOrigin, messageIdOf, originOf, originOfId } from '../../src/model/message-origin.ts';

describe.each<[string, MessageOrigin]>([
  ['ask:T1/a:parent', { about: 'ask', ask: 'T1/a', part: 'parent' }],
  ['ask:T1/a:report', { about: 'ask', ask: 'T1/a', part: 'report' }],
  ['approval:7F3K:plan', { about: 'approval', approval: '7F3K', part: 'plan' }],
  ['approval:7F3K:diagnosis:r1', { about: 'approval', approval: '7F3K', part: 'diagnosis', which: 'r1' }],
])('%s', (id, origin) => {
  test('is the id of its origin, and its origin is found again', () => {
    expect(messageIdOf(origin)).toBe(id);
    expect(originOfId(id)).toEqual(origin);
    expect(originOf({ id })).toEqual(origin);
  });
});

test.each(['', 'x', 'ask:', 'ask:T1/a:other', 'cluster:dev-eu:lost'])(
  'an id that is not ours has no origin: %s',
  (id) => {
    expect(originOfId(id)).toBeUndefined();
  },
);

test('the stored origin counts, and one of a newer release reads as the id alone', () => {
  const message = {
    version: 1,
    id: 'm1',
    team: 'T1',
    channel: 'C1',
    urgency: 'alert',
    body: { view: 'notice', tone: 'info', text: 'hello' },
  } as const;
  const origin = { about: 'ask', ask: 'T1/a', part: 'report' } as const;
  expect(askOf(originOf(OutboxMessage.parse({ ...message, origin })))).toBe('T1/a');
  expect(originOf(OutboxMessage.parse({ ...message, origin: { about: 'node' } }))).toBeUndefined();
});
