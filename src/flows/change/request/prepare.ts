import { randomUUID } from 'node:crypto';
import { UserError } from '../../../errors.ts';
import type { JobContext, JobData, JobEnd } from '../../../jobs.ts';
import type { Approval } from '../../../model/approval/approval.ts';
import { requirementOf, subjectOfPlan } from '../../../model/approval/approval-policy.ts';
import { failed, type Step, shown } from '../../../model/approval/approval-step.ts';
import { defined } from '../../../model/values/defined.ts';
import { formatWorkload } from '../../../model/workload/workload.ts';
import { mostDeaths, whyNotAgain } from '../../ask/answer.ts';
import { tellProgress } from '../../ask/progress.ts';
import type { PlanOutcome } from '../plan/plan.ts';
import { put, show, showProgress } from '../show/approval-messages.ts';
import { recordStep } from '../work/change-approval.ts';
import { holdingApproval } from '../work/hold.ts';
import type { ChangeWorkDeps } from '../work/work.ts';
import { checkGrant } from './check-grant.ts';

/** Minimum time between two progress updates. */
const shownEveryMs = 3000;

/**
 * Plans a requested change and shows the plan, or why there is none. Does nothing if another worker has it or it was
 * already planned. After the death of a worker that planned it, it is planned once more with nothing else in the
 * process, and then not again. Throws only if Redis cannot be reached; then another worker plans it when the lease ends.
 */
export async function prepare(job: JobData<'prepare'>, deps: ChangeWorkDeps, context: JobContext): Promise<JobEnd> {
  const place = { team: job.team, id: job.approval };
  const isAlone = context.isAlone === true;
  const most = isAlone ? mostDeaths - 1 : 0;
  const wasHeld = await holdingApproval(place, { ...deps, mostDeaths: most }, async ({ lost }) => {
    const approval = await deps.approvals.get(job.team, job.approval);
    if (approval?.state !== 'preparing' || approval.cluster !== deps.clusterId) return;
    const signal = AbortSignal.any([context.signal, lost]);
    const outcome = await plannedInSight(approval, deps, signal, lost);
    // The result of an aborted read is not an answer: another worker starts over.
    if (lost.aborted || context.stopping.aborted) return;
    const step = stepOf(approval, outcome, deps);
    if (!step.ok) throw new Error(step.why);
    await showAndRecord(step, deps);
  });
  if (wasHeld) return;
  const deaths = await deps.approvals.deaths(job.team, job.approval);
  if (deaths >= mostDeaths) await holdingApproval(place, deps, () => giveUpPlanning(job, deps));
  else if (deaths > 0 && !isAlone) return 'alone';
}

/** Ends a change whose planning stopped every worker that tried. */
async function giveUpPlanning(job: JobData<'prepare'>, deps: ChangeWorkDeps): Promise<void> {
  const approval = await deps.approvals.get(job.team, job.approval);
  if (approval?.state !== 'preparing' || approval.cluster !== deps.clusterId) return;
  const why = whyNotAgain(job.cluster, 'Planning this change');
  const step = stepOf(approval, { kind: 'refused', why, kubectl: [] }, deps);
  if (!step.ok) throw new Error(step.why);
  await showAndRecord(step, deps);
}

/**
 * A plan, or why there is none, is shown before it is recorded: after a crash in between, its planning is found and done
 * again. The other way round nobody would look at it again, and its message would say "preparing" until it expires. If
 * someone else was faster, what they recorded is shown.
 */
async function showAndRecord(step: Extract<Step, { ok: true }>, deps: ChangeWorkDeps): Promise<void> {
  // As it will be stored: showing the record then changes nothing.
  await put({ ...step.next, revision: step.next.revision + 1 }, deps.outbox);
  const stored = await recordStep(step, deps);
  const { team, id } = step.next;
  const current = stored ?? (await deps.approvals.get(team, id));
  if (current !== undefined) await show(current, deps);
}

