import type { Diagnosis } from '../flows/ask/diagnose.ts';
import type { Target } from '../model/ask/ask.ts';
import { printedReport, type Report } from '../model/finding/report.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { exitCode, exitCodeOf } from './exit-code.ts';
import { type Paint, printableJson, printableLines } from './paint.ts';
import { type Screen, statusLine } from './progress.ts';
import { renderReport } from './report.ts';

/** How often `--watch` looks again. */
const usualWatchIntervalMs = 5_000;
/** How often `--wait` looks again. */
const usualWaitIntervalMs = 5_000;

/** What `imagecheck check` and `imagecheck image` do, without the adapters behind it. */
export interface CheckRun {
  readonly target: Target;
  readonly diagnose: (
    target: Target,
    options: { readonly signal: AbortSignal; readonly onProgress: (what: string) => void },
  ) => Promise<Diagnosis>;
  readonly json: boolean;
  readonly strict: boolean;
  readonly watch: boolean;
  readonly watchIntervalMs?: number;
  /** Follows the workload for at most this long, until it is Ready or will not become so, and reports once. */
  readonly waitMs?: number;
  readonly waitIntervalMs?: number;
  readonly saveSnapshot?: (snapshot: Snapshot) => Promise<void>;
  readonly screen: Screen;
  readonly paint: Paint;
  /** Ends the run: Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Prints only what is new; nothing if the answer is the same. */
type Tell = (essence: string, print: () => void) => void;

/**
 * Diagnoses and prints; returns the exit code. With `watch` it runs until `signal` ends it, prints whenever the answer
 * changes, and ends with the code of the last answer.
 */
export async function runCheck(run: CheckRun): Promise<number> {
  if (run.waitMs !== undefined) return waitFor(run, run.waitMs);
  let told: string | undefined;
  const tell: Tell = (essence, print) => {
    if (essence !== told) print();
    told = essence;
  };
  let code = await checkOnce(run, tell);
  while (run.watch && !run.signal.aborted) {
    await pause(run.watchIntervalMs ?? usualWatchIntervalMs, run.signal);
    if (!run.signal.aborted) code = (await checkOnce(run, tell)) ?? code;
  }
  return code ?? exitCode.interrupted;
}

/**
 * Looks until the workload no longer progresses, or the time is over; each new state of the way there is one line on
 * standard error, so standard output has the last report alone. A cluster that stops answering on the way is asked again.
 */
async function waitFor(run: CheckRun, waitMs: number): Promise<number> {
  const deadlineMs = performance.now() + waitMs;
  const lines = newLines(run);
  let last: Diagnosis | undefined;
  for (;;) {
    const status = statusLine(run.screen);
    const diagnosis = await run.diagnose(run.target, { signal: run.signal, onProgress: status.show });
    status.clear();
    if (run.signal.aborted) return exitCode.interrupted;
    const isLost = last !== undefined && diagnosis.kind === 'absent' && !diagnosis.certain;
    if (!isLost) last = diagnosis;
    const isOver = performance.now() >= deadlineMs;
    if (isOver || !(isLost || isUnderWay(diagnosis))) return finish(run, last ?? diagnosis);
    lines(diagnosis);
    await pause(Math.min(run.waitIntervalMs ?? usualWaitIntervalMs, deadlineMs - performance.now()), run.signal);
  }
}

function isUnderWay(diagnosis: Diagnosis): boolean {
  return diagnosis.kind === 'report' && diagnosis.report.status === 'progressing';
}

/** Writes what a diagnosis waits for, each state once. */
function newLines({ screen }: CheckRun): (diagnosis: Diagnosis) => void {
  let told: readonly string[] = [];
  return (diagnosis) => {
    const now =
      diagnosis.kind === 'report'
        ? (diagnosis.report.progress ?? []).map(({ waitsFor }) => `Waiting for: ${waitsFor}`)
        : [notAnswered(diagnosis).trimEnd()];
    const fresh = now.filter((line) => !told.includes(line));
    told = now;
    for (const line of fresh) screen.err(printableLines(`${line}\n`));
  };
}

/** The answer that waiting ends with. */
async function finish(run: CheckRun, diagnosis: Diagnosis): Promise<number> {
  if (diagnosis.kind === 'report') await run.saveSnapshot?.(diagnosis.snapshot);
  return show(run, diagnosis, (_, print) => print());
}

/** Undefined if it was interrupted: the result of an interrupted diagnosis is not an answer. */
async function checkOnce(run: CheckRun, tell: Tell): Promise<number | undefined> {
  const status = statusLine(run.screen);
  const diagnosis = await run.diagnose(run.target, { signal: run.signal, onProgress: status.show });
  status.clear();
  if (run.signal.aborted) return undefined;
  if (diagnosis.kind === 'report') {
    await run.saveSnapshot?.(diagnosis.snapshot);
  }
  return show(run, diagnosis, tell);
}

/** Prints what a diagnosis ended with; returns the exit code. */
function show(run: CheckRun, diagnosis: Diagnosis, tell: Tell): number {
  if (diagnosis.kind === 'report') {
    const { report } = diagnosis;
    tell(JSON.stringify({ ...report, takenAt: '', durationMs: 0 }), () => run.screen.out(printed(report, run)));
    return exitCodeOf(report, run.strict);
  }
  const text = printableLines(notAnswered(diagnosis));
  tell(text, () => run.screen.err(text));
  return diagnosis.kind === 'absent' && !diagnosis.certain ? exitCode.unknown : exitCode.usage;
}

/** A report as the command line prints it; with `--watch`, JSON is one line per report. */
export function printed(
  report: Report,
  { json, watch, paint, screen }: Pick<CheckRun, 'json' | 'watch' | 'paint' | 'screen'>,
): string {
  if (!json) return renderReport(report, paint, screen.columns);
  const stored = printedReport(report);
  return `${watch ? printableJson(stored) : printableJson(stored, 2)}\n`;
}

function notAnswered(diagnosis: Exclude<Diagnosis, { kind: 'report' }>): string {
  const refs = diagnosis.kind === 'ambiguous' ? diagnosis.candidates : diagnosis.near;
  const lines = refs.map((ref) => `  imagecheck check ${formatWorkload(ref)} -n ${ref.namespace}`);
  if (diagnosis.kind === 'ambiguous') return ['Several workloads have that name. Pick one:', ...lines, ''].join('\n');
  return [diagnosis.message, ...(lines.length === 0 ? [] : ['Did you mean:', ...lines]), ''].join('\n');
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
