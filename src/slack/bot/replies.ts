import { setTimeout as delay } from 'node:timers/promises';
import type { KnownBlock } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { Command } from '../../commands/command.ts';
import { reasonOf } from '../../errors.ts';
import { within } from '../../timing/within.ts';
import type { Drawn } from '../blocks/blocks.ts';
import { openPickerValue } from '../blocks/ids.ts';
import { send, sentOf } from '../connection/send.ts';
import { drawOpenPicker } from '../views/private.ts';
import type { Bot, Workspace } from './bot.ts';
import { pickerView, startPicker } from './picker.ts';
import type { Reply, Request } from './request.ts';

type PickCommand = Pick<Extract<Command, { type: 'pick' }>, 'kind' | 'cluster' | 'namespace' | 'dm'>;

/** A reply that only this person sees, for an acknowledgement or a response URL. */
export function ephemeral(drawn: Drawn): {
  response_type: 'ephemeral';
  replace_original: false;
  text: string;
  blocks: KnownBlock[];
} {
  return { response_type: 'ephemeral', replace_original: false, text: drawn.text, blocks: drawn.blocks };
}

/** The form for choosing a workload; if it cannot be opened, a button that tries again. */
export async function pickerForm(bot: Bot, request: Request, command: PickCommand): Promise<Reply> {
  const view = await pickerView(bot, startPicker(bot, request, command));
  return { kind: 'form', view, otherwise: pickerButton(command) };
}

/** Opens a form for parameters, or says how to open it if Slack no longer accepts the click. */
export async function openForm(
  { log }: Pick<Bot, 'log'>,
  { client }: Pick<Workspace, 'client'>,
  form: Extract<Reply, { kind: 'form' }>,
  triggerId: string,
): Promise<Reply> {
  try {
    await client.views.open({ trigger_id: triggerId, view: form.view });
    return { kind: 'asked' };
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'cannot open a form');
    return { kind: 'private', drawn: form.otherwise };
  }
}

/** The button that opens the form from a message. */
function pickerButton({ kind, cluster, namespace, dm }: PickCommand): Drawn {
  return drawOpenPicker(openPickerValue({ kind, cluster, namespace, direct: dm }));
}

/** How long to wait before each further attempt. Slack has acknowledged the mention, so nobody else repeats this. */
const pausesMs = [500, 2000, 5000, 10_000];

/** Sends something to one person in a channel where we are a member; again if Slack can't take it at the moment. */
async function tellPrivately(
  client: WebClient,
  { channel, user, threadTs }: Pick<Request, 'channel' | 'user' | 'threadTs'>,
  { text, blocks }: Drawn,
): Promise<void> {
  const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await client.chat.postEphemeral({ channel, user, text, blocks, ...thread });
      return;
    } catch (error) {
      const pauseMs = pausesMs[attempt];
      const failure = sentOf(error);
      if (pauseMs === undefined || (failure.kind !== 'transient' && failure.kind !== 'rate-limited')) throw error;
      await delay(failure.kind === 'rate-limited' ? Math.max(pauseMs, failure.retryAfterMs) : pauseMs);
    }
  }
}

/** Answers a mention, or a shortcut, in the thread of its message. */
export async function replyInThread(
  bot: Bot,
  workspace: Workspace,
  request: Request,
  messageTs: string,
  reply: Reply,
): Promise<void> {
  if (reply.kind === 'asked') return;
  try {
    await answerOnce(bot, workspace, request.key, () => answerIn(workspace, request, messageTs, reply));
  } catch (error) {
    bot.log.warn({ reason: reasonOf(error) }, 'cannot reply in Slack');
  }
}

async function answerIn(
  { client }: Workspace,
  request: Request,
  messageTs: string,
  reply: Exclude<Reply, { kind: 'asked' }>,
): Promise<void> {
  if (reply.kind === 'picker') return await tellPrivately(client, request, pickerButton(reply.command));
  if (reply.kind === 'form') return await tellPrivately(client, request, reply.otherwise);
  if (reply.kind === 'private') return await tellPrivately(client, request, reply.drawn);
  const where = { channel: request.channel, threadTs: request.threadTs ?? messageTs };
  const sent = await send(client, where, reply.drawn);
  if (sent.kind === 'sent') return;
  if (request.respond === undefined) await tellPrivately(client, request, reply.drawn);
  else await request.respond(reply.drawn);
}

/** How long Redis may take to say whether a delivery was answered. */
const claimWithinMs = 900;

/**
 * Answers a delivery that no bot has answered. Where Redis does not respond, the person gets the answer anyway: twice is
 * better than never.
 */
export async function answerOnce(
  { ports: { told } }: Pick<Bot, 'ports'>,
  { team }: Pick<Workspace, 'team'>,
  delivery: string,
  answer: () => Promise<void>,
): Promise<void> {
  const isOurs = await within(claimWithinMs, told.claim(team, delivery), () => true).catch(() => true);
  if (!isOurs) return;
  await answer();
  await told.keep(team, delivery).catch(() => {});
}
