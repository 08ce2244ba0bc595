import { createHash, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../../errors.ts';
import type { Approval, Vote } from '../../../model/approval/approval.ts';
import {
  breakGlassFor,
  type ChangeSubject,
  isGranted,
  mayVote,
  subjectOfPlan,
} from '../../../model/approval/approval-policy.ts';
import type { ApprovePolicy } from '../../../model/approval/approval-settings.ts';
import {
  type Doing,
  eventOf,
  expired,
  granted,
  rejected,
  type Step,
  voted,
} from '../../../model/approval/approval-step.ts';
import { isVoteSignedBy, keyIdOf, signGrant, signVote, type VotedOn } from '../../../model/approval/signatures.ts';
import { digestOfIntent, type Plan } from '../../../model/change/plan.ts';
import { areApart, bothClocks } from '../../../model/values/both-clocks.ts';
import { defined } from '../../../model/values/defined.ts';
import { strangeInIntent } from '../../../operations/index.ts';
import type { WorkerState } from '../../../ports/records.ts';
import { isAskerProven } from '../request/proven-asker.ts';
import { show } from '../show/approval-messages.ts';
import { changeApproval } from '../work/change-approval.ts';
import { wake } from '../work/wake.ts';
import type { ChangeAskDeps } from '../work/work.ts';

/** One press of a deciding button, with what Slack reports about the person. */
export interface DecideClick {
  readonly team: string;
  readonly id: string;
  /** Of the intent that the message showed when the button was drawn. */
  readonly digest: string;
  readonly user: string;
  /** Of the groups that the policy names, those that the person is in now; `unreadable` if Slack did not answer. */
  readonly groups: readonly string[] | 'unreadable';
  readonly what: 'approve' | 'reject' | 'break-glass';
  /** The reason for a rejection or for breaking the glass. */
  readonly reason?: string;
  readonly ticket?: string;
  readonly channel: string;
  /** The same for every delivery of one click. */
  readonly key: string;
}

/** The result of a press. */
export type Decision =
  /** `voted`: more votes are needed. `granted`: this was the last one. */
  | { readonly kind: 'voted' | 'granted' | 'rejected'; readonly approval: Approval }
  /** The policy refuses; shown to this person alone. */
  | { readonly kind: 'refused'; readonly why: string; readonly remedy?: string }
  /** Too late: the approval shows its current state. */
  | { readonly kind: 'over'; readonly approval: Approval }
  /** The record is gone. */
  | { readonly kind: 'unknown' };

export interface DecideDeps extends ChangeAskDeps {
  readonly policy: ApprovePolicy;
  /** Public keys of bots whose votes count as well, while keys are being changed. */
  readonly publicKeys?: readonly KeyObject[];
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** How long after the deciding click an execution may still begin. */
export const executeWithinMs = 10 * 60_000;

const lookEveryMs = 100;
const mostLooks = 10;

/** Others who click at the same time win some rounds; one of them succeeds in each round. */
const mostRounds = 200;

/** Why a click is not accepted: for the person who clicked, and for the audit stream. */
interface Refused {
  readonly rule: string;
  readonly why: string;
  readonly remedy?: string;
}

const noKey: Refused = {
  rule: 'signing.privateKey',
  why: 'Nothing can be approved here: the bot has no key to sign approvals with.',
  remedy: 'Whoever runs imagecheck makes one with `imagecheck keys`.',
};

const unprovenAsker: Refused = {
  rule: 'requester',
  why: 'No bot has signed a request for this that counts here, so nobody can approve it. If the signing key was changed, the bot needs the old public key as well (signing.publicKeys). Nothing was done.',
  remedy: 'Ask for it again.',
};

/** Nobody can tell whether a plan has expired. */
function clocksApart(now: Date, aheadMs: number): Refused {
  return {
    rule: 'clock',
    why: `Nothing can be decided now: the clocks of Redis and of imagecheck are too far apart.${bothClocks(now, aheadMs)}`,
    remedy: 'Whoever runs imagecheck corrects the clock that is wrong.',
  };
}

/** What one look at the record makes of the click. */
type Verdict =
  | { readonly kind: 'answer'; readonly decision: Decision }
  | { readonly kind: 'refused'; readonly refused: Refused; readonly approval: Approval }
  | { readonly kind: 'step'; readonly step: Step; readonly answer: 'voted' | 'granted' | 'rejected' | 'over' };

/**
 * Decides about one click by the record, the plan that the person saw, the clock and the policy, in one
 * compare-and-set. The last needed vote adds the signed grant to the record, and then a worker is woken; so of any
 * number of simultaneous clicks exactly one creates the grant, and repeated deliveries get the same answer. Refusals
 * are audited once per key.
 */
export async function decide(click: DecideClick, deps: DecideDeps): Promise<Decision> {
  await untilRecorded(click, deps);
  const strangers = click.what === 'reject' ? [] : await distrusting(click, deps);
  const decided = await changeApproval<Decision>(click, deps, mostRounds, (approval) => {
    const verdict = believed(verdictOn(approval, click, deps), approval, strangers, deps);
    if (verdict.kind === 'answer') {
      // A message that still had the button is out of date: after a crash, or because of Slack. The person does not
      // wait for its update.
      void show(approval, deps).catch((error: unknown) => deps.onTrouble(click.id, error));
      return { kind: 'answer', answer: verdict.decision };
    }
    if (verdict.kind === 'refused') {
      return { kind: 'answer', answer: refuse(verdict.approval, verdict.refused, click, deps) };
    }
    const onStored = async (stored: Approval): Promise<Decision> => {
      await tell(stored, deps);
      return { kind: verdict.answer, approval: stored };
    };
    return { kind: 'step', step: verdict.step, onStored };
  });
  if (decided === 'absent') return { kind: 'unknown' };
  if (decided !== 'outrun') return decided;
  throw new UserError('Too many people decide about this at the same time.', { remedy: 'Press again.' });
}

/** A plan is shown a moment before it is recorded: a click on it waits for that, for as long as Slack does. */
async function untilRecorded({ team, id }: DecideClick, { approvals }: Pick<DecideDeps, 'approvals'>): Promise<void> {
  for (let look = 0; look < mostLooks; look += 1) {
    if ((await approvals.get(team, id))?.state !== 'preparing') return;
    await delay(lookEveryMs);
  }
}

/**
 * Workers of the cluster that would not believe this bot, because they do not have its key yet: what they find approved
 * would be refused for good.
 */
async function distrusting({ team, id }: DecideClick, deps: DecideDeps): Promise<readonly WorkerState[]> {
  const approval = await deps.approvals.get(team, id);
  if (approval === undefined || deps.privateKey === undefined) return [];
  const own = keyIdOf(createPublicKey(deps.privateKey));
  const workers = await deps.workers.alive(approval.cluster);
  return workers.filter(({ trustedKeys }) => trustedKeys !== undefined && !trustedKeys.includes(own));
}

/** A step that no worker would believe is not taken: the plan stays as it is until they have the key. */
function believed(
  verdict: Verdict,
  approval: Approval,
  [stranger]: readonly WorkerState[],
  { privateKey }: DecideDeps,
): Verdict {
  if (stranger === undefined || privateKey === undefined) return verdict;
  if (verdict.kind !== 'step' || verdict.answer === 'over') return verdict;
  const trusted = stranger.trustedKeys?.join(', ') || 'none';
  const refused: Refused = {
    rule: 'signing.publicKeys',
    why: `A worker in cluster ${approval.cluster} does not trust this bot’s signing key ${keyIdOf(createPublicKey(privateKey))} yet; it trusts ${trusted}.`,
    remedy: 'Whoever runs imagecheck adds the public key to that worker’s signing.publicKeys. Then press again.',
  };
  return { kind: 'refused', refused, approval };
}

function verdictOn(approval: Approval, click: DecideClick, deps: DecideDeps): Verdict {
  const again = repeated(approval, keyOf(click));
  if (again !== undefined) return { kind: 'answer', decision: again };
  const { plan } = approval;
  if (approval.state !== 'pending' || plan === undefined) {
    return { kind: 'answer', decision: { kind: 'over', approval } };
  }
  const now = deps.now();
  const by: Doing = { actor: click.user, at: now.toISOString(), channel: click.channel };
  const aheadMs = deps.aheadMs?.() ?? 0;
  if (areApart(aheadMs)) return { kind: 'refused', refused: clocksApart(now, aheadMs), approval };
  if (approval.expiresAt === undefined || now.getTime() >= Date.parse(approval.expiresAt)) {
    const why = `The plan expired${approval.expiresAt === undefined ? '' : ` at ${approval.expiresAt}`}; nothing was done.${bothClocks(now, aheadMs)}`;
    return { kind: 'step', step: expired(approval, why, by), answer: 'over' };
  }
  if (digestOfIntent(plan.intent) !== click.digest) {
    const why = 'This button belongs to a different plan from the one recorded now. Nothing was done.';
    return { kind: 'refused', refused: { rule: 'digest', why, remedy: 'Look at the plan again.' }, approval };
  }
  return click.what === 'reject'
    ? rejecting(approval, plan, click, by, deps)
    : approving(approval, plan, click, by, deps);
}

function rejecting(
  approval: Approval,
  plan: Plan,
  click: DecideClick,
  by: Doing,
  { policy, now }: DecideDeps,
): Verdict {
  const subject = subjectOfPlan(plan, approval);
  const refused = noReason(click, 1) ?? refusalOfReject(policy, subject, click, now());
  if (refused !== undefined) return { kind: 'refused', refused, approval };
  const reason = click.reason?.trim() ?? '';
  const rejection = { user: click.user, reason, at: by.at, key: keyOf(click) };
  return { kind: 'step', step: rejected(approval, rejection, by), answer: 'rejected' };
}

function approving(stored: Approval, plan: Plan, click: DecideClick, by: Doing, deps: DecideDeps): Verdict {
  const subject = subjectOfPlan(plan, stored);
  const on = { ...stored, digest: click.digest };
  const approval = { ...stored, votes: votesCast(stored, on, deps) };
  const ticket = approval.votes.find((vote) => vote.ticket !== undefined)?.ticket ?? click.ticket;
  const at = new Date(by.at);
  const refused =
    notReadable(plan) ??
    refusalOfVote(deps.policy, subject, click, {
      votes: approval.votes,
      now: at,
      ...defined({ ticket }),
    });
  if (refused !== undefined) return { kind: 'refused', refused, approval };
  const { privateKey } = deps;
  if (privateKey === undefined) return { kind: 'refused', refused: noKey, approval };
  if (!isAskerProven(approval, keysOf(deps), at)) return { kind: 'refused', refused: unprovenAsker, approval };
  const cast: Vote = {
    user: click.user,
    groups: click.groups === 'unreadable' ? [] : [...click.groups],
    at: by.at,
    key: keyOf(click),
    ...defined({ reason: click.reason, ticket: click.ticket }),
  };
  const vote = signVote(cast, on, privateKey);
  const breakGlass = click.what === 'break-glass' ? click.reason : undefined;
  const votes = breakGlass === undefined ? [...approval.votes, vote] : [vote];
  const enough = isGranted(deps.policy, subject, { votes, ...defined({ ticket, breakGlass }) }, at);
  if (!enough.granted) {
    if (enough.missing > 0)
      return { kind: 'step', step: voted(approval, vote, { ...by, ...defined({ ticket }) }), answer: 'voted' };
    return { kind: 'refused', refused: { rule: 'policy.approve', why: enough.why }, approval };
  }
  const grant = {
    version: 1 as const,
    approval: approval.id,
    team: approval.team,
    cluster: approval.cluster,
    digest: click.digest,
    requester: approval.requester,
    votes,
    ...defined({ ticket, breakGlass }),
    decidedAt: by.at,
    executeBefore: new Date(at.getTime() + executeWithinMs).toISOString(),
    nonce: randomUUID(),
  };
  // If several rules allow this person to do it, the channel of the first one is informed.
  const glass = breakGlass === undefined ? undefined : breakGlassFor(deps.policy, subject, vote);
  const told = { ...approval, ...defined({ securityChannel: glass?.securityChannel }) };
  return { kind: 'step', step: granted(told, vote, signGrant(grant, privateKey), by), answer: 'granted' };
}

/** Nobody approves what this bot cannot show. */
function notReadable({ intent }: Plan): Refused | undefined {
  const strange = strangeInIntent(intent);
  if (strange === undefined) return undefined;
  const why = `This plan cannot be approved here: ${strange}. A newer version made it.`;
  return { rule: 'operations', why, remedy: 'Update imagecheck, then ask again.' };
}

/** Votes that a bot has signed for exactly this plan; anyone who can write to Redis could have added the others. */
function votesCast({ id, votes }: Approval, on: VotedOn, deps: DecideDeps): Vote[] {
  const { onTrouble } = deps;
  const cast = votes.filter((vote) => isVoteSignedBy(vote, on, keysOf(deps)));
  if (cast.length < votes.length) {
    onTrouble(id, new Error(`${votes.length - cast.length} recorded votes are not signed by a bot and do not count`));
  }
  return cast;
}

/** Public keys of every bot whose signatures count. */
function keysOf({ privateKey, publicKeys = [] }: DecideDeps): readonly KeyObject[] {
  return privateKey === undefined ? publicKeys : [createPublicKey(privateKey), ...publicKeys];
}

/** The answer that the same delivery got before. */
function repeated(approval: Approval, key: string): Decision | undefined {
  if (approval.rejection?.key === key) return { kind: 'rejected', approval };
  if (!approval.votes.some((vote) => vote.key === key)) return undefined;
  const wasLast = approval.grant?.grant.votes.at(-1)?.key === key;
  return { kind: wasLast ? 'granted' : 'voted', approval };
}

/** Keys of deliveries may contain private data; what is stored only has to be the same for a repeated delivery. */
function keyOf({ key }: DecideClick): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

async function refuse(approval: Approval, refused: Refused, click: DecideClick, deps: DecideDeps): Promise<Decision> {
  const by = { actor: click.user, at: deps.now().toISOString(), channel: click.channel };
  const event = eventOf(approval, 'refused', by, { detail: `${refused.rule}: ${refused.why}` });
  // Without its audit record no answer is given: then the person presses again.
  await deps.audit.append([event], `refused ${approval.team} ${approval.id} ${keyOf(click)}`);
  return { kind: 'refused', why: refused.why, ...defined({ remedy: refused.remedy }) };
}

/** The decision is recorded: whatever fails from here on is repaired by other processes. */
async function tell(approval: Approval, deps: DecideDeps): Promise<void> {
  const onTrouble = (error: unknown): void => deps.onTrouble(approval.id, error);
  // The buttons are removed first, so that nobody presses them during the execution. A use of break glass is announced
  // with them.
  await show(approval, deps).catch(onTrouble);
  const woken = approval.state === 'approved' ? wake(approval, deps).catch(onTrouble) : undefined;
  await woken;
}

/** A rejection needs a reason, so that the requester knows what to change. */
function noReason({ reason }: DecideClick, least: number): Refused | undefined {
  if ((reason?.trim().length ?? 0) >= least) return undefined;
  return { rule: 'reason', why: 'A reason is needed.', remedy: 'Say in a sentence why.' };
}

/** Why this person's vote does not count now. */
function refusalOfVote(
  policy: ApprovePolicy,
  subject: ChangeSubject,
  click: DecideClick,
  how: { readonly votes: readonly Vote[]; readonly now: Date; readonly ticket?: string },
): Refused | undefined {
  if (how.votes.some(({ user }) => user === click.user) && click.what === 'approve') {
    return { rule: 'votes', why: 'You have approved this already; someone else has to approve it too.' };
  }
  const breakGlass = click.what === 'break-glass' ? (click.reason?.trim() ?? '') : undefined;
  return asked(policy, subject, click, { ...how, ...defined({ breakGlass }) });
}

/** The requester may reject it; so may everyone whose vote could count, also during a freeze and without a ticket. */
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

/** Groups that cannot be read count as empty: people who need one are refused, people named by id are not. */
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
