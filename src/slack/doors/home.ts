import type { App } from '@slack/bolt';
import type { HomeView } from '@slack/types';
import { reasonOf } from '../../errors.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import { HomeOpened } from '../bot/payloads.ts';
import { listChanges } from '../changes/named.ts';
import { drawHome, drawHomeNote } from '../views/change-lists.ts';

/** App Home: what is waiting for approval, what was changed, which uses of break glass nobody has reviewed. */
export function listenToHome(app: App, bot: Bot): void {
  app.event('app_home_opened', async ({ body, context }) => {
    const workspace = bot.workspaceOf(context.teamId);
    const { event } = HomeOpened.parse(body);
    if (event.tab !== 'home') return;
    const view = await homeOf(bot, workspace, event);
    await workspace.client.views.publish({ user_id: event.user, view });
  });
}

async function homeOf(
  bot: Bot,
  workspace: Workspace,
  { user, channel }: { readonly user: string; readonly channel: string },
): Promise<HomeView> {
  try {
    return drawHome(await listChanges(bot, workspace, { user, channel }));
  } catch (error) {
    bot.log.warn({ reason: reasonOf(error) }, 'cannot draw App Home');
    return drawHomeNote('Redis isn’t responding. Open this page again in a minute.');
  }
}
