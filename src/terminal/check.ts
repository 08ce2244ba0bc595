import type { Diagnosis } from '../flows/ask/diagnose.ts';
import type { Target } from '../model/ask/ask.ts';
import { type Report, storedReport } from '../model/finding/report.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { exitCode, exitCodeOf } from './exit-code.ts';
import { type Paint, printableJson, printableLines } from './paint.ts';
import { type Screen, statusLine } from './progress.ts';
import { renderReport } from './report.ts';

/** How often `--watch` looks again. */
const usualWatchIntervalMs = 5_000;

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

/** Undefined if it was interrupted: the result of an interrupted diagnosis is not an answer. */
async function checkOnce(run: CheckRun, tell: Tell): Promise<number | undefined> {
  const status = statusLine(run.screen);
  const diagnosis = await run.diagnose(run.target, { signal: run.signal, onProgress: status.show });
  status.clear();
  if (run.signal.aborted) return undefined;
  if (diagnosis.kind === 'report') {
    const { report, snapshot } = diagnosis;
    await run.saveSnapshot?.(snapshot);
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
  const stored = storedReport(report);
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