/** Shows progress every few seconds; nothing is written after this resolves. */
async function plannedInSight(
  approval: Approval,
  deps: ChangeWorkDeps,
  signal: AbortSignal,
  lost: AbortSignal,
): Promise<PlanOutcome> {
  const write = async (line: string): Promise<void> => {
    if (!lost.aborted) await showProgress(approval, line, deps.outbox);
  };
  const onTrouble = (error: unknown) => deps.onIncident({ id: incidentId(), error, where: 'progress' });
  const progress = tellProgress('reading', write, { everyMs: deps.progressMs ?? shownEveryMs, onTrouble });
  try {
    return await planned(approval, deps, signal, { dryRun: true, onProgress: (what) => progress.say(what) });
  } finally {
    await progress.stop();
  }
}

/** Planning needs these besides the request: the report whose button was pressed, and the change to undo. */
export async function planned(
  approval: Approval,
  deps: Pick<ChangeWorkDeps, 'approvals' | 'reports' | 'plan' | 'onIncident' | 'clusterId' | 'publicKeys'>,
  signal: AbortSignal,
  how: Pick<Parameters<ChangeWorkDeps['plan']>[1], 'dryRun' | 'onProgress'>,
): Promise<PlanOutcome> {
  const { team, id, request } = approval;
  try {
    const [report, undone] = await Promise.all([
      request.from === undefined ? undefined : deps.reports.get(team, request.from.reportId),
      request.undoes === undefined ? undefined : deps.approvals.get(team, request.undoes),
    ]);
    const unproven = undone === undefined ? undefined : whyUnproven(undone, deps);
    if (unproven !== undefined) return unproven;
    return await deps.plan(request, { signal, approval: id, ...how, ...defined({ report, undone }) });
  } catch (error) {
    if (error instanceof UserError) {
      return { kind: 'refused', why: error.message, kubectl: [], ...defined({ remedy: error.remedy }) };
    }
    const incident = incidentId();
    deps.onIncident({ id: incident, error, where: 'plan' });
    const why = `Something inside imagecheck went wrong, not your workload. Whoever runs it finds it in the worker's log as incident ${incident}.`;
    return { kind: 'refused', why, kubectl: [] };
  }
}

/** Only what was really approved is undone: what it was decides who may approve that. */
function whyUnproven(
  undone: Approval,
  deps: Pick<ChangeWorkDeps, 'clusterId' | 'publicKeys'>,
): Extract<PlanOutcome, { kind: 'refused' }> | undefined {
  // Never approved, so never executed; planning says so.
  if (undone.grant === undefined && undone.results.length === 0) return undefined;
  const { team, id } = undone;
  const checked = checkGrant(undone, { team, approval: id, cluster: deps.clusterId }, deps);
  if (checked.ok) return undefined;
  const remedy = 'Set what you want by name, for example with roll-back or set-image.';
  return { kind: 'refused', why: `${id} cannot be undone: ${checked.why}.`, remedy, kubectl: [] };
}

function stepOf(approval: Approval, outcome: PlanOutcome, deps: ChangeWorkDeps): Step {
  const now = deps.now();
  const by = { ...deps.actor, at: now.toISOString() };
  switch (outcome.kind) {
    case 'plan': {
      const { plan, request } = outcome;
      const subject = subjectOfPlan(plan, approval);
      const requirement =
        deps.publicKeys.length > 0
          ? requirementOf(deps.policy, subject, now)
          : {
              text: 'nobody: this worker has no key to verify approvals',
              nobody: true,
              votes: 1,
              ticket: false,
              breakGlass: false,
            };
      const expiresAt = new Date(now.getTime() + deps.times.planMs).toISOString();
      return shown(approval, { plan, request, requirement, expiresAt }, by);
    }
    case 'refused': {
      const { why, remedy, kubectl } = outcome;
      return failed(approval, { outcome: why, kubectl: [...kubectl], ...defined({ remedy }) }, by);
    }
    case 'ambiguous': {
      const candidates = [...outcome.candidates];
      const names = candidates.map((ref) => `${formatWorkload(ref)} -n ${ref.namespace}`);
      const why = `${candidates.length} workloads have that name: ${names.join(', ')}.`;
      return failed(approval, { outcome: why, remedy: 'Ask again with the kind and the namespace.', candidates }, by);
    }
  }
  return outcome satisfies never;
}

function incidentId(): string {
  return randomUUID().slice(0, 8);
}
