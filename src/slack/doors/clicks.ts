import type { App } from '@slack/bolt';
import { opensForm } from '../../commands/parse.ts';
import { mergeProposals } from '../../flows/change/plan/proposals.ts';
import { checkedWorkload, type Report } from '../../model/finding/report.ts';
import { treatedAlike } from '../../model/finding/same-problem.ts';
import { askOf, originated, originOfId } from '../../model/message-origin.ts';
import { remedies } from '../../remedies/index.ts';
import {
  ApprovalValueJson,
  ChooseValueJson,
  CommandValueJson,
  changeIds,
  DiagnosisValueJson,
  FixValueJson,
  PlanValueJson,
} from '../blocks/change-ids.ts';
import { questionOf } from '../blocks/report-target.ts';
import type { Bot } from '../bot/bot.ts';
import { type Click, onClick, whereAsked } from '../bot/click.ts';
import { mayAskHere } from '../bot/permission.ts';
import type { Reply, Request } from '../bot/request.ts';
import { decideByPress, reviewByPress } from '../changes/deciding.ts';
import { chooseForm } from '../changes/form.ts';
import { openBreakGlass, openDiff, openKubectl, openReject, openTicket, openWhenRead } from '../changes/modals.ts';
import { askForChange, refuseAsking } from '../changes/requesting.ts';
import { undoChange } from '../changes/undoing.ts';
import { drawForgotten, drawRefusal } from '../views/private.ts';
import { askSubject, perform } from './perform.ts';

/** Buttons of reports that propose a change, and of plans and results. */
export function listenToChanges(app: App, bot: Bot): void {
  const on = (actionId: string | RegExp, act: (bot: Bot, click: Click) => Promise<Reply>) =>
    onClick(app, bot, actionId, async (click) => await act(bot, click));
  on(changeIds.fixPattern, reviewFix);
  on(changeIds.choosePattern, choose);
  on(changeIds.approve, async (bot, click) => {
    const value = PlanValueJson.parse(click.value);
    return await decideByPress(bot, click.workspace, click.request, {
      value,
      what: 'approve',
      messageTs: click.body.message?.ts,
    });
  });
  on(changeIds.approveWithTicket, openTicket);
  on(changeIds.reject, openReject);
  on(changeIds.breakGlass, openBreakGlass);
  on(changeIds.diff, openDiff);
  on(changeIds.kubectl, openKubectl);
  on(changeIds.undoPattern, async (bot, click) => {
    return await undoChange(bot, click.workspace, threaded(click), ApprovalValueJson.parse(click.value));
  });
  on(changeIds.diagnosisPattern, showDiagnosis);
  on(changeIds.inClusterPattern, goOn);
  on(changeIds.reviewedPattern, async (bot, { workspace, request, value }) => {
    return await reviewByPress(bot, workspace, request, ApprovalValueJson.parse(value));
  });
}

/** The plan of a proposal goes into the thread of its report. */
async function reviewFix(bot: Bot, click: Click): Promise<Reply> {
  const { workspace, request, value } = click;
  const { reportId, finding: index, proposals, everywhere, messageId } = FixValueJson.parse(value);
  const report = await bot.ports.reports.get(workspace.team, reportId);
  const finding = report?.findings[index];
  const proposal = finding?.proposals[proposals[0] ?? 0];
  const workload = checkedWorkload(report);
  if (report === undefined || finding === undefined || workload === undefined || proposal === undefined) {
    return forgotten();
  }
  const { remedy } = proposal;
  if (remedies.find(remedy) === undefined) {
    return { kind: 'private', drawn: drawRefusal(`This version does not know the fix ${remedy}.`) };
  }
  const merged = mergeProposals(
    remedy,
    proposals.flatMap((one) => finding?.proposals[one] ?? []),
  );
  const proposed = { subject: workload, ...(merged.ok ? { params: merged.params } : {}) };
  const others = everywhere ? { others: [...treatedAlike(finding, proposal)] } : {};
  return await askForChange(bot, workspace, threaded(click), {
    remedy,
    cluster: report.cluster,
    namespace: workload.namespace,
    text: `${proposal.summary}${everywhere ? ', and the same for the others' : ''}`,
    part: { from: { reportId, finding: index, proposals, everywhere, ...proposed, ...others } },
    about: [workload],
    asked: await whereAsked(bot, workspace, request, askOf(originOfId(messageId))),
  });
}

