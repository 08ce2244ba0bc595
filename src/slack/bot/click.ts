import type { App, RespondFn } from '@slack/bolt';
import { attempt } from './attempt.ts';
import type { Bot, Workspace } from './bot.ts';
import { BlockActions } from './payloads.ts';
import { answerOnce, ephemeral } from './replies.ts';
import type { Reply, Request } from './request.ts';

/** A press of a button in a message. */
export interface Click {
  readonly workspace: Workspace;
  readonly body: BlockActions;
  readonly request: Request;
  /** Of the clicked button. */
  readonly value: string;
}

/** Runs `act` once per press, acknowledges when it is done, and shows the person its answer. */
export function onClick(app: App, bot: Bot, actionId: string | RegExp, act: (click: Click) => Promise<Reply>): void {
  app.action({ type: 'block_actions', action_id: actionId }, async ({ body, ack, respond, context }) => {
    const click = clickOf(bot.workspaceOf(context.teamId), BlockActions.parse(body), respond);
    const { key } = click.request;
    const reply = await attempt(bot, key, () => act(click));
    await ack();
    if ('drawn' in reply) {
      const answer = inThread(click, ephemeral(reply.drawn));
      await answerOnce(bot, click.workspace, key, async () => void (await respond(answer)));
    } else if (click.body.container.is_ephemeral) await respond({ delete_original: true });
  });
}

function clickOf(workspace: Workspace, body: BlockActions, respond: RespondFn): Click {
  const threadTs = body.message?.thread_ts ?? body.container.thread_ts;
  const name = body.channel?.name;
  const request: Request = {
    key: body.trigger_id,
    user: body.user.id,
    channel: body.channel?.id ?? '',
    ...(name === undefined ? {} : { channelName: name }),
    ...(threadTs === undefined ? {} : { threadTs }),
    respond: async (drawn) => void (await respond(ephemeral(drawn))),
  };
  return { workspace, body, request, value: body.actions[0]?.value ?? '' };
}

/**
 * A click in a direct conversation counts for the channel in which its question was asked, provided that this person
 * asked it.
 */
export async function whereAsked(
  bot: Pick<Bot, 'ports'>,
  { team }: Pick<Workspace, 'team'>,
  request: Request,
  askId: string | undefined,
): Promise<Request> {
  if (!request.channel.startsWith('D') || askId === undefined) return request;
  const ask = await bot.ports.asks.get(askId);
  if (ask === undefined || ask.team !== team || ask.user !== request.user) return request;
  const { threadTs: _, channelName: __, ...rest } = request;
  return { ...rest, channel: ask.origin ?? ask.channel };
}

function inThread<T extends object>({ request }: Click, answer: T): T & { readonly thread_ts?: string } {
  return request.threadTs === undefined ? answer : { ...answer, thread_ts: request.threadTs };
}
