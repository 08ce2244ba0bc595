import { setTimeout as pause } from 'node:timers/promises';
import { applyTarget, type TargetOutcome } from '../flows/change/execute/apply-target.ts';
import { changeEventName } from '../flows/change/execute/read-marks.ts';
import type { PlanOutcome } from '../flows/change/plan/plan.ts';
import { headline } from '../flows/change/show/result-headline.ts';
import { riskLine } from '../flows/change/show/risk-lines.ts';
import type { Replacing } from '../flows/change/verify/replacement.ts';
import { judge } from '../flows/change/verify/verify.ts';
import { patienceWith, watchedAtMostMs } from '../flows/change/work/patience.ts';
import type { Approval, TargetResult } from '../model/approval/approval.ts';
import { undone } from '../model/approval/approval-step.ts';
import { terminalTeam } from '../model/audit/audit.ts';
import { objectOf } from '../model/change/operation.ts';
import { digestOfIntent, type IntentTarget } from '../model/change/plan.ts';
import { storedForm } from '../model/subject/stored-subject.ts';
import { formatSubject, isWorkload } from '../model/subject/subject.ts';
import { defined } from '../model/values/defined.ts';
import type { WorkloadRef } from '../model/workload/workload.ts';
import type { ChangeEvents, ChangeReader, ClusterWriter } from '../ports/changes.ts';
import type { ClusterReader } from '../ports/cluster.ts';
import type { Keychain } from '../ports/keychain.ts';
import { withTypedName } from './change-request.ts';
import { exitCode } from './exit-code.ts';
import { afterwards, type ChangeRecords, eventBy, terminalApproval } from './fix-record.ts';
import { printableJson, printableLines } from './paint.ts';
import { isRefused, look, type PlanRun, printNoPlan, printPlan } from './plan-command.ts';
import { statusLine } from './progress.ts';

/** What `imagecheck fix` does, without the adapters behind it. */
export interface FixRun extends PlanRun {
  /** The command that takes a change back, given its id. */
  readonly undoLine: (id: string) => string;
  /** Of the approval that this run is: the person's own. */
  readonly id: string;
  /** As it was typed. */
  readonly text: string;
  /** Who the cluster takes the person for. */
  readonly person: string;
  readonly reason?: string;
  /** Asks and gives what was typed; undefined where nobody can be asked. */
  readonly ask?: (question: string) => Promise<string>;
  /** First digits of the digest of a plan that was shown before; then nobody is asked. */
  readonly shown?: string;
  readonly cluster: ClusterReader;
  readonly changes: ClusterWriter & ChangeEvents & ChangeReader;
  readonly keychain: Pick<Keychain, 'credentialOf'>;
  readonly records: ChangeRecords;
  /** The diagnosis of a workload as text, for a change that did not help. */
  readonly diagnose: (workload: WorkloadRef) => Promise<string>;
  readonly now: () => Date;
  /** Between two looks at a rollout; a second when left out. */
  readonly lookMs?: number;
}

type Made = Extract<PlanOutcome, { kind: 'plan' }>;
type NoPlan = Exclude<PlanOutcome, Made>;

/** A server that gives no trustworthy answer is asked so often before the run gives up. */
const mostTries = 5;

/**
 * Plans, shows, asks, plans again, and only then changes; watches until it is known whether it helped. The result is the
 * exit code. Nothing happens that was not shown: the second plan must have the digest of the first.
 */
export async function runFix(run: FixRun): Promise<number> {
  const first = await look(run, run.request, true);
  if (run.signal.aborted) return exitCode.interrupted;
  const asked = { ...run, at: run.now().toISOString() };
  if (first.kind !== 'plan')
    return noPlan(first, terminalApproval({ ...asked, request: withTypedName(run.request) }), run);
  const approval = terminalApproval({ ...asked, request: first.request, plan: first.plan });
  if (!run.json) printPlan(first, run);
  await tellOfWaiting(run);
  const no = await confirmed(first, approval, run);
  if (no !== undefined) return no;
  const again = await look(run, first.request, false);
  if (run.signal.aborted) {
    await ended(approval, 'failed', 'it was interrupted before anything was done', run);
    return interruptedBefore(run);
  }
  if (again.kind !== 'plan') {
    run.screen.err('\nNothing was done: it can no longer be done.\n');
    await ended(approval, 'failed', reasonFor(again), run);
    return printNoPlan(again, run);
  }
  if (digestOfIntent(again.plan.intent) !== approval.digest) return changedMeanwhile(again, approval, run);
  return carryOut(approval, first.plan.intent.targets, run);
}

