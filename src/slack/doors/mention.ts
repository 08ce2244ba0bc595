import type { App } from '@slack/bolt';
import { plainText } from '../../commands/grammar/text.ts';
import { attempt } from '../bot/attempt.ts';
import type { Bot } from '../bot/bot.ts';
import { Mention } from '../bot/payloads.ts';
import { replyInThread } from '../bot/replies.ts';
import type { Request } from '../bot/request.ts';
import { perform } from './perform.ts';

/** `@imagecheck …`: the same grammar as the slash command; in a thread the answer goes there. */
export function listenToMentions(app: App, bot: Bot): void {
  app.event('app_mention', async ({ body, context }) => {
    const workspace = bot.workspaceOf(context.teamId);
    const { event, event_id: key, is_ext_shared_channel: shared } = Mention.parse(body);
    if (event.user === undefined || event.bot_id !== undefined) return;
    const text = afterMention(event.text, workspace.botUserId);
    const request: Request = {
      key,
      user: event.user,
      channel: event.channel,
      shared,
      typed: plainText(`@imagecheck ${text}`).trim(),
      ...(event.thread_ts === undefined ? {} : { threadTs: event.thread_ts }),
    };
    const reply = await attempt(bot, key, () => perform(bot, workspace, request, text));
    await replyInThread(bot, workspace, request, event.ts, reply);
  });
}

/** The text after the mention; people also write "hi @imagecheck deployment web". */
function afterMention(text: string, botUserId: string): string {
  const found = new RegExp(`<@${botUserId}(?:\\|[^<>]*)?>[\\s,:]*`).exec(text);
  return found === null ? text : text.slice(found.index + found[0].length);
}
