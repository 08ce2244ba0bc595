import { UserError } from '../../errors.ts';
import { type Approval, stateName } from '../../model/approval/approval.ts';
import { namespaceOfSubject, unguarded } from '../../model/subject/subject.ts';
import { bothClocks } from '../../model/values/both-clocks.ts';
import type { ApprovalValue } from '../blocks/change-ids.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import type { Reply, Request } from '../bot/request.ts';
import { drawMadeInTerminal, drawNoSuchChange } from '../views/decided.ts';
import { askForChange } from './requesting.ts';

/** Requests the undo of an executed change: a plan like any other, approved under the same policy. */
export async function undoChange(
  bot: Pick<Bot, 'aheadMs' | 'changes' | 'now' | 'rules'>,
  workspace: Workspace,
  request: Request,
  value: ApprovalValue,
): Promise<Reply> {
  const { approval: id } = value;
  const done = await bot.changes.get(workspace.team, id);
  if (done === undefined) {
    const isTerminal = await bot.changes.isOfTerminal(id);
    return { kind: 'private', drawn: isTerminal ? drawMadeInTerminal(id) : drawNoSuchChange(value) };
  }
  const obstacle = obstacleTo(done, bot.now(), bot.aheadMs?.() ?? 0);
  const about = done.plan?.intent.targets.map(({ subject }) => unguarded(subject));
  const undo = { remedy: 'undo' as const, cluster: done.cluster, ...(about === undefined ? {} : { about }) };
  const [namespace, ...others] = new Set(about?.map(namespaceOfSubject));
  // Several namespaces: only for people who may ask about all of them.
  const where = namespace === undefined || others.length > 0 ? {} : { namespace };
  const asked = request.channel.startsWith('D') && done.requester === request.user && done.origin !== undefined;
  return await askForChange(bot, workspace, request, {
    ...undo,
    ...where,
    text: `undo ${id}`,
    part: { undoes: id },
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(asked && done.origin !== undefined ? { asked: { user: request.user, channel: done.origin } } : {}),
  });
}

function obstacleTo(
  { id, state, undoneBy, undoUntil, plan }: Approval,
  now: Date,
  aheadMs: number,
): UserError | undefined {
  if (state !== 'done' && state !== 'failed' && state !== 'verifying') {
    return new UserError(`Plan ${id} was not executed (${stateName(state)}), so there is nothing to undo.`);
  }
  if (undoneBy !== undefined) return new UserError(`Plan ${id} was undone already, by plan ${undoneBy}.`);
  const byHand = { remedy: 'Check the workload again, and use what its report proposes, or roll-back.' };
  if (plan?.undo.how === undefined) return new UserError(`Plan ${id} can’t be undone.`, byHand);
  if (undoUntil === undefined || Date.parse(undoUntil) >= now.getTime()) return undefined;
  return new UserError(`Plan ${id} could be undone until ${undoUntil}.${bothClocks(now, aheadMs)}`, byHand);
}
