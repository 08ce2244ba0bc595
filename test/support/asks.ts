import type { Ask } from '../../src/model/ask/ask.ts';
import type { Report } from '../../src/model/finding/report.ts';
import type { OutboxMessage } from '../../src/model/message.ts';

let count = 0;

/** A question of its own; `over` says what matters. */
export function sampleAsk(over: Partial<Ask> = {}): Ask {
  count += 1;
  const { team = 'T1', id = `${team}/ask-${count}` } = over;
  return {
    version: 1,
    channel: 'C1',
    user: 'U1',
    text: '/imagecheck deployment web -n prod',
    cluster: 'dev-eu',
    target: { type: 'workload', kind: 'Deployment', namespace: 'prod', name: 'web' },
    askedAt: new Date().toISOString(),
    ...over,
    id,
    team,
  };
}

export function sampleReport(over: Partial<Report> = {}): Report {
  return {
    schemaVersion: 1,
    cluster: 'dev-eu',
    subject: { kind: 'Deployment', namespace: 'prod', name: 'web' },
    takenAt: '2026-11-20T14:02:00.000Z',
    durationMs: 2100,
    status: 'healthy',
    findings: [],
    notes: [],
    notSeen: [],
    owners: [],
    ...over,
  };
}

export function sampleMessage(over: Partial<OutboxMessage> = {}): OutboxMessage {
  count += 1;
  return {
    version: 1,
    id: `message-${count}`,
    team: 'T1',
    channel: 'C1',
    urgency: 'answer',
    body: { view: 'notice', tone: 'info', text: `text ${count}` },
    ...over,
  };
}
