import type { JobContext, JobData } from '../../../jobs.ts';
import { type Approval, type Grant, strangeProgress } from '../../../model/approval/approval.ts';
import { isGranted, subjectOfPlan } from '../../../model/approval/approval-policy.ts';
import { expired, failed, started } from '../../../model/approval/approval-step.ts';
import { digestOfIntent, type Plan, remedyDecided } from '../../../model/change/plan.ts';
import { formatSubject } from '../../../model/subject/subject.ts';
import { areApart, bothClocks } from '../../../model/values/both-clocks.ts';
import { defined } from '../../../model/values/defined.ts';
import { strangeInIntent } from '../../../operations/index.ts';
import { outsideSetting } from '../plan/limits.ts';
import type { PlanOutcome } from '../plan/plan.ts';
import { checkGrant } from '../request/check-grant.ts';
import { planned } from '../request/prepare.ts';
import { isAskerProven } from '../request/proven-asker.ts';
import { supersede } from '../request/supersede.ts';
import { show } from '../show/approval-messages.ts';
import { recordStep } from '../work/change-approval.ts';
import { holdingApproval } from '../work/hold.ts';
import type { ChangeWorkDeps } from '../work/work.ts';
import { carryOut, comeBack } from './carry-out.ts';
import { doneBy, type ExecutionWords, finish } from './execution.ts';
import { type Marks, readMarks } from './read-marks.ts';

/** How long after the execution began a server without a reliable answer is still asked. */
const answerWithinMs = 5 * 60_000;
/** How long after `executeBefore` a begun execution may still be finished; after that the rest is left. */
const finishWithinMs = 10 * 60_000;

/**
 * Carries out an approved change exactly once, whatever crashes in the meantime and whatever Redis contains.
 *
 * No forged record may cause a mutation. So only the operations of an intent whose digest the bot signed are carried
 * out: signed for this approval, team and cluster, with votes that this worker's own policy accepts, and within its own
 * settings. Nothing in the record is believed except what the signature covers. A genuine record that is replayed meets
 * the marks: objects remember what changed them for longer than a grant may be begun.
 *
 * A worker may die at any line. So each turn first asks the cluster whether this approval's mark is on any object.
 * - No mark: nothing has happened yet, whatever the record's state says. Execution may begin only before
 *   `executeBefore`, and only if a plan made again from the request has the signed digest. Otherwise the world is no
 *   longer the one that was approved, and the new plan replaces this one. (The request in a forged record gives a
 *   different digest.)
 * - A mark: execution had begun. A plan made now would include our own changes and differ, so it proves nothing. The
 *   rest is taken from the recorded plan, whose intent has the signed digest, and each operation is guarded by the
 *   state it was approved for: already done, possible as approved, or a conflict, which is shown. A begun execution is also
 *   finished after `executeBefore` and during a freeze, but for at most ten minutes, and not if another approval (an
 *   undo) came after it: otherwise an old record could bring back what was undone.
 */
export async function execute(job: JobData<'execute'>, deps: ChangeWorkDeps, context: JobContext): Promise<void> {
  await holdingApproval({ team: job.team, id: job.approval }, deps, async ({ lost }) => {
    const signal = AbortSignal.any([context.signal, lost]);
    try {
      await turn(job, deps, signal);
    } catch (error) {
      // Given back or lost: the next worker reads what this one has done.
      if (!signal.aborted) throw error;
    }
  });
}

async function turn(job: JobData<'execute'>, deps: ChangeWorkDeps, signal: AbortSignal): Promise<void> {
  const approval = await deps.approvals.get(job.team, job.approval);
  if (approval === undefined || (approval.state !== 'approved' && approval.state !== 'running')) return;
  const checked = checkGrant(approval, job, deps);
  // A record of another cluster belongs to that cluster's worker.
  if (!checked.ok) {
    return job.cluster === deps.clusterId && approval.cluster === deps.clusterId
      ? end(approval, `Not executed: ${checked.why}.`, deps)
      : undefined;
  }
  const { grant, plan } = checked;
  const strange = strangeInIntent(plan.intent) ?? strangeProgress(approval);
  if (strange !== undefined) return leaveToNewer(approval, grant, strange, deps);
  if (!isAskerProven(approval, deps.publicKeys, new Date(grant.decidedAt))) {
    return end(approval, 'Not executed: no bot has signed the request in this record.', deps);
  }
  const isNew = approval.state === 'approved' && deps.now().getTime() < Date.parse(grant.executeBefore);
  // Read in parallel with the marks to save time. Used only if there is no mark; later changes are caught by the
  // guards.
  const enough = new AbortController();
  const again = isNew ? planAgain(approval, deps, AbortSignal.any([signal, enough.signal])) : undefined;
  try {
    await goOn({ approval, grant, plan, deps, signal }, again);
  } finally {
    enough.abort();
  }
}

