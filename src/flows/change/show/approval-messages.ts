import { type Approval, finalStates } from '../../../model/approval/approval.ts';
import type { Plan } from '../../../model/change/plan.ts';
import type { OutboxMessage } from '../../../model/message.ts';
import { messageIdOf, originated } from '../../../model/message-origin.ts';
import { formatPlacedSubject } from '../../../model/subject/subject.ts';
import type { Approvals } from '../../../ports/approvals.ts';
import type { Outbox, OutboxPhase } from '../../../ports/outbox.ts';
import { diffExcerpt } from './diff-excerpt.ts';

/**
 * The messages of an approval in its current state: the plan with everything that becomes of it; once a change was
 * begun and ended, the reply with the result; for break glass also the notice to its security channel. The same
 * approval always gives the same messages; diffs stay in the record.
 */
export function approvalMessages(approval: Approval): readonly OutboxMessage[] {
  const { id, team, channel, thread } = approval;
  const shown = withShortDiffs(approval);
  const isProgress = approval.state === 'running' || approval.state === 'verifying';
  const plan = planMessage(shown, isProgress ? 'progress' : 'answer');
  const glass = glassNotice(approval);
  const both = glass === undefined ? [plan] : [plan, glass];
  if (!hasResult(approval)) return both;
  const result: OutboxMessage = {
    version: 1,
    ...originated({ about: 'approval', approval: id, part: 'result' }),
    team,
    channel,
    // Slack threads have one level: if the plan is itself a reply, its result is another one.
    thread: thread ?? { messageId: messageIdOf({ about: 'approval', approval: id, part: 'plan' }) },
    urgency: 'answer',
    body: { view: 'result', approval: shown },
  };
  return [...both, result];
}

function planMessage(approval: Approval, urgency: OutboxMessage['urgency'], progress?: string): OutboxMessage {
  const { team, channel, thread } = approval;
  return {
    version: 1,
    ...originated({ about: 'approval', approval: approval.id, part: 'plan' }),
    team,
    channel,
    ...(thread === undefined ? {} : { thread }),
    urgency,
    body: { view: 'plan', approval, ...(progress === undefined ? {} : { progress }) },
  };
}

/** Shows the progress of a plan that is being made; once there is a plan or an end, this changes nothing. */
export async function showProgress(approval: Approval, progress: string, outbox: Outbox): Promise<void> {
  await outbox.put(planMessage(approval, 'progress', progress), 'early');
}

/** People who review a use of break glass find it in the list; this notice says that there is something to review. */
function glassNotice({
  id,
  team,
  cluster,
  grant,
  plan,
  request,
  securityChannel,
}: Approval): OutboxMessage | undefined {
  if (grant?.grant.breakGlass === undefined || plan === undefined || securityChannel === undefined) return undefined;
  const { votes, breakGlass } = grant.grant;
  const who = votes.map(({ user }) => `@${user}`).join(', ');
  const subjects = plan.intent.targets
    .slice(0, 5)
    .map(({ subject }) => formatPlacedSubject(subject))
    .join(', ');
  return {
    version: 1,
    ...originated({ about: 'approval', approval: id, part: 'break-glass' }),
    team,
    channel: securityChannel,
    urgency: 'answer',
    body: {
      view: 'notice',
      tone: 'warning',
      text: `Break glass: ${who} approved ${id} alone (${request.remedy} of ${subjects} in cluster ${cluster}). Reason: ${breakGlass}`,
      people: votes.map(({ user }) => user),
      remedy: 'Somebody else should look at it and mark it as reviewed: see approvals.',
    },
  };
}

/** A change that was begun has a result; one that was never begun says so in the plan's message. */
function hasResult({ state, startedAt }: Approval): boolean {
  return state === 'done' || (state === 'failed' && startedAt !== undefined);
}

/** Whole diffs stay in the record: 6 kB for each target, stored again with every state. */
function withShortDiffs(approval: Approval): Approval {
  const { plan } = approval;
  if (plan === undefined) return approval;
  const targets: Plan['targets'] = plan.targets.map((target) => ({
    ...target,
    dryRuns: target.dryRuns.map((run) => ({ ...run, diff: approval.state === 'pending' ? diffExcerpt(run.diff) : '' })),
  }));
  return { ...approval, plan: { ...plan, targets } };
}

/**
 * Shows an approval as recorded. Reads it again afterwards, and shows it again if it changed in the meantime: so of
 * several processes that show their states late, the last one shows the truth.
 */
export async function show(
  approval: Approval,
  { approvals, outbox }: { readonly approvals: Pick<Approvals, 'get'>; readonly outbox: Outbox },
): Promise<void> {
  let state: Approval | undefined = approval;
  for (let turn = 0; state !== undefined && turn < mostTurns; turn += 1) {
    await put(state, outbox);
    const shown: Approval = state;
    const stored: Approval | undefined = await approvals.get(shown.team, shown.id);
    state = stored === undefined || stored.revision === shown.revision ? undefined : stored;
  }
}

/** Whoever changes it that fast shows it as well. */
const mostTurns = 5;

/** Puts the messages of a state that is recorded or about to be. An interim state never overwrites the final one. */
export async function put(approval: Approval, outbox: Outbox): Promise<void> {
  const phase = phaseOf(approval);
  for (const message of approvalMessages(approval)) await outbox.put(message, phase);
}

function phaseOf({ state }: Approval): OutboxPhase {
  if (finalStates.includes(state)) return 'final';
  return state === 'preparing' ? 'early' : 'interim';
}
