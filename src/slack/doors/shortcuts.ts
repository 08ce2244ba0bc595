import type { App } from '@slack/bolt';
import { atMost } from '../../model/text/at-most.ts';
import { ids } from '../blocks/ids.ts';
import { attempt } from '../bot/attempt.ts';
import type { Bot } from '../bot/bot.ts';
import { MessageShortcut } from '../bot/payloads.ts';
import { ephemeral, replyInThread } from '../bot/replies.ts';
import type { Request } from '../bot/request.ts';
import { replyWithExplanation } from './perform.ts';

/**
 * *Explain this error* on a message: the explanation goes into its thread, or to the person if we may not post there.
 */
export function listenToShortcuts(app: App, bot: Bot): void {
  app.shortcut({ callback_id: ids.explain, type: 'message_action' }, async ({ body, ack, respond, context }) => {
    const workspace = bot.workspaceOf(context.teamId);
    const shortcut = MessageShortcut.parse(body);
    const { channel, message, user } = shortcut;
    const request: Request = {
      key: shortcut.trigger_id,
      user: user.id,
      channel: channel.id,
      ...(channel.name === undefined ? {} : { channelName: channel.name }),
      threadTs: message.thread_ts ?? message.ts,
      respond: async (drawn) => void (await respond(ephemeral(drawn))),
    };
    const reply = await attempt(bot, request.key, () => replyWithExplanation(bot, workspace, request, textOf(message)));
    await ack();
    if (reply.kind === 'private') await respond(ephemeral(reply.drawn));
    else await replyInThread(bot, workspace, request, message.ts, reply);
  });
}

/** Far more than any error has. */
const longestText = 65_536;

/** All the text of a message; alert bots leave `text` empty and write into attachments. */
function textOf({ text, attachments = [] }: MessageShortcut['message']): string {
  const parts = attachments.map((one) => [one.title, one.text ?? one.fallback].filter(Boolean).join('\n'));
  return atMost([text, ...parts].filter((part) => part.trim() !== '').join('\n'), longestText);
}