/** If another version has begun it, that version may finish it in time. */
async function leaveToNewer(approval: Approval, grant: Grant, strange: string, deps: ChangeWorkDeps): Promise<void> {
  const isBegun = approval.state === 'running';
  if (isBegun && !isOver(grant, deps)) return;
  const what = isBegun ? 'Not continued' : 'Not executed';
  await end(approval, `${what}: ${strange}. A newer version made this plan.`, deps, {
    remedy: `Update the worker of cluster ${deps.clusterId}, then ask again.`,
  });
}

/** What a worker's turn works on. */
interface Signed {
  readonly approval: Approval;
  readonly grant: Grant;
  /** Its intent has the signed digest. */
  readonly plan: Plan;
  readonly deps: ChangeWorkDeps;
  /** Aborted with the job, the process, or the hold. */
  readonly signal: AbortSignal;
}

/** What a turn does once it knows what was signed. */
async function goOn(signed: Signed, again: Promise<PlanOutcome> | undefined): Promise<void> {
  const { approval, grant, plan, deps, signal } = signed;
  const marks = await readMarks(plan.intent, approval.id, deps, { signal });
  signal.throwIfAborted();
  const isLate = deps.now().getTime() >= Date.parse(grant.executeBefore);
  if (!marks.begun && isLate) {
    // Only the cluster shows whether it was begun: while that cannot be read, it is checked again.
    if (marks.unread && !isOver(grant, deps)) return;
    return tooLate(approval, grant, marks, deps);
  }
  const aheadMs = deps.aheadMs?.() ?? 0;
  if (!marks.begun && areApart(aheadMs)) {
    const why = `the clocks of Redis and of this worker are too far apart to know whether there is still time.${bothClocks(deps.now(), aheadMs)}`;
    return end(approval, `Not executed: ${why}`, deps);
  }
  // A cluster that does not respond shows neither that it was done nor that it may be: nothing is begun, and a later
  // turn asks again.
  if (!marks.begun && marks.unanswered) return;
  const refusal = refusedHere(plan, grant, deps, marks.begun ? new Date(grant.decidedAt) : deps.now());
  if (refusal !== undefined && !marks.begun) return end(approval, `Not executed: ${refusal}`, deps);
  const running = approval.state === 'running' ? approval : await begin(approval, deps);
  if (running === undefined) return;
  const asksAgain = () => deps.now().getTime() - Date.parse(running.startedAt ?? running.requestedAt) < answerWithinMs;
  const execution = { approval: running, plan, words: wordsOf(plan, grant), marks, deps, asksAgain, signal };
  if (marks.begun) {
    return carryOut(execution, leaveBecause(marks, isOver(grant, deps), refusal));
  }
  if (await isStillApproved({ ...signed, approval: running }, again)) await carryOut(execution, undefined);
}

/** The grant says who decided. */
function wordsOf({ intent: { remedy } }: Plan, grant: Grant): ExecutionWords {
  const { approval, digest, requester, votes, breakGlass } = grant;
  const approvers = votes.map(({ user }) => user).join(', ');
  const glass = breakGlass === undefined ? '' : ' by break glass';
  return {
    mark: {
      approval,
      plan: digest,
      changeCause: `imagecheck ${remedy}, approval ${approval}, approved by ${approvers}`,
    },
    event: (after) =>
      `${remedy} by approval ${approval}, requested by ${requester}, approved by ${approvers}${glass}: ${after}`,
    withoutEvent: (_, written) => {
      const why = written.kind === 'absent' ? 'the object is gone' : written.why;
      return `no Kubernetes Event was written beside it: ${why}`;
    },
    side: (subject, text) => `${formatSubject(subject)}: ${text}`,
  };
}

