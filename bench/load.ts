// A process with a simulated Slack whose people type commands; it measures how long they wait.
import { createHash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type SimulatedSlack, startSlack } from '../src/sandbox/slack/index.ts';
import type { Message } from '../src/sandbox/slack/workspace.ts';
import { answerCalls, nowMs } from './calls.ts';
import { type Button, buttonOf, inviteApprovers, type Presses, press, shownPlans, shownResults } from './presses.ts';
import { pause } from './processes.ts';

/** Commands at a steady rate, taking workloads and channels in turn. */
export interface Storm {
  readonly perSecond: number;
  readonly seconds: number;
  /** `deployment web-7 -n bench-ask`, …: the commands, in turn. */
  readonly texts: readonly string[];
  /** How long after the last command the last answer may arrive. */
  readonly answersWithinMs: number;
}

/** What people experienced. All times in milliseconds. */
export interface Met {
  readonly sent: number;
  readonly acknowledgedMs: readonly number[];
  /** Commands that were not acknowledged or were refused, with the text of the refusal. */
  readonly refused: readonly string[];
  /** From the command to the first message about it. */
  readonly postedMs: readonly number[];
  /** From the command to the report. */
  readonly answeredMs: readonly number[];
  readonly answeredOnce: number;
  /** Missing or duplicate parents and reports, as sentences. */
  readonly wrong: readonly string[];
  /** How long the load generator itself was late or blocked; smaller differences mean nothing. */
  readonly ownDelayMs: { readonly p99: number; readonly longest: number };
}

/** One command and its results. */
export interface Asked {
  readonly acknowledgedMs: number;
  /** What Slack shows to the person alone; empty when the command was accepted. */
  readonly said: string;
  readonly postedMs: number | undefined;
  readonly answeredMs: number | undefined;
}

const channelCount = 100;

let slack: SimulatedSlack;
/** Times at which messages were posted, by message. */
const posted = new WeakMap<Message, number>();

let commands = 0;

/** A channel's messages, with their arrival times. */
class TimedMessages extends Array<Message> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  override push(...messages: Message[]): number {
    for (const message of messages) posted.set(message, nowMs());
    return super.push(...messages);
  }
}

function channelId(index: number): string {
  return `C0BENCH${String(index).padStart(3, '0')}`;
}

async function send(
  text: string,
  channel: string,
): Promise<{ readonly sentMs: number; readonly acknowledgedMs: number; readonly said: string }> {
  const { workspace, delivery, triggers } = slack;
  commands += 1;
  const place = { channel, user: 'U0ANA' };
  const sentMs = nowMs();
  const answer = await delivery.deliver('slash_commands', {
    token: 'verification',
    team_id: workspace.team.id,
    team_domain: workspace.team.domain,
    channel_id: channel,
    channel_name: workspace.channels.get(channel)?.name ?? '',
    user_id: 'U0ANA',
    user_name: 'ana',
    command: '/imagecheck',

    text,
    api_app_id: workspace.app.id,
    is_enterprise_install: 'false',
    response_url: `${slack.responseUrl()}/${triggers.issueResponse(place)}`,
    trigger_id: `${commands}.${createHash('sha1').update(`${sentMs} ${commands}`).digest('hex')}`,
  });
  const acknowledgedMs = nowMs() - sentMs;
  if (answer.kind === 'none') return { sentMs, acknowledgedMs, said: `no acknowledgement: ${answer.why}` };
  const { text: shown } = answer.payload;
  return { sentMs, acknowledgedMs, said: typeof shown === 'string' ? shown : '' };
}

/** Parents of a channel in order, each with its replies. */
function threads(channel: string): readonly { readonly parent: Message; readonly replies: readonly Message[] }[] {
  const messages = slack.workspace.channels.get(channel)?.messages ?? [];
  const replies = new Map<string, Message[]>();
  for (const message of messages) {
    if (message.thread_ts !== undefined)
      replies.set(message.thread_ts, [...(replies.get(message.thread_ts) ?? []), message]);
  }
  return messages
    .filter(({ thread_ts, ephemeralFor }) => thread_ts === undefined && ephemeralFor === undefined)
    .map((parent) => ({ parent, replies: replies.get(parent.ts) ?? [] }));
}

const isFinal = ({ text }: Message): boolean => !/: (queued|checking…)/.test(text);

function isAnswered(thread: ReturnType<typeof threads>[number]): boolean {
  return isFinal(thread.parent) && thread.replies.length > 0;
}

async function storm({ perSecond, seconds, texts, answersWithinMs }: Storm): Promise<Met> {
  const loop = monitorEventLoopDelay({ resolution: 2 });
  loop.enable();
  const total = perSecond * seconds;
  const sent = new Map<string, number[]>();
  const acknowledged: ReturnType<typeof send>[] = [];
  const startedMs = nowMs();
  const before = new Map(channels().map((channel) => [channel, threads(channel).length]));
  for (let index = 0; index < total; index += 1) {
    const wait = startedMs + (index * 1000) / perSecond - nowMs();
    if (wait > 0) await pause(wait);
    const channel = channelId(index % channelCount);
    const text = texts[index % texts.length] ?? '';
    const one = send(text, channel);
    acknowledged.push(one);
    void one.then(({ sentMs, said }) => {
      if (said === '') sent.set(channel, [...(sent.get(channel) ?? []), sentMs]);
    });
  }
  const answers = await Promise.all(acknowledged);
  const taken = answers.filter(({ said }) => said === '').length;
  loop.disable();
  const ownDelayMs = { p99: loop.percentile(99) / 1e6, longest: loop.max / 1e6 };
  const fresh = (channel: string) => threads(channel).slice(before.get(channel) ?? 0);
  const deadline = nowMs() + answersWithinMs;
  while (nowMs() < deadline && channels().flatMap(fresh).filter(isAnswered).length < taken) await pause(100);
  return {
    ...compare(sent, fresh),
    sent: total,
    acknowledgedMs: answers.map((one) => one.acknowledgedMs),
    refused: answers.flatMap(({ said }) => (said === '' ? [] : [said])),
    ownDelayMs,
  };
}

