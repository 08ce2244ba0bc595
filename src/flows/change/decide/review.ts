import { UserError } from '../../../errors.ts';
import type { Approval } from '../../../model/approval/approval.ts';
import { mayVote, shortestBreakGlassReason, subjectOfPlan } from '../../../model/approval/approval-policy.ts';
import { eventOf, reviewed } from '../../../model/approval/approval-step.ts';
import { show } from '../show/approval-messages.ts';
import { type DecideDeps, type Decision, refusalOfReject } from './decide.ts';

/** Someone states that they have reviewed a use of break glass. */
export interface ReviewClick {
  readonly team: string;
  readonly id: string;
  readonly user: string;
  readonly groups: readonly string[] | 'unreadable';
}

/**
 * Records that a use of break glass was reviewed, by someone who may approve or break the glass there, and who neither
 * requested the change nor broke the glass. A second reviewer is told who was first.
 */
export async function review(click: ReviewClick, deps: DecideDeps): Promise<Decision> {
  for (let round = 0; round < 20; round += 1) {
    const approval = await deps.approvals.get(click.team, click.id);
    if (approval === undefined) return { kind: 'unknown' };
    const by = { actor: click.user, at: deps.now().toISOString() };
    const why = refusalOfReview(approval, click, deps);
    if (why !== undefined) {
      const key = `review ${click.team} ${click.id} ${click.user}`;
      await deps.audit.append([eventOf(approval, 'refused', by, { detail: why })], key);
      return { kind: 'refused', why };
    }
    const step = reviewed(approval, by);
    if (!step.ok) return { kind: 'over', approval };
    const stored = await deps.approvals.change(step.next, { audit: step.audit });
    if (stored === undefined) continue;
    await show(stored, deps).catch((error: unknown) => deps.onTrouble(stored.id, error));
    return { kind: 'over', approval: stored };
  }
  throw new UserError('The approval changes too fast at the moment.', { remedy: 'Press again.' });
}

function refusalOfReview(approval: Approval, { user, groups }: ReviewClick, deps: DecideDeps): string | undefined {
  const { grant, plan, requester } = approval;
  if (grant?.grant.breakGlass === undefined || plan === undefined) return 'Nobody broke the glass here.';
  if (grant.grant.votes.some((vote) => vote.user === user))
    return 'You broke the glass, so someone else has to review it.';
  if (user === requester) return 'You requested this change, so someone else has to review it.';
  const subject = subjectOfPlan(plan, approval);
  const refused = refusalOfReject(deps.policy, subject, { user, groups }, deps.now());
  if (refused === undefined) return undefined;
  const voter = { user, groups: groups === 'unreadable' ? [] : groups };
  const how = { votes: [], now: deps.now(), breakGlass: '-'.repeat(shortestBreakGlassReason) };
  return mayVote(deps.policy, subject, voter, how).allowed ? undefined : refused.why;
}
