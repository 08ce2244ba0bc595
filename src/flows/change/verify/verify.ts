import type { JobContext, JobData } from '../../../jobs.ts';
import { type Approval, strangeProgress, type TargetResult } from '../../../model/approval/approval.ts';
import { progressed, verified } from '../../../model/approval/approval-step.ts';
import { terminalTeam } from '../../../model/audit/audit.ts';
import type { IntentTarget } from '../../../model/change/plan.ts';
import type { Rollout } from '../../../model/change/rollout.ts';
import type { Pod } from '../../../model/snapshot/snapshot.ts';
import { isWorkload } from '../../../model/subject/subject.ts';
import { canonicalJson } from '../../../model/values/canonical.ts';
import { defined } from '../../../model/values/defined.ts';
import { type Fact, unknown } from '../../../model/values/fact.ts';
import { unknownWords } from '../../../operations/index.ts';
import type { Lookup, Reading } from '../../../ports/cluster.ts';
import { doneBy, finish } from '../execute/execution.ts';
import { show } from '../show/approval-messages.ts';
import { headline } from '../show/result-headline.ts';
import { recordStep } from '../work/change-approval.ts';
import { holdingApproval } from '../work/hold.ts';
import { type Watch, watchedAtMostMs } from '../work/patience.ts';
import { wake } from '../work/wake.ts';
import type { ChangeWorkDeps, WatchDeps } from '../work/work.ts';
import { type Replacing, replacedResult, replacementBy, replacementOf } from './replacement.ts';
import { judgeRollout, type Verdict } from './rollout-verdict.ts';
import { operationsStanding } from './standing.ts';
import { judgeUndo } from './undo-verdict.ts';

/** Minimum time between two progress updates. */
const shownEveryMs = 3000;
/** A rollout is checked every second while people watch it, later less often. */
const looksMs = { early: 1000, late: 5000, earlyForMs: 60_000 } as const;

