import type { App } from '@slack/bolt';
import { plainText } from '../model/command-text.ts';
import { attempt } from './attempt.ts';
import { Mention } from './payloads.ts';
import { perform, type Request } from './perform.ts';
import { replyInThread } from './replies.ts';
import type { Shop } from './shop.ts';

/** `@imagecheck …`: the same grammar as the slash command; in a thread it is answered there. */
export function listenToMentions(app: App, shop: Shop): void {
  app.event('app_mention', async ({ body, context }) => {
    const workspace = shop.workspaceOf(context.teamId);
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
    const reply = await attempt(shop, key, () => perform(shop, workspace, request, text));
    await replyInThread(shop, workspace, request, event.ts, reply);
  });
}

/** What follows the mention; people also write "hi @imagecheck deployment web". */
export function afterMention(text: string, botUserId: string): string {
  const found = new RegExp(`<@${botUserId}(?:\\|[^<>]*)?>[\\s,:]*`).exec(text);
  return found === null ? text : text.slice(found.index + found[0].length);
}
