import { makeOwnChange, type OwnChange, type OwnDoor, type OwnEnd } from '../flows/change/own/own-change.ts';
import type { OwnExecutionDeps } from '../flows/change/own/own-execution.ts';
import type { PlanOutcome } from '../flows/change/plan/plan.ts';
import { headline } from '../flows/change/show/result-headline.ts';
import { riskLine } from '../flows/change/show/risk-lines.ts';
import type { Approval, TargetResult } from '../model/approval/approval.ts';
import { objectOf } from '../model/change/operation.ts';
import { storedForm } from '../model/subject/stored-subject.ts';
import { formatSubject, isWorkload } from '../model/subject/subject.ts';
import { defined } from '../model/values/defined.ts';
import type { WorkloadRef } from '../model/workload/workload.ts';
import type { AuditTrail } from '../ports/audit.ts';
import type { Outbox } from '../ports/outbox.ts';
import { exitCode } from './exit-code.ts';
import { printableJson, printableLines } from './paint.ts';
import { isRefused, look, type PlanRun, printNoPlan, printPlan } from './plan-command.ts';
import { statusLine } from './progress.ts';

/** Where the records of changes go: Redis, or a replacement for it. */
export interface FixRecords {
  /** Where audit records go, in words for people. */
  readonly where: string;
  readonly approvals: OwnExecutionDeps['approvals'];
  readonly audit: Pick<AuditTrail, 'append'>;
  /** For the messages of a change in Slack that is taken back here. */
  readonly outbox: Outbox;
}

/** What `imagecheck fix` does, without the adapters behind it. */
export interface FixRun
  extends PlanRun,
    Omit<OwnChange, 'seen'>,
    Pick<OwnExecutionDeps, 'cluster' | 'changes' | 'keychain' | 'now' | 'lookMs'> {
  /** The command that undoes a change, given its id. */
  readonly undoLine: (id: string) => string;
  /** Asks and returns the typed answer; undefined if nobody can be asked. */
  readonly ask?: (question: string) => Promise<string>;
  /** First digits of the digest of a plan that was shown before; then no question is asked. */
  readonly shown?: string;
  readonly records: FixRecords;
  /** The diagnosis of a workload as text, for a change that did not help. */
  readonly diagnose: (workload: WorkloadRef) => Promise<string>;
}

type Made = Extract<PlanOutcome, { kind: 'plan' }>;

/** Shows a plan, asks, has it carried out, and says how it went. The result is the exit code. */
export async function runFix(run: FixRun): Promise<number> {
  const { records, shown, screen } = run;
  const status = statusLine(screen);
  const end = await makeOwnChange(
    { ...run, ...defined({ seen: shown }) },
    {
      ...run,
      approvals: records.approvals,
      audit: records.audit,
      outbox: ownMessages(run, status.show),
      plan: (request, { dryRun }) => look(run, request, dryRun),
      door: doorOf(run),
      tellNoEvent: (subject, written) => {
        const what = written.kind === 'unknown' ? (written.missingRight ?? written.why) : 'the object is gone';
        screen.err(printableLines(`No Kubernetes Event was written about ${formatSubject(subject)}: ${what}\n`));
      },
    },
  );
  status.clear();
  return await tellEnd(end, run);
}

/** The message of this change is the status line, while it is watched. */
function ownMessages({ id, records }: FixRun, draw: (text: string) => void): Outbox {
  return {
    async put(message, phase) {
      const { body } = message;
      const approval = body.view === 'plan' || body.view === 'result' ? body.approval : undefined;
      if (approval?.id !== id) return await records.outbox.put(message, phase);
      if (approval.state !== 'verifying') return;
      const lines = approval.results.map(({ subject, detail }) => `${formatSubject(subject)}: ${detail ?? ''}`);
      draw(printableLines(lines.join(' · ')));
    },
  };
}

function doorOf(run: FixRun): OwnDoor {
  const { ask, json, screen } = run;
  return {
    show: (made) => {
      if (!json) printPlan(made, run);
    },
    tellWaiting: ({ id, state }) => {
      const how = state === 'pending' ? 'is waiting for approval in Slack' : `is already in progress (${state})`;
      screen.err(printableLines(`\nPlan ${id} to undo this ${how}. Once you do it here, that plan changes nothing.\n`));
    },
    ...(ask === undefined ? {} : { ask: (made) => isConfirmed(made, ask) }),
  };
}

async function isConfirmed(made: Made, ask: (question: string) => Promise<string>): Promise<boolean> {
  const isHigh = made.plan.intent.risk === 'high';
  const word = isHigh ? wordOf(made) : 'yes';
  const warned = isRefused(made) ? 'The API server would refuse this. ' : '';
  const high = isHigh ? `This is high risk${printableLines(riskLine(made.plan.intent).slice('high'.length))}. ` : '';
  return (await ask(`\n${warned}${high}Type ${printableLines(word)} to do this: `)).trim() === word;
}

