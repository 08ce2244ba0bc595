import { reasonOf } from '../../errors.ts';
import type { Approval } from '../../model/approval/approval.ts';
import type { Ask } from '../../model/ask/ask.ts';
import type { OutboxMessage, View } from '../../model/message.ts';
import { askOf, originated, originOf } from '../../model/message-origin.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import { draw } from '../views/draw.ts';

/** Slack's errors for "the bot is not a member": public channels return the first, private ones the second. */
const notMember: readonly string[] = ['not_in_channel', 'channel_not_found'];

/**
 * A channel does not accept our messages: the requester is told how to change that, and is offered the report by direct
 * message; in the channel itself while Slack's response URL is valid, otherwise directly. For a plan the requester is
 * told that nobody sees it; for break glass the person who used it is told that the security channel was not informed.
 */
export async function tellRefused(bot: Bot, workspace: Workspace, message: OutboxMessage, code: string): Promise<void> {
  const { body: view } = message;
  if (view.view === 'plan') return await tellUnseenPlan(bot, workspace, message, view.approval, code);
  const origin = originOf(message);
  if (origin?.about === 'approval' && origin.part === 'break-glass') {
    return await tellUntoldGlass(bot, workspace, message, origin.approval, code);
  }
  const askId = askOf(origin);
  const ask = askId === undefined ? undefined : await bot.ports.asks.get(askId);
  if (ask?.team !== workspace.team || ask.origin !== undefined || message.channel.startsWith('D')) return;
  const body = viewOf(ask, code);
  const invitation: OutboxMessage = {
    version: 1,
    ...originated({ about: 'ask', ask: ask.id, part: 'invitation' }),
    team: message.team,
    channel: message.channel,
    urgency: 'answer',
    body,
  };
  const respond = bot.responders.get(ask.id);
  if (respond !== undefined) {
    try {
      return await respond(draw(invitation));
    } catch (error) {
      bot.log.info({ reason: reasonOf(error) }, 'response URL expired');
    }
  }
  const direct = await workspace.directory.directChannel(ask.user);
  if (direct !== undefined) await bot.ports.outbox.put({ ...invitation, channel: direct }, 'first');
}

/** A plan that nobody can see cannot be approved: the requester is told so directly. */
async function tellUnseenPlan(
  bot: Bot,
  { directory }: Workspace,
  message: OutboxMessage,
  approval: Approval,
  code: string,
): Promise<void> {
  if (message.channel.startsWith('D')) return;
  const direct = await directory.directChannel(approval.requester);
  if (direct === undefined) return;
  const notice: OutboxMessage = {
    version: 1,
    ...originated({ about: 'approval', approval: approval.id, part: 'unseen' }),
    team: message.team,
    channel: direct,
    urgency: 'answer',
    body: {
      view: 'notice',
      tone: 'warning',
      text: `I cannot show plan ${approval.id} in the channel where you asked for it (${whyNot(code)}), so nobody can approve it and nothing will be done.`,
      remedy: 'Type /invite @imagecheck in that channel, and ask again.',
    },
  };
  await bot.ports.outbox.put(notice, 'first');
}

/**
 * The security channel was not informed of a use of break glass: the person who used it is told, and has to inform the
 * channel.
 */
async function tellUntoldGlass(
  bot: Bot,
  { directory }: Workspace,
  { team, channel, body }: OutboxMessage,
  approval: string,
  code: string,
): Promise<void> {
  const people = body.view === 'notice' ? (body.people ?? []) : [];
  for (const user of people) {
    const direct = await directory.directChannel(user);
    if (direct === undefined) continue;
    const notice: OutboxMessage = {
      version: 1,
      ...originated({ about: 'approval', approval, part: 'untold', which: user }),
      team,
      channel: direct,
      urgency: 'answer',
      body: {
        view: 'notice',
        tone: 'warning',
        text: `You approved ${approval} alone, and I could not tell the security channel ${channel} so (${whyNot(code)}).`,
        remedy:
          'Tell them yourself, and have someone type /invite @imagecheck in that channel. Someone else still has to review it: see approvals.',
      },
    };
    await bot.ports.outbox.put(notice, 'first');
  }
}

function whyNot(code: string): string {
  return notMember.includes(code) ? 'I am no member there' : `Slack says ${code}`;
}

function viewOf(ask: Ask, code: string): View {
  if (notMember.includes(code)) {
    return { view: 'invitation', channel: ask.channel, cluster: ask.cluster, target: ask.target };
  }
  return {
    view: 'notice',
    tone: 'warning',
    text: `Slack does not take my answer in that channel (${code}).`,
    remedy: 'Add --dm to the command, and I answer you directly.',
  };
}