/** Where Slack answers, somebody may be about to approve the same there. */
async function tellOfWaiting({ request: { undoes }, records, screen }: FixRun): Promise<void> {
  const original = undoes === undefined ? undefined : await records.find(undoes);
  const waits = original === undefined ? undefined : await records.waiting(original);
  if (waits === undefined) return;
  const how =
    waits.state === 'pending' ? 'is waiting for approval in Slack' : `is already in progress (${waits.state})`;
  screen.err(
    printableLines(`\nPlan ${waits.id} to undo this ${how}. Once you do it here, that plan changes nothing.\n`),
  );
}

/** Nothing could be planned, which is recorded like everything that is asked for. */
async function noPlan(outcome: NoPlan, approval: Approval, run: FixRun): Promise<number> {
  const code = printNoPlan(outcome, run);
  const asked = eventBy(approval, 'requested', run.now(), { detail: run.text });
  await run.records.audit([asked], `${approval.id}:requested`);
  await ended(approval, 'failed', reasonFor(outcome), run);
  return code;
}

function reasonFor(outcome: NoPlan): string {
  return outcome.kind === 'refused' ? outcome.why : 'several workloads have that name';
}

async function ended(
  approval: Approval,
  action: 'rejected' | 'refused' | 'failed',
  detail: string,
  { records, now }: FixRun,
): Promise<void> {
  await records.audit([eventBy(approval, action, now(), { detail })], `${approval.id}:${action}`);
}

/** Undefined when it may be done; otherwise the exit code. What was shown is recorded before anybody answers. */
async function confirmed(made: Made, approval: Approval, run: FixRun): Promise<number | undefined> {
  const { now, records } = run;
  const asked = [eventBy(approval, 'requested', now(), { detail: run.text }), eventBy(approval, 'shown', now())];
  await records.audit(asked, `${approval.id}:shown`);
  const no = await (run.shown === undefined ? answered(made, approval, run) : isShown(made, approval, run.shown, run));
  if (no !== undefined) return no;
  const approved = eventBy(approval, 'approved', now(), run.reason === undefined ? {} : { detail: run.reason });
  await records.audit([approved], `${approval.id}:approved`);
  return undefined;
}

async function isShown(made: Made, approval: Approval, shown: string, run: FixRun): Promise<number | undefined> {
  if (approval.digest?.startsWith(shown) === true) return undefined;
  if (run.json) printPlan(made, run);
  run.screen.err(`\nThis isn’t the plan that ${shown} names; nothing was done.\n`);
  await ended(approval, 'refused', `digest: this is not the plan that ${shown} names`, run);
  return exitCode.problems;
}

/** What is typed for a plan of high risk: the name of the object that is changed first. */
function wordOf({ plan }: Made): string {
  const [first] = plan.intent.targets;
  const object = first === undefined ? undefined : objectOf(first.subject);
  return object?.name ?? 'yes';
}

async function answered(made: Made, approval: Approval, run: FixRun): Promise<number | undefined> {
  if (run.ask === undefined) {
    await ended(approval, 'rejected', 'nobody could be asked', run);
    return exitCode.usage;
  }
  const isHigh = made.plan.intent.risk === 'high';
  const word = isHigh ? wordOf(made) : 'yes';
  const warned = isRefused(made) ? 'The API server would refuse this. ' : '';
  const high = isHigh ? `This is high risk${printableLines(riskLine(made.plan.intent).slice('high'.length))}. ` : '';
  const typed = (await run.ask(`\n${warned}${high}Type ${printableLines(word)} to do this: `)).trim();
  if (run.signal.aborted) {
    await ended(approval, 'rejected', 'it was interrupted at the question', run);
    return interruptedBefore(run);
  }
  if (typed === word) return undefined;
  run.screen.err('Nothing was done.\n');
  await ended(approval, 'rejected', 'the answer was no', run);
  return exitCode.problems;
}

function interruptedBefore({ screen }: FixRun): number {
  screen.err('\nInterrupted; nothing was done.\n');
  return exitCode.interrupted;
}

async function changedMeanwhile(again: Made, approval: Approval, run: FixRun): Promise<number> {
  const why = 'what would be changed is not what was shown';
  await run.records.audit([eventBy(approval, 'superseded', run.now(), { detail: why })], `${approval.id}:superseded`);
  run.screen.err('\nNothing was done: something has changed since, and this is the plan now:\n\n');
  printPlan(again, run);
  return exitCode.problems;
}

