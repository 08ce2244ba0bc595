import type { Vote } from '../../../model/approval/approval.ts';
import { type ChangeSubject, mayVote } from '../../../model/approval/approval-policy.ts';
import type { ApprovePolicy } from '../../../model/approval/approval-settings.ts';
import { defined } from '../../../model/values/defined.ts';
import type { DecideClick } from './decide.ts';

/** Why a click is not taken: for the person who clicked, and for the audit stream. */
export interface Refused {
  readonly rule: string;
  readonly why: string;
  readonly remedy?: string;
}

export const noKey: Refused = {
  rule: 'signing.privateKey',
  why: 'Nothing can be approved here: the bot has no key to sign approvals with.',
  remedy: 'Whoever runs imagecheck makes one with `imagecheck keys`.',
};

export const unprovenAsker: Refused = {
  rule: 'requester',
  why: 'No bot has signed that somebody asked for this, so nobody can approve it. Nothing was done.',
  remedy: 'Ask for it again.',
};

/** A rejection without its reason helps nobody. */
export function noReason({ reason }: DecideClick, least: number): Refused | undefined {
  if ((reason?.trim().length ?? 0) >= least) return undefined;
  return { rule: 'reason', why: 'A reason is needed.', remedy: 'Say in a sentence why.' };
}

/** Why this person's yes does not count now. */
export function refusalOfVote(
  policy: ApprovePolicy,
  subject: ChangeSubject,
  click: DecideClick,
  how: { readonly votes: readonly Vote[]; readonly now: Date; readonly ticket?: string },
): Refused | undefined {
  if (how.votes.some(({ user }) => user === click.user) && click.what === 'approve') {
    return { rule: 'votes', why: 'You have approved this already; it takes somebody else.' };
  }
  const breakGlass = click.what === 'break-glass' ? (click.reason?.trim() ?? '') : undefined;
  return asked(policy, subject, click, { ...how, ...defined({ breakGlass }) });
}

/** Who asked may take it back; besides, everyone whose yes could count, also in a freeze and without a ticket. */
export function refusalOfReject(
  policy: ApprovePolicy,
  subject: ChangeSubject,
  click: Pick<DecideClick, 'user' | 'groups'>,
  now: Date,
): Refused | undefined {
  if (click.user === subject.requester) return undefined;
  const rules = policy.rules.map((rule) => ({ ...rule, ticket: false, overGit: true, selfApproval: true }));
  return asked({ ...policy, rules, freeze: [] }, subject, click, { votes: [], now });
}

/** Groups that cannot be read are no groups: who needs one is refused, who is named is not. */
function asked(
  policy: ApprovePolicy,
  subject: ChangeSubject,
  { user, groups }: Pick<DecideClick, 'user' | 'groups'>,
  how: Parameters<typeof mayVote>[3],
): Refused | undefined {
  const decision = mayVote(policy, subject, { user, groups: groups === 'unreadable' ? [] : groups }, how);
  if (decision.allowed) return undefined;
  if (groups !== 'unreadable') return { rule: decision.rule, why: decision.why };
  const why = `Your groups could not be read from Slack, and without them: ${decision.why}`;
  return { rule: decision.rule, why, remedy: 'Press again in a minute.' };
}