/** Whether the time to finish a begun execution is also over. */
function isOver({ executeBefore }: Grant, { now }: ChangeWorkDeps): boolean {
  return now().getTime() >= Date.parse(executeBefore) + finishWithinMs;
}

/** Why a begun execution is not continued, if so. */
function leaveBecause({ displaced }: Marks, over: boolean, refusal: string | undefined): string | undefined {
  if (displaced) return 'another approved change has been made here since';
  if (over) return 'the time for it was over';
  return refusal;
}

/**
 * Makes the plan again and compares; if it differs, nothing is done and people see the new plan. A plan made while
 * something did not respond proves nothing, so a second plan has to confirm the difference.
 */
async function isStillApproved(signed: Signed, reading?: Promise<PlanOutcome>): Promise<boolean> {
  const { approval, grant, plan, deps, signal } = signed;
  let again = await (reading ?? planAgain(approval, deps, signal));
  signal.throwIfAborted();
  if (!isSame(again, grant)) {
    const marks = await readMarks(plan.intent, approval.id, deps, { signal });
    signal.throwIfAborted();
    if (marks.unanswered) {
      const detail = 'the cluster does not answer; nothing was changed yet';
      await comeBack(
        signed,
        approval.results.map((result) => ({ ...result, detail })),
      );
      return false;
    }
    again = await planAgain(approval, deps, signal);
    signal.throwIfAborted();
  }
  if (again.kind !== 'plan') {
    const { why, remedy, kubectl } =
      again.kind === 'refused' ? again : { why: 'its workload is not clear any more.', remedy: undefined, kubectl: [] };
    const next = { kubectl: [...kubectl], ...defined({ remedy }) };
    await end(approval, `Nothing was done, because it cannot be done any more: ${why}`, deps, next);
    return false;
  }
  if (!isSame(again, grant)) {
    const why = 'What would be changed is not what was approved any more.';
    await supersede(approval, why, deps, doneBy(deps));
    return false;
  }
  const refusal = refusedHere(again.plan, grant, deps, deps.now());
  if (refusal !== undefined) await end(approval, `Not executed: ${refusal}`, deps);
  return refusal === undefined;
}

function isSame(again: PlanOutcome, { digest }: Grant): boolean {
  return again.kind === 'plan' && digestOfIntent(again.plan.intent) === digest;
}

function planAgain(approval: Approval, deps: ChangeWorkDeps, signal: AbortSignal): Promise<PlanOutcome> {
  return planned(approval, deps, signal, { dryRun: false });
}

/** What this worker's own configuration says against it; undefined if it allows it. */
function refusedHere(plan: Plan, grant: Grant, deps: ChangeWorkDeps, at: Date): string | undefined {
  const { intent } = plan;
  const decision = isGranted(deps.policy, subjectOfPlan(plan, grant), grant, at);
  if (!decision.granted) return `by this worker's own policy it is not approved: ${decision.why}`;
  const undone = intent.remedy === 'undo' ? remedyDecided(intent) : undefined;
  const operations = intent.targets.flatMap((target) => target.operations);
  return outsideSetting(intent.remedy, { operations, kubectl: [] }, deps.remediation, undone)?.why;
}

async function begin(approval: Approval, deps: ChangeWorkDeps): Promise<Approval | undefined> {
  const stored = await recordStep(started(approval, doneBy(deps)), deps);
  // Shown in parallel with the work: the change does not wait for a message.
  if (stored !== undefined) void show(stored, deps).catch(() => {});
  return stored;
}

async function tooLate(approval: Approval, grant: Grant, { unread }: Marks, deps: ChangeWorkDeps): Promise<void> {
  const said = unread
    ? `It was not begun before ${grant.executeBefore} as far as the records tell; the cluster could not be read.`
    : `It was not begun before ${grant.executeBefore}; nothing was done.`;
  const why = `${said}${bothClocks(deps.now(), deps.aheadMs?.() ?? 0)}`;
  if (approval.state === 'running') return end(approval, why, deps);
  await finish(expired(approval, why, doneBy(deps)), deps);
}

/** Ends an approval whose plan was not executed at all. */
async function end(
  approval: Approval,
  outcome: string,
  deps: ChangeWorkDeps,
  next: Pick<Approval, 'remedy' | 'kubectl'> = {},
): Promise<void> {
  await finish(failed(approval, { ...next, outcome, results: [] }, doneBy(deps)), deps);
}
