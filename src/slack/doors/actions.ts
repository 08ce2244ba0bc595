import type { App } from '@slack/bolt';
import { UserError } from '../../errors.ts';
import { askOf, originOfId } from '../../model/message-origin.ts';
import { defined } from '../../model/values/defined.ts';
import { AskValueJson, ids, OpenPickerValueJson, ShowAllValueJson } from '../blocks/ids.ts';
import { questionOf } from '../blocks/report-target.ts';
import type { Bot } from '../bot/bot.ts';
import { type Click, onClick, whereAsked } from '../bot/click.ts';
import { mayAskHere } from '../bot/permission.ts';
import { pickerForm } from '../bot/replies.ts';
import type { Reply } from '../bot/request.ts';
import { openWhenRead } from '../changes/modals.ts';
import { drawForgotten, drawRefusal } from '../views/private.ts';
import { askSubject, question } from './perform.ts';

/** Buttons in messages. Each can be clicked twice, a week later, and after a restart. */
export function listenToActions(app: App, bot: Bot): void {
  onClick(app, bot, ids.askPattern, (click) => askAgain(bot, click, false));
  onClick(app, bot, ids.askDirect, (click) => askAgain(bot, click, true));
  onClick(app, bot, ids.showAll, (click) => showAll(bot, click));
  onClick(app, bot, ids.openPicker, async ({ workspace, body, request, value }) => {
    const { kind = 'Deployment', direct, ...place } = OpenPickerValueJson.parse(value);
    const command = { kind, dm: direct, ...defined(place) };
    const opening = { triggerId: body.trigger_id, what: 'the list of workers' };
    return await openWhenRead(bot, workspace, opening, pickerForm(bot, request, command));
  });
}

async function askAgain(bot: Bot, { workspace, request, value }: Click, dm: boolean): Promise<Reply> {
  const { cluster, target, ask } = AskValueJson.parse(value);
  const asked = await whereAsked(bot, workspace, request, ask);
  const answerHere = asked.channel === request.channel;
  // In a direct conversation the rules of the channel in which the question was asked apply.
  return await question(bot, workspace, asked, { type: 'ask', target, cluster, dm: dm || !answerHere });
}

async function showAll(bot: Bot, { workspace, body, request, value }: Click): Promise<Reply> {
  const { messageId, reportId } = ShowAllValueJson.parse(value);
  const report = await bot.ports.reports.get(workspace.team, reportId);
  if (report === undefined) return { kind: 'private', drawn: drawForgotten() };
  const target = questionOf(report);
  if (target === undefined)
    throw new UserError('This report belongs to no workload and no image.', { remedy: 'Ask again.' });
  const origin = originOfId(messageId);
  const where = await whereAsked(bot, workspace, request, askOf(origin));
  const decision = await mayAskHere(bot, workspace, where, askSubject(target, report.cluster));
  if (!decision.allowed) return { kind: 'private', drawn: drawRefusal(decision.why) };
  const ts = body.message?.thread_ts ?? body.container.thread_ts;
  await bot.ports.outbox.put({
    version: 1,
    id: messageId,
    ...defined({ origin }),
    team: workspace.team,
    channel: request.channel,
    ...(ts === undefined ? {} : { thread: { ts } }),
    urgency: 'answer',
    body: { view: 'report', reportId, report, showAll: true },
  });
  return { kind: 'asked' };
}
