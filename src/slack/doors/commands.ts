import type { App } from '@slack/bolt';
import { plainText } from '../../commands/grammar/text.ts';
import { opensForm } from '../../commands/parse.ts';
import { attempt } from '../bot/attempt.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import { SlashCommand } from '../bot/payloads.ts';
import { ephemeral, pickerForm } from '../bot/replies.ts';
import type { Reply, Request } from '../bot/request.ts';
import { openWhenRead } from '../changes/modals.ts';
import { perform } from './perform.ts';

/**
 * The slash command, under whatever name the app was installed with: a listener for a fixed name would leave others
 * without an answer.
 */
export function listenToCommands(app: App, bot: Bot): void {
  app.command(/.*/, async ({ command, ack, respond, context }) => {
    const workspace = bot.workspaceOf(context.teamId);
    const slash = SlashCommand.parse(command);
    const request: Request = {
      key: slash.trigger_id,
      user: slash.user_id,
      channel: slash.channel_id,
      ...(slash.channel_name === undefined ? {} : { channelName: slash.channel_name }),
      typed: plainText(`${slash.command} ${slash.text}`).trim(),
      respond: async (drawn) => void (await respond(ephemeral(drawn))),
    };
    const reply = await attempt(bot, request.key, () =>
      performAndOpen(bot, workspace, request, slash.text, slash.trigger_id),
    );
    await acknowledge(ack, reply);
  });
}

async function performAndOpen(
  bot: Bot,
  workspace: Workspace,
  request: Request,
  text: string,
  triggerId: string,
): Promise<Reply> {
  const performed = perform(bot, workspace, request, text).then(async (reply) =>
    reply.kind === 'picker' ? await pickerForm(bot, request, reply.command) : reply,
  );
  if (!opensForm(text)) return await performed;
  const opening = { triggerId, what: 'the rules of this channel', respond: request.respond };
  return await openWhenRead(bot, workspace, opening, performed);
}

type Acknowledge = (response?: { response_type: 'ephemeral' | 'in_channel'; text: string }) => Promise<void>;

/** The typed text may contain a secret, and Slack shows it to everyone with a public reply: so replies are private. */
async function acknowledge(ack: Acknowledge, reply: Reply): Promise<void> {
  if (!('drawn' in reply)) return await ack();
  await ack({ ...ephemeral(reply.drawn), response_type: reply.kind === 'announcement' ? 'in_channel' : 'ephemeral' });
}
