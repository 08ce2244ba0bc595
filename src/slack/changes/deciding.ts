import type { DecideClick, Decision } from '../../flows/change/decide/decide.ts';
import type { Approval } from '../../model/approval/approval.ts';
import type { ApprovalValue, PlanValue } from '../blocks/change-ids.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import type { Reply, Request } from '../bot/request.ts';
import { send } from '../connection/send.ts';
import {
  drawChangeGone,
  drawDecisionRefused,
  drawNoSuchChange,
  drawOver,
  drawReviewed,
  drawVoted,
} from '../views/decided.ts';
import { changeMetadata, drawPlan } from '../views/plan.ts';

/** What was pressed and what was filled in. */
interface Press extends Pick<DecideClick, 'what' | 'reason' | 'ticket'> {
  readonly value: PlanValue;
  /** The message that shows the plan, so that its buttons can be removed immediately. */
  readonly messageTs?: string | undefined;
}

type Options = Pick<Bot, 'changes' | 'log' | 'deliveries'>;

/**
 * One press of a deciding button. Group membership is read now, and a group that cannot be read allows nothing. The
 * answer is for this person alone; everyone sees the plan change.
 */
export async function decideByPress(
  options: Options,
  workspace: Workspace,
  request: Request,
  press: Press,
): Promise<Reply> {
  const { value, messageTs, ...what } = press;
  const decision = await options.changes.decide({
    ...what,
    team: workspace.team,
    id: value.approval,
    digest: value.digest,
    user: request.user,
    groups: await workspace.directory.groupsNow(request.user, options.changes.groups(workspace.team)),
    channel: request.channel,
    key: request.key,
  });
  if ('approval' in decision && decision.kind !== 'voted') {
    redraw(options, workspace, request, messageTs, decision.approval);
  }
  return answerOf(decision, value);
}

function answerOf(decision: Decision, value: PlanValue): Reply {
  switch (decision.kind) {
    case 'voted':
      return { kind: 'private', drawn: drawVoted(decision.approval) };
    case 'refused':
      return { kind: 'private', drawn: drawDecisionRefused(decision), correctable: true };
    case 'over':
      return { kind: 'private', drawn: drawOver(decision.approval) };
    case 'unknown':
      return { kind: 'private', drawn: drawChangeGone(value) };
    case 'granted':
    case 'rejected':
    default:
      return { kind: 'asked' };
  }
}

/**
 * Removes the buttons without waiting for the outbox, which draws the same message again. Nothing waits for this call:
 * if Slack does not accept it now, the outbox repeats it. However many people press at once, one state of a message is
 * drawn once.
 */
function redraw(
  { deliveries }: Options,
  { client }: Workspace,
  request: Request,
  ts: string | undefined,
  approval: Approval,
): void {
  if (ts === undefined) return;
  const key = `redraw ${request.channel} ${ts} ${approval.id} ${approval.revision}`;
  if (deliveries.get(key) !== undefined) return;
  deliveries.set(key, { reply: Promise.resolve({ kind: 'asked' }) });
  const where = { channel: request.channel, ts, metadata: changeMetadata({ view: 'plan', approval }) };
  send(client, where, drawPlan(approval)).catch(() => {});
}

/** Someone reviewed a use of break glass. */
export async function reviewByPress(
  options: Options,
  workspace: Workspace,
  request: Request,
  value: ApprovalValue,
): Promise<Reply> {
  const decision = await options.changes.review({
    team: workspace.team,
    id: value.approval,
    user: request.user,
    groups: await workspace.directory.groupsNow(request.user, options.changes.groups(workspace.team)),
  });
  if (decision.kind === 'unknown') return { kind: 'private', drawn: drawNoSuchChange(value) };
  if (decision.kind === 'refused') return { kind: 'private', drawn: drawDecisionRefused(decision) };
  return { kind: 'private', drawn: drawReviewed(decision.approval) };
}