/** A worker's next look at what was changed; does nothing if another worker has it or it has ended. */
export async function verify(job: JobData<'verify'>, deps: ChangeWorkDeps, context: JobContext): Promise<void> {
  await holdingApproval({ team: job.team, id: job.approval }, deps, async ({ lost }) => {
    const signal = AbortSignal.any([context.signal, lost]);
    try {
      const approval = await deps.approvals.get(job.team, job.approval);
      if (approval?.state !== 'verifying' || approval.cluster !== deps.clusterId) return;
      await lookAtChange(approval, deps, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  });
}

/**
 * One look at what was changed: whether every wanted pod runs an intended digest and is Ready. Progress goes to the
 * thread when something changed; the next look is a delayed job, so no worker waits; the last one reports the result,
 * with a new diagnosis if the change did not help. The approval is in state `verifying`; throws the reason of `signal`.
 */
export async function lookAtChange(approval: Approval, deps: WatchDeps, signal: AbortSignal): Promise<void> {
  const begunMs = Date.parse(approval.startedAt ?? approval.requestedAt);
  const until = new Date(approval.verifyUntil ?? approval.requestedAt);
  const times = { until, latest: new Date(begunMs + watchedAtMostMs), changedAt: new Date(begunMs) };
  const targets = approval.plan?.intent.targets ?? [];
  const find = (id: string) => findChange(approval.team, id, deps);
  const looking = { ...deps, isUndo: approval.request.remedy === 'undo', replacing: { own: approval, find } };
  const judged = await Promise.all(
    approval.results.map(async (result, index) => {
      const target = targets[index];
      if (target === undefined || isSettled(result)) return { result, settled: true };
      const left = leftToNewer(result, target, deps.now() >= times.latest);
      if (left !== undefined) return left;
      if (result.undoneBy !== undefined) return { result: await takenBack(result, target, find), settled: true };
      const watch = { ...times, ...defined({ progress: result.progress }) };
      const verdict = await judge(target, watch, looking, { signal });
      return { result: resultAfter(result, verdict), settled: verdict.settled };
    }),
  );
  signal.throwIfAborted();
  const results = judged.map(({ result }) => result);
  if (judged.every(({ settled }) => settled)) return conclude(approval, results, deps, signal);
  await goOn(approval, results, deps);
}

/**
 * A target that only a newer worker can judge: this version does not know its outcome or one of its steps, and pods alone
 * do not show whether such a step helped. When the time is over, an unknown outcome stays what the newer worker said, and
 * everything else is inconclusive. Undefined for every other target.
 */
function leftToNewer(
  result: TargetResult,
  { operations }: IntentTarget,
  isOver: boolean,
): { readonly result: TargetResult; readonly settled: boolean } | undefined {
  if (strangeProgress({ state: 'verifying', results: [result] }) !== undefined) return { result, settled: isOver };
  const strange = unknownWords(operations);
  if (strange === undefined || result.undoneBy !== undefined) return undefined;
  return {
    result: isOver ? resultAfter(result, { settled: true, outcome: 'unknown', detail: strange }) : result,
    settled: isOver,
  };
}

/** A change of this workspace, or one that someone made in a terminal. */
async function findChange(
  team: string,
  id: string,
  { approvals }: Pick<WatchDeps, 'approvals'>,
): Promise<Approval | undefined> {
  return (await approvals.get(team, id)) ?? (await approvals.get(terminalTeam, id));
}

/** It was undone before it was known whether the change helped, so that stays unknown. */
async function takenBack(
  { pods: _pods, progress: _progress, ...result }: TargetResult,
  target: IntentTarget,
  find: Replacing['find'],
): Promise<TargetResult> {
  const id = result.undoneBy ?? '';
  const undo = await find(id);
  const by = undo === undefined ? { approval: id, approvers: [], isUndo: true as const } : replacementBy(undo);
  return { ...result, ...replacedResult(by, target, undefined) };
}

/** What no further look changes. `applied` is checked until its verdict is settled. */
function isSettled({ outcome, replacedBy }: TargetResult): boolean {
  if (replacedBy !== undefined) return true;
  return (['fixed', 'not-fixed', 'not-ready', 'not-done'] as readonly TargetResult['outcome'][]).includes(outcome);
}

function resultAfter({ pods: _pods, progress: _progress, ...before }: TargetResult, verdict: Verdict): TargetResult {
  const { outcome, pods, progress, replacedBy } = verdict;
  return { ...before, outcome, ...defined({ pods, progress, replacedBy, detail: verdict.detail ?? before.detail }) };
}

/** One look at one target, read from the cluster. */
export async function judge(
  target: IntentTarget,
  watch: Watch,
  deps: Pick<WatchDeps, 'cluster' | 'now'> & {
    readonly changes: Pick<WatchDeps['changes'], 'rollout' | 'identity'>;
    /** Whatever was there before returns, healthy or not. */
    readonly isUndo?: boolean;
    /** What distinguishes another approved change from a failure of this one. */
    readonly replacing?: Replacing;
  },
  reading: Reading,
): Promise<Verdict> {
  const standing = await operationsStanding(target, watch, deps, deps.now(), reading);
  if (standing !== undefined) return standing;
  if (!isWorkload(target.subject)) return { settled: true, outcome: 'unknown', detail: 'there are no pods to watch' };
  const { kind, namespace, name, uid } = target.subject;
  const workload = await deps.cluster.workload({ kind, namespace, name }, reading);
  const now = deps.now();
  const nothing: Lookup<Rollout> = { kind: 'unknown', why: 'not read' };
  const unread: { readonly rollout: Lookup<Rollout>; readonly pods: Fact<readonly Pod[]> } = {
    rollout: nothing,
    pods: unknown('not read'),
  };
  if (workload.kind !== 'found') return judgeRollout({ workload, ...unread, expects: target.expects, now, ...watch });
  if (workload.value.uid !== uid) {
    return { settled: true, outcome: 'not-fixed', detail: 'it has been deleted and recreated since' };
  }
  const [rollout, pods] = await Promise.all([
    deps.changes.rollout(workload.value, reading),
    deps.cluster.pods(workload.value, reading),
  ]);
  const verdict = judgeRollout({ workload, rollout, pods, expects: target.expects, now, ...watch });
  const isUndoSeen = deps.isUndo === true && pods.known && rollout.kind === 'found';
  const judged = isUndoSeen ? judgeUndo(verdict, { ...watch, rollout: rollout.value, pods: pods.value, now }) : verdict;
  if (deps.replacing === undefined || !judged.settled || judged.outcome !== 'not-fixed') return judged;
  const by = await replacementOf(target, workload.value, deps.replacing);
  return by === undefined ? judged : { settled: true, ...replacedResult(by, target, workload.value) };
}

async function goOn(approval: Approval, results: readonly TargetResult[], deps: WatchDeps): Promise<void> {
  const nowMs = deps.now().getTime();
  const sinceMs = nowMs - Date.parse(approval.startedAt ?? approval.requestedAt);
  const delayMs = sinceMs < looksMs.earlyForMs ? looksMs.early : looksMs.late;
  const isNews = canonicalJson(results) !== canonicalJson(approval.results);
  const isTime =
    nowMs - Date.parse(approval.progressAt ?? new Date(0).toISOString()) >= (deps.progressMs ?? shownEveryMs);
  if (isNews && isTime) {
    const step = progressed(approval, results);
    if (!step.ok) throw new Error(step.why);
    const next = { ...step.next, progressAt: new Date(nowMs).toISOString() };
    const stored = await recordStep({ ...step, next }, deps, { dueInMs: delayMs });
    if (stored !== undefined) await show(stored, deps);
  }
  await wake(approval, deps, { delayMs }).catch(() => {});
}

async function conclude(
  approval: Approval,
  judged: readonly TargetResult[],
  deps: WatchDeps,
  signal: AbortSignal,
): Promise<void> {
  const [results, remains] = await Promise.all([
    Promise.all(judged.map((result) => diagnosed(result, approval, deps, signal))),
    notTouched(approval, deps),
  ]);
  signal.throwIfAborted();
  const by = doneBy(deps);
  const tookMs = Date.parse(by.at) - Date.parse(approval.startedAt ?? by.at);
  const leftOut = approval.plan?.leftOut ?? [];
  const outcome = headline(results, tookMs, leftOut);
  await finish(verified(approval, { results, outcome, remains: [...leftOut, ...remains] }, by), deps);
}

/** What the report beside this finding says about other problems: the change was not about them. */
async function notTouched(
  { team, request }: Approval,
  { reports }: Pick<WatchDeps, 'reports'>,
): Promise<readonly string[]> {
  const report = request.from === undefined ? undefined : await reports.get(team, request.from.reportId);
  const own = request.from?.finding;
  const others = (report?.findings ?? []).filter(({ status }, index) => index !== own && status === 'fail');
  const consequences = own === undefined ? [] : (report?.findings[own]?.consequences ?? []);
  return [
    ...consequences.map((line) => line.replace('If the problem persists: ', '')),
    ...others.map(({ title }) => title),
  ];
}

/** A change that did not help gets a new diagnosis, if one can be made. */
async function diagnosed(
  result: TargetResult,
  { team }: Approval,
  deps: WatchDeps,
  signal: AbortSignal,
): Promise<TargetResult> {
  const { subject } = result;
  if ((result.outcome !== 'not-fixed' && result.outcome !== 'not-ready') || result.reportId !== undefined)
    return result;
  if (!isWorkload(subject)) return result;
  try {
    const found = await deps.diagnose({ type: 'workload', ...subject }, { signal, onProgress: () => {} });
    if (found.kind !== 'report') return result;
    return { ...result, reportId: await deps.reports.save(team, found.report) };
  } catch (error) {
    if (signal.aborted) throw error;
    deps.onIncident({ id: 'diagnosis', error, where: 'verify' });
    return result;
  }
}
