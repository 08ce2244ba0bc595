import { type Ask, nameOfTarget } from '../../model/ask/ask.ts';
import type { Landing } from '../../model/ask/flight.ts';
import { nameOfSubject, type Report, standingOf } from '../../model/finding/report.ts';
import type { OutboxMessage, View } from '../../model/message.ts';
import { type MessageOrigin, messageIdOf, originated } from '../../model/message-origin.ts';
import { namespaceBeside } from '../../model/subject/subject.ts';
import { laterName } from '../../model/values/open-enum.ts';
import { formatWorkload } from '../../model/workload/workload.ts';

type AskView = Extract<View, { view: 'ask' }>;

/** Someone who waited longer than this is mentioned, because they are probably no longer looking at the thread. */
const mentionAfterMs = 10_000;

/** The message with the request, who made it, and its status. Inside a thread it is a reply like the others. */
export function parentMessage(
  ask: Ask,
  view: Pick<AskView, 'state' | 'progress' | 'result'>,
  urgency: OutboxMessage['urgency'],
): OutboxMessage {
  const { id, user, text, cluster } = ask;
  return {
    version: 1,
    ...originated(parentOf(ask)),
    team: ask.team,
    channel: ask.channel,
    ...(ask.threadTs === undefined ? {} : { thread: { ts: ask.threadTs } }),
    urgency,
    body: { view: 'ask', askId: id, user, text, cluster, ...view },
  };
}

/**
 * The messages for one asker of a landing: the parent in its final state, and one reply. The same landing always gives
 * the same messages.
 */
export function finalMessages(
  ask: Ask,
  landing: Pick<Landing, 'answer' | 'landedAt'>,
  report: Report | undefined,
): readonly [OutboxMessage, OutboxMessage] {
  const { answer, landedAt } = landing;
  switch (answer.kind) {
    case 'report': {
      if (report === undefined) {
        return failed(ask, 'The report was lost before it could be posted.', 'Ask again.');
      }
      const waitedMs = Date.parse(landedAt) - Date.parse(ask.askedAt);
      return [
        parentMessage(ask, { state: 'done', result: resultOf(ask, report) }, 'answer'),
        reply(ask, {
          view: 'report',
          reportId: answer.reportId,
          report,
          ...(waitedMs > mentionAfterMs ? { mention: ask.user } : {}),
          showAll: false,
        }),
      ];
    }
    case 'ambiguous':
      return [
        parentMessage(ask, { state: 'done', progress: 'which one?' }, 'answer'),
        reply(ask, {
          view: 'choice',
          question: `${answer.candidates.length} workloads have that name. Which one?`,
          cluster: ask.cluster,
          candidates: answer.candidates,
        }),
      ];
    case 'absent':
      return [
        parentMessage(ask, { state: 'failed', progress: answer.certain ? 'not found' : 'could not be read' }, 'answer'),
        notice(ask, 'warning', answer.message, nearText(answer.near)),
      ];
    case 'failed':
      return failed(ask, answer.message, undefined);
    case 'later':
      return failed(
        ask,
        `The worker gave ${laterName('an answer', answer.stored.kind)}.`,
        'Update the bot, then ask again.',
      );
    default:
      return answer satisfies never;
  }
}

function failed(ask: Ask, text: string, remedy: string | undefined): readonly [OutboxMessage, OutboxMessage] {
  return [parentMessage(ask, { state: 'failed' }, 'answer'), notice(ask, 'error', text, remedy)];
}

function notice(ask: Ask, tone: 'warning' | 'error', text: string, remedy: string | undefined): OutboxMessage {
  return reply(ask, { view: 'notice', tone, text, ...(remedy === undefined ? {} : { remedy }) });
}

function reply(ask: Ask, body: View): OutboxMessage {
  return {
    version: 1,
    ...originated({ about: 'ask', ask: ask.id, part: 'report' }),
    team: ask.team,
    channel: ask.channel,
    // Slack threads have one level: inside a thread the parent is itself a reply.
    thread: ask.threadTs === undefined ? { messageId: messageIdOf(parentOf(ask)) } : { ts: ask.threadTs },
    urgency: 'answer',
    body,
  };
}

function parentOf(ask: Ask): MessageOrigin {
  return { about: 'ask', ask: ask.id, part: 'parent' };
}

function resultOf({ target }: Ask, report: Report): NonNullable<AskView['result']> {
  const { subject } = report;
  const namespace = subject === undefined ? undefined : namespaceBeside(subject);
  return {
    ...standingOf(report),
    subject: subject === undefined ? nameOfTarget(target) : nameOfSubject(subject),
    ...(namespace === undefined ? {} : { namespace }),
    durationMs: report.durationMs,
  };
}

function nearText(near: Extract<Landing['answer'], { kind: 'absent' }>['near']): string | undefined {
  if (near.length === 0) return undefined;
  const names = near.slice(0, 5).map((ref) => `${formatWorkload(ref)} -n ${ref.namespace}`);
  return `Did you mean ${names.join(' or ')}?`;
}