async function carryOut(approval: Approval, targets: readonly IntentTarget[], run: FixRun): Promise<number> {
  const { records, now, screen } = run;
  const startedMs = now().getTime();
  await records.audit([eventBy(approval, 'started', now())], `${approval.id}:started`);
  const outcomes: TargetOutcome[] = [];
  for (const target of targets) outcomes.push(await applied(target, approval, run));
  await writeEvents(approval, targets, outcomes, run);
  const results = outcomes.map(({ result }) => result);
  const done = afterwards(approval, results, now());
  const sides = (side: 'before' | 'after') =>
    outcomes
      .map((outcome) => outcome[side])
      .filter(Boolean)
      .join('\n');
  const isChanged = outcomes.some(({ changed }) => changed);
  const event = isChanged
    ? eventBy(done, 'executed', now(), { before: sides('before'), after: sides('after') })
    : eventBy(done, 'failed', now(), { detail: results.map(({ detail }) => detail ?? '').join('; ') });
  await records.audit([event], `${approval.id}:${event.action}`);
  await records.keep(done);
  if (isChanged) await markUndone(approval, results, run);
  const end = await watchFix(done, targets, startedMs, run);
  if (run.json) {
    screen.out(`${printableJson({ kind: 'result', approval: done.id, digest: done.digest, ...toldOf(end) }, 2)}\n`);
  }
  return end.code;
}

/** What JSON tells, in the form in which results are stored. */
function toldOf({ told }: FixEnd): Readonly<Record<string, unknown>> {
  return { ...told, results: told.results.map(storedForm) };
}

/** Safe to repeat: the object itself says whether it was changed. */
async function applied(target: IntentTarget, approval: Approval, run: FixRun): Promise<TargetOutcome> {
  const { changes, keychain, reason } = run;
  const why = reason === undefined ? '' : `: ${reason}`;
  const changeCause = `imagecheck ${approval.request.remedy}, ${approval.id}, by ${approval.requester} in a terminal${why}`;
  // Once begun it is finished: Ctrl-C between two operations would leave half of a change.
  const how = { signal: AbortSignal.timeout(60_000), keychain, mark: { approval: approval.id, changeCause } };
  let outcome = await applyTarget(target, { changes }, how, false);
  for (let tries = 1; outcome.unsettled !== undefined && tries < mostTries; tries += 1) {
    await pause(run.lookMs ?? 1000);
    outcome = await applyTarget(target, { changes }, how, true);
  }
  return outcome;
}

async function writeEvents(
  approval: Approval,
  targets: readonly IntentTarget[],
  outcomes: readonly TargetOutcome[],
  { changes, screen, reason }: FixRun,
): Promise<void> {
  for (const [index, { subject }] of targets.entries()) {
    const outcome = outcomes[index];
    const about = objectOf(subject);
    if (outcome?.changed !== true || about === undefined) continue;
    const why = reason === undefined ? '' : ` (${reason})`;
    const message = `${approval.request.remedy} ${approval.id} by ${approval.requester} in a terminal${why}: ${outcome.after}`;
    const event = { name: changeEventName(approval.id, about.uid), about, type: 'Normal' as const };
    const written = await changes.event(
      { ...event, reason: 'ImagecheckChange', message: message.slice(0, 1000) },
      { signal: AbortSignal.timeout(10_000) },
    );
    if (written.kind !== 'found') {
      const what = written.kind === 'unknown' ? (written.missingRight ?? written.why) : 'the object is gone';
      screen.err(printableLines(`No Kubernetes Event was written about ${formatSubject(subject)}: ${what}\n`));
    }
  }
}

/** An undo ends what it takes back: it cannot be undone twice. What it could not take back is left to another one. */
async function markUndone(
  approval: Approval,
  results: readonly TargetResult[],
  { records, now }: FixRun,
): Promise<void> {
  const { undoes } = approval.request;
  if (undoes === undefined) return;
  const taken = results
    .filter(({ outcome }) => outcome === 'applied' || outcome === 'started')
    .map(({ subject }) => subject);
  const by = { actor: approval.requester, at: now().toISOString(), channel: terminalTeam };
  // Its verification may go on in a worker meanwhile.
  for (let round = 0; round < 10; round += 1) {
    const original = await records.find(undoes);
    if (original === undefined) return;
    const step = undone(original, approval.id, taken, by);
    if (!step.ok || (await records.change(step.next, step.audit, `${undoes}:undone:${approval.id}`))) return;
  }
}

/** How a change ended: the exit code, and what JSON tells of it. */
interface FixEnd {
  readonly code: number;
  readonly told: { readonly outcome: string; readonly results: readonly TargetResult[] };
}

