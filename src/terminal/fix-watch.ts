import { setTimeout as pause } from 'node:timers/promises';
import { headline } from '../flows/change/show/result-headline.ts';
import type { Replacing } from '../flows/change/verify/replacement.ts';
import { judge } from '../flows/change/verify/verify.ts';
import { patienceWith, watchedAtMostMs } from '../flows/change/work/patience.ts';
import type { Approval, TargetResult } from '../model/approval/approval.ts';
import type { IntentTarget } from '../model/change/plan.ts';
import { formatSubject, isWorkload } from '../model/subject/subject.ts';
import { defined } from '../model/values/defined.ts';
import { exitCode } from './exit-code.ts';
import type { FixRun } from './fix.ts';
import { eventBy } from './fix-record.ts';
import { printableLines } from './paint.ts';
import { statusLine } from './progress.ts';

/** How a change ended: the exit code, and what JSON tells of it. */
export interface FixEnd {
  readonly code: number;
  readonly told: { readonly outcome: string; readonly results: readonly TargetResult[] };
}

/** Watches the pods of every changed workload until it is known whether it helped, and says so. */
export async function watchFix(
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