/** Policy and report are read while the trigger is still valid. */
async function choose(bot: Bot, click: Click): Promise<Reply> {
  const { workspace, body } = click;
  const opening = { triggerId: body.trigger_id, what: 'the report' };
  return await openWhenRead(bot, workspace, opening, chosenForm(bot, click));
}

async function chosenForm(bot: Bot, click: Click): Promise<Reply> {
  const { workspace, request, value } = click;
  const { reportId, finding: index, messageId, remedy } = ChooseValueJson.parse(value);
  const [report, asked]: [Report | undefined, Request] = await Promise.all([
    bot.ports.reports.get(workspace.team, reportId),
    whereAsked(bot, workspace, request, askOf(originOfId(messageId))),
  ]);
  const finding = report?.findings[index];
  const workload = checkedWorkload(report);
  if (report === undefined || workload === undefined || finding === undefined) return forgotten();
  const { cluster } = report;
  const decision = await mayAskHere(bot, workspace, asked, { command: remedy, cluster, namespace: workload.namespace });
  if (!decision.allowed) {
    return await refuseAsking(bot, workspace, request, { remedy, cluster, about: [workload] }, decision.why);
  }
  const form = remedies.find(remedy)?.form;
  if (form === undefined) return forgotten();
  return chooseForm({ cluster, workload }, finding, { id: remedy, form }, placeOf(threaded(click), asked));
}

function placeOf(request: Request, asked: Request) {
  return {
    channel: request.channel,
    ...(request.channelName === undefined ? {} : { channelName: request.channelName }),
    ...(request.threadTs === undefined ? {} : { threadTs: request.threadTs }),
    ...(asked.channel === request.channel ? {} : { origin: asked.channel }),
  };
}

/** Continues a command that named no cluster, as if it had been typed with the button's cluster. */
async function goOn(bot: Bot, { workspace, body, request, value }: Click): Promise<Reply> {
  const { text } = CommandValueJson.parse(value);
  const performed = perform(bot, workspace, { ...request, typed: `/imagecheck ${text}` }, text);
  if (!opensForm(text)) return await performed;
  const opening = { triggerId: body.trigger_id, what: 'the rules of this channel', respond: request.respond };
  return await openWhenRead(bot, workspace, opening, performed);
}

/** The diagnosis after a change that did not help, as a report in the same thread. */
async function showDiagnosis(bot: Bot, click: Click): Promise<Reply> {
  const { workspace, request, value } = click;
  const { approval: id, reportId } = DiagnosisValueJson.parse(value);
  const [report, approval] = await Promise.all([
    bot.ports.reports.get(workspace.team, reportId),
    bot.changes.get(workspace.team, id),
  ]);
  const target = report === undefined ? undefined : questionOf(report);
  if (report === undefined || target === undefined) return forgotten();
  const where =
    approval?.requester === request.user ? { ...request, channel: approval.origin ?? request.channel } : request;
  const decision = await mayAskHere(bot, workspace, where, askSubject(target, report.cluster));
  if (!decision.allowed) return { kind: 'private', drawn: drawRefusal(decision.why) };
  const { threadTs } = threaded(click);
  await bot.ports.outbox.put({
    version: 1,
    ...originated({ about: 'approval', approval: id, part: 'diagnosis', which: reportId }),
    team: workspace.team,
    channel: request.channel,
    ...(threadTs === undefined ? {} : { thread: { ts: threadTs } }),
    urgency: 'answer',
    body: { view: 'report', reportId, report, showAll: false },
  });
  return { kind: 'asked' };
}

function forgotten(): Reply {
  return { kind: 'private', drawn: drawForgotten() };
}

/** Below the clicked message, unless that message is itself a reply. */
function threaded({ request, body }: Click): Request {
  const ts = request.threadTs ?? body.message?.ts;
  return ts === undefined || body.container.is_ephemeral ? request : { ...request, threadTs: ts };
}