function compare(
  sent: ReadonlyMap<string, readonly number[]>,
  fresh: (channel: string) => ReturnType<typeof threads>,
): Pick<Met, 'postedMs' | 'answeredMs' | 'answeredOnce' | 'wrong'> {
  const postedMs: number[] = [];
  const answeredMs: number[] = [];
  const wrong: string[] = [];
  let answeredOnce = 0;
  for (const channel of channels()) {
    const asked = (sent.get(channel) ?? []).toSorted((left, right) => left - right);
    const seen = fresh(channel);
    if (seen.length !== asked.length) wrong.push(`${channel}: ${asked.length} commands, ${seen.length} parents`);
    // Parents of one channel come in the order of its commands: the outbox posts the longest-waiting message first.
    for (const [index, thread] of seen.entries()) {
      const { parent, replies } = thread;
      if (!isFinal(parent)) wrong.push(`${channel}: the parent stays "${parent.text.slice(0, 60)}"`);
      if (replies.length !== 1) wrong.push(`${channel}: ${replies.length} reports below one parent`);
      if (isFinal(parent) && replies.length === 1) answeredOnce += 1;
      const from = asked[index];
      if (from === undefined) continue;
      postedMs.push((posted.get(parent) ?? Number.NaN) - from);
      for (const reply of replies.slice(0, 1)) answeredMs.push((posted.get(reply) ?? Number.NaN) - from);
    }
  }
  return { postedMs, answeredMs, answeredOnce, wrong };
}

function channels(): readonly string[] {
  return Array.from({ length: channelCount }, (_, index) => channelId(index));
}

async function ask({
  text,
  channel,
  answerWithinMs,
}: {
  readonly text: string;
  readonly channel: number;
  readonly answerWithinMs: number;
}): Promise<Asked & { readonly sentMs: number; readonly report: string }> {
  const id = channelId(channel);
  const before = threads(id).length;
  const { sentMs, acknowledgedMs, said } = await send(text, id);
  const fresh = () => threads(id)[before];
  const deadline = nowMs() + answerWithinMs;
  if (said === '') {
    for (let thread = fresh(); nowMs() < deadline && (thread === undefined || !isAnswered(thread)); thread = fresh())
      await pause(2);
  }
  const thread = fresh();
  const [report] = thread?.replies ?? [];
  return {
    sentMs,
    acknowledgedMs,
    said,
    postedMs: thread === undefined ? undefined : (posted.get(thread.parent) ?? Number.NaN) - sentMs,
    answeredMs: report === undefined ? undefined : (posted.get(report) ?? Number.NaN) - sentMs,
    report: `${thread?.parent.text ?? ''} | ${report?.text ?? ''}`,
  };
}

/** Asks about each workload and returns the button of the first proposal in each report. */
async function proposals({ texts }: { readonly texts: readonly string[] }): Promise<readonly Button[]> {
  const found: Button[] = [];
  const width = 20;
  for (let first = 0; first < texts.length; first += width) {
    const asked = texts.slice(first, first + width).map(async (text, index) => {
      const before = threads(channelId(index)).length;
      const { answeredMs, said } = await ask({ text, channel: index, answerWithinMs: 30_000 });
      const [report] = threads(channelId(index))[before]?.replies ?? [];
      const button = report === undefined ? undefined : buttonOf(report, /^fix\.\d+$/);
      if (answeredMs === undefined || button === undefined) {
        throw new Error(`no proposal for ${text}: ${said} ${JSON.stringify(report)}`);
      }
      return button;
    });
    found.push(...(await Promise.all(asked)));
  }
  return found;
}

answerCalls({
  start: async () => {
    slack = await startSlack({ now: () => new Date(), limits: false });
    inviteApprovers(slack);
    const { workspace } = slack;
    for (const [index, id] of channels().entries()) {
      const members = new Set([...workspace.people.keys(), workspace.app.botUser]);
      const messages = new TimedMessages();
      workspace.channels.set(id, { id, name: `bench-${index}`, im: false, shared: false, members, messages });
    }
    const { botToken, appToken, signingSecret } = workspace.app;
    return {
      apiUrl: slack.apiUrl,
      channels: channels(),
      env: { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret },
    };
  },
  requestUrl: (url: string | undefined) => slack.delivery.useRequestUrl(url),
  connections: () => slack.delivery.connections(),
  storm,
  ask,
  proposals,
  press: async (presses: Presses) => await press(slack, presses),
  plans: () => shownPlans(slack),
  results: () => shownResults(slack, posted),
  stop: async () => await slack.stop(),
});
