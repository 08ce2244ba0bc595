import type { App, RespondFn } from '@slack/bolt';
import { UserError } from '../errors.ts';
import { defined } from '../model/defined.ts';
import { attempt } from './attempt.ts';
import type { Bot, Workspace } from './bot.ts';
import { AskValueJson, askIdOf, ids, OpenPickerValueJson, ShowAllValueJson } from './ids.ts';
import { BlockActions } from './payloads.ts';
import { question, subjectOf } from './perform.ts';
import { mayAskHere } from './permission.ts';
import { ephemeral, openPicker } from './replies.ts';
import { targetOf } from './report-target.ts';
import type { Reply, Request } from './request.ts';
import { drawForgotten, drawRefusal } from './views/private.ts';

interface Click {
  readonly workspace: Workspace;
  readonly body: BlockActions;
  readonly request: Request;
  /** Of the clicked button. */
  readonly value: string;
}

/** Buttons in messages. Each can be clicked twice, a week later, and after a restart. */
export function listenToActions(app: App, bot: Bot): void {
  const on = (actionId: string | RegExp, act: (bot: Bot, click: Click) => Promise<Reply>) => {
    app.action({ type: 'block_actions', action_id: actionId }, async ({ body, ack, respond, context }) => {
      const click = clickOf(bot.workspaceOf(context.teamId), BlockActions.parse(body), respond);
      const reply = await attempt(bot, click.request.key, () => act(bot, click));
      await ack();
      if (reply.kind !== 'asked' && reply.kind !== 'picker') await respond(inThread(click, ephemeral(reply.drawn)));
      else if (click.body.container.is_ephemeral) await respond({ delete_original: true });
    });
  };
  on(ids.askPattern, (bot, click) => askAgain(bot, click, false));
  on(ids.askDirect, (bot, click) => askAgain(bot, click, true));
  on(ids.showAll, showAll);
  on(ids.openPicker, async (bot, { workspace, body, request, value }) => {
    const { kind = 'Deployment', direct, ...place } = OpenPickerValueJson.parse(value);
    const command = { kind, dm: direct, ...defined(place) };
    return await openPicker(bot, workspace, request, command, body.trigger_id);
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

async function askAgain(bot: Bot, { workspace, request, value }: Click, dm: boolean): Promise<Reply> {
  const { cluster, target, ask } = AskValueJson.parse(value);
  const asked = await whereAsked(bot, request, ask);
  const answerHere = asked.channel === request.channel;
  // In a direct conversation the rules of the channel apply in which the question began.
  return await question(bot, workspace, asked, { type: 'ask', target, cluster, dm: dm || !answerHere });
}

async function showAll(bot: Bot, { workspace, body, request, value }: Click): Promise<Reply> {
  const { messageId, reportId } = ShowAllValueJson.parse(value);
  const report = await bot.ports.reports.get(workspace.team, reportId);
  if (report === undefined) return { kind: 'private', drawn: drawForgotten() };
  const target = targetOf(report);
  if (target === undefined)
    throw new UserError('This report belongs to no workload and no image.', { remedy: 'Ask again.' });
  const where = await whereAsked(bot, request, askIdOf(messageId));
  const decision = await mayAskHere(bot, workspace, where, subjectOf(target, report.cluster));
  if (!decision.allowed) return { kind: 'private', drawn: drawRefusal(decision.why) };
  const ts = body.message?.thread_ts ?? body.container.thread_ts;
  await bot.ports.outbox.put({
    version: 1,
    id: messageId,
    team: workspace.team,
    channel: request.channel,
    ...(ts === undefined ? {} : { thread: { ts } }),
    urgency: 'answer',
    body: { view: 'report', reportId, report, showAll: true },
  });
  return { kind: 'asked' };
}

/** A click in a direct conversation counts where its question was asked, provided that this person asked it. */
async function whereAsked(bot: Bot, request: Request, askId: string | undefined): Promise<Request> {
  if (!request.channel.startsWith('D') || askId === undefined) return request;
  const ask = await bot.ports.asks.get(askId);
  if (ask === undefined || ask.user !== request.user) return request;
  const { threadTs: _, channelName: __, ...rest } = request;
  return { ...rest, channel: ask.origin ?? ask.channel };
}

function inThread<T extends object>({ request }: Click, answer: T): T & { readonly thread_ts?: string } {
  return request.threadTs === undefined ? answer : { ...answer, thread_ts: request.threadTs };
}