/** Watches the pods of every changed workload until it is known whether it helped, and says so. */
async function watchFix(
  done: Approval,
  targets: readonly IntentTarget[],
  startedMs: number,
  run: FixRun,
): Promise<FixEnd> {
  const { screen, now, records } = run;
  const status = statusLine(screen);
  const results = [...done.results];
  const open = new Set(results.keys());
  for (const [index, { outcome }] of results.entries()) if (outcome === 'not-done') open.delete(index);
  const patiences = targets.map(({ subject }) => patienceWith(subject, run, { signal: run.signal }));
  const until = new Date(startedMs + Math.max(...(await Promise.all(patiences))));
  const latest = new Date(startedMs + watchedAtMostMs);
  while (open.size > 0 && !run.signal.aborted) {
    const isUndo = done.request.undoes !== undefined;
    const watched = {
      own: { ...done, startedAt: new Date(startedMs).toISOString() },
      results,
      open,
      until,
      latest,
      isUndo,
    };
    await Promise.all([...open].map((index) => lookAt(index, targets, watched, run)));
    if (open.size === 0) break;
    status.show(
      printableLines(results.map(({ subject, detail }) => `${formatSubject(subject)}: ${detail ?? ''}`).join(' · ')),
    );
    await pause(run.lookMs ?? 1000, undefined, { signal: run.signal }).catch(() => {});
  }
  status.clear();
  if (run.signal.aborted && open.size > 0) {
    say(`The change was made (${done.id}); watching it was interrupted.`, done, run);
    return { code: exitCode.interrupted, told: { outcome: 'interrupted', results } };
  }
  const outcome = headline(results, now().getTime() - startedMs, done.plan?.leftOut);
  if (done.state === 'done') {
    await records.audit([eventBy(done, 'verified', now(), { detail: outcome })], `${done.id}:verified`);
    await records.keep({ ...((await records.find(done.id)) ?? done), results });
  }
  await tell(outcome, done, results, targets, run);
  return { code: codeOf(results), told: { outcome, results } };
}

/** What is known so far, by the target's place. */
interface Watched {
  readonly own: Replacing['own'];
  readonly results: TargetResult[];
  /** Targets of which more is to come. */
  readonly open: Set<number>;
  readonly until: Date;
  readonly latest: Date;
  readonly isUndo: boolean;
}

async function lookAt(
  index: number,
  targets: readonly IntentTarget[],
  { own, results, open, until, latest, isUndo }: Watched,
  { cluster, changes, now, signal, records }: FixRun,
): Promise<void> {
  const [target, before] = [targets[index], results[index]];
  if (target === undefined || before === undefined) return;
  const watch = { until, latest, ...defined({ progress: before.progress }) };
  const replacing = { own, find: (id: string) => records.find(id) };
  const { settled, ...verdict } = await judge(target, watch, { cluster, changes, now, isUndo, replacing }, { signal });
  if (signal.aborted) return;
  results[index] = { subject: before.subject, ...verdict };
  if (settled) open.delete(index);
}

async function tell(
  outcome: string,
  done: Approval,
  results: readonly TargetResult[],
  targets: readonly IntentTarget[],
  run: FixRun,
): Promise<void> {
  const code = codeOf(results);
  const colour = code === exitCode.healthy ? 'green' : code === exitCode.unknown ? 'yellow' : 'red';
  const text = printableLines(done.request.undoes === undefined ? outcome : outcome.replace(/^fixed in/, 'undone in'));
  if (!run.json) run.screen.out(`\n${run.paint([colour, 'bold'], text.charAt(0).toUpperCase() + text.slice(1))}\n`);
  for (const [index, result] of results.entries()) {
    const subject = targets[index]?.subject;
    const isBad = result.outcome === 'not-fixed' || result.outcome === 'not-ready';
    if (run.json || subject === undefined || !isWorkload(subject) || !isBad) continue;
    run.screen.out(`\n${await run.diagnose(subject)}`);
  }
  say('', done, run);
}

/** The last lines: how to take it back, and where the records are. */
function say(text: string, done: Approval, { screen, records, undoLine }: FixRun): void {
  const isChanged = done.results.some(({ outcome }) => outcome !== 'not-done');
  const way = done.plan?.undo.targets.some(({ operations }) => operations.length > 0) === true;
  const back = way ? `Undo with: ${printableLines(undoLine(done.id))}` : 'This can’t be undone.';
  screen.err(
    [...(text === '' ? [] : [text]), ...(isChanged ? [back] : []), `Audit records: ${records.where}.`, ''].join('\n'),
  );
}

/** 0 where every target is as wanted, 3 where nobody could tell, 1 otherwise. */
function codeOf(results: readonly TargetResult[]): number {
  const outcomes = results.map(({ outcome }) => outcome);
  if (outcomes.every((outcome) => outcome === 'fixed' || outcome === 'applied')) return exitCode.healthy;
  const isKnownBad = outcomes.some(
    (outcome) => outcome === 'not-fixed' || outcome === 'not-ready' || outcome === 'not-done',
  );
  return isKnownBad ? exitCode.problems : exitCode.unknown;
}