/** What to type for a plan of high risk: the name of the object that is changed first. */
function wordOf({ plan }: Made): string {
  const [first] = plan.intent.targets;
  const object = first === undefined ? undefined : objectOf(first.subject);
  return object?.name ?? 'yes';
}

async function tellEnd(end: OwnEnd, run: FixRun): Promise<number> {
  const { screen } = run;
  switch (end.kind) {
    case 'interrupted':
      return end.wasShown ? interruptedBefore(run) : exitCode.interrupted;
    case 'no-plan':
      if (end.wasShown) screen.err('\nNothing was done: it can no longer be done.\n');
      return printNoPlan(end.outcome, run);
    case 'declined':
      return declined(end, run);
    case 'changed':
      screen.err('\nNothing was done: something has changed since, and this is the plan now:\n\n');
      printPlan(end.made, run);
      return exitCode.problems;
    case 'ended':
      return await tellResult(end.approval, run);
  }
  return end satisfies never;
}

function interruptedBefore({ screen }: FixRun): number {
  screen.err('\nInterrupted; nothing was done.\n');
  return exitCode.interrupted;
}

function declined({ why, made }: Extract<OwnEnd, { kind: 'declined' }>, run: FixRun): number {
  switch (why) {
    case 'nobody':
      return exitCode.usage;
    case 'interrupted':
      return interruptedBefore(run);
    case 'no':
      run.screen.err('Nothing was done.\n');
      return exitCode.problems;
    case 'other-plan':
      if (run.json) printPlan(made, run);
      run.screen.err(`\nThis isn’t the plan that ${run.shown} names; nothing was done.\n`);
      return exitCode.problems;
  }
  return why satisfies never;
}

async function tellResult(approval: Approval, run: FixRun): Promise<number> {
  const { id, digest, state, results } = approval;
  const isInterrupted = state === 'verifying';
  const outcome = isInterrupted ? 'interrupted' : outcomeOf(approval);
  if (isInterrupted) say(`The change was made (${id}); watching it was interrupted.`, approval, run);
  else await tell(outcome, approval, run);
  if (run.json) {
    const told = { outcome, results: results.map(storedForm) };
    run.screen.out(`${printableJson({ kind: 'result', approval: id, digest, ...told }, 2)}\n`);
  }
  return isInterrupted ? exitCode.interrupted : codeOf(results);
}

/** A change that was watched to its end has one; where nothing was changed, the results say why. */
function outcomeOf({ state, outcome, results, startedAt, endedAt, plan }: Approval): string {
  if (state === 'done' && outcome !== undefined) return outcome;
  return headline(results, Date.parse(endedAt ?? '') - Date.parse(startedAt ?? ''), plan?.leftOut);
}

async function tell(outcome: string, approval: Approval, run: FixRun): Promise<void> {
  const { request, plan, results } = approval;
  const code = codeOf(results);
  const colour = code === exitCode.healthy ? 'green' : code === exitCode.unknown ? 'yellow' : 'red';
  const text = printableLines(request.undoes === undefined ? outcome : outcome.replace(/^fixed in/, 'undone in'));
  if (!run.json) run.screen.out(`\n${run.paint([colour, 'bold'], text.charAt(0).toUpperCase() + text.slice(1))}\n`);
  for (const [index, result] of results.entries()) {
    const subject = plan?.intent.targets[index]?.subject;
    const isBad = result.outcome === 'not-fixed' || result.outcome === 'not-ready';
    if (run.json || subject === undefined || !isWorkload(subject) || !isBad) continue;
    run.screen.out(`\n${await run.diagnose(subject)}`);
  }
  say('', approval, run);
}

/** The last lines: how to undo it, and where the records are. */
function say(text: string, { id, results, plan }: Approval, { screen, records, undoLine }: FixRun): void {
  const isChanged = results.some(({ outcome }) => outcome !== 'not-done');
  const way = plan?.undo.targets.some(({ operations }) => operations.length > 0) === true;
  const back = way ? `Undo with: ${printableLines(undoLine(id))}` : 'This can’t be undone.';
  screen.err(
    [...(text === '' ? [] : [text]), ...(isChanged ? [back] : []), `Audit records: ${records.where}.`, ''].join('\n'),
  );
}

/** 0 if every target is as wanted, 3 if that is inconclusive, 1 otherwise. */
function codeOf(results: readonly TargetResult[]): number {
  const outcomes = results.map(({ outcome }) => outcome);
  if (outcomes.every((outcome) => outcome === 'fixed' || outcome === 'applied')) return exitCode.healthy;
  const isKnownBad = outcomes.some(
    (outcome) => outcome === 'not-fixed' || outcome === 'not-ready' || outcome === 'not-done',
  );
  return isKnownBad ? exitCode.problems : exitCode.unknown;
}
