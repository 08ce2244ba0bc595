import { WebClient } from '@slack/web-api';
import type { OutboxMessage } from '../../src/model/message.ts';
import { unlimitedPace } from '../../src/slack/connection/schedule.ts';
import type { PosterOptions } from '../../src/slack/outbox/outbox.ts';
import { type FakeSlack, team } from './slack-fake.ts';

/** A poster without Slack's pace that looks often and says nothing; without `timeoutMs` it waits for Slack forever. */
export function posterOptions(
  slack: Pick<FakeSlack, 'apiUrl'>,
  part: Pick<PosterOptions, 'table'> & Partial<PosterOptions>,
  timeoutMs = 0,
): PosterOptions {
  return {
    client: new WebClient('xoxb-1', {
      slackApiUrl: slack.apiUrl.href,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: timeoutMs,
    }),
    team,
    holder: 'bot-1',
    pace: unlimitedPace,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    now: Date.now,
    onRefused: async () => {},
    pollMs: 50,
    ...part,
  };
}

/** A notice to C1 that says its own id. */
export function note(id: string, part: Partial<OutboxMessage> & { readonly text?: string } = {}): OutboxMessage {
  const { text = id, ...rest } = part;
  return {
    version: 1,
    id,
    team,
    channel: 'C1',
    urgency: 'answer',
    body: { view: 'notice', tone: 'info', text },
    ...rest,
  };
}
