import type { Diagnosis } from '../flows/diagnose.ts';
import type { Target } from '../model/ask.ts';
import type { Report } from '../model/report.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { formatWorkload } from '../model/workload.ts';
import { exitCode, exitCodeOf } from './exit-code.ts';
import type { Paint } from './paint.ts';
import { printable } from './paint.ts';
import { type Screen, statusLine } from './progress.ts';
import { renderReport } from './report.ts';

/** How often `--watch` looks again. */
const watchIntervalMs = 5_000;

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
  readonly saveSnapshot?: (snapshot: Snapshot) => Promise<void>;
  readonly screen: Screen;
  readonly paint: Paint;
  readonly signal: AbortSignal;
}

/** Diagnoses and prints; the result is the exit code. With `watch` it goes on until `signal` ends it. */
export async function runCheck(run: CheckRun): Promise<number> {
  let shown = '';
  const isNews = (text: string): boolean => {
    const said = withoutTimes(text);
    const news = said !== shown;
    shown = said;
    return news;
  };
  let code = await checkOnce(run, isNews);
  while (run.watch && !run.signal.aborted) {
    await pause(watchIntervalMs, run.signal);
    if (!run.signal.aborted) code = await checkOnce(run, isNews);
  }
  return code;
}

async function checkOnce(run: CheckRun, isNews: (text: string) => boolean): Promise<number> {
  const status = statusLine(run.screen);
  const diagnosis = await run.diagnose(run.target, { signal: run.signal, onProgress: status.show });
  status.clear();
  if (diagnosis.kind === 'report') {
    await run.saveSnapshot?.(diagnosis.snapshot);
    const text = printed(diagnosis.report, run);
    if (isNews(text)) run.screen.out(text);
    return exitCodeOf(diagnosis.report, run.strict);
  }
  run.screen.err(printable(notAnswered(diagnosis)));
  return diagnosis.kind === 'absent' && !diagnosis.certain ? exitCode.unknown : exitCode.usage;
}

/** A report as the command line prints it. */
export function printed(report: Report, { json, paint, screen }: Pick<CheckRun, 'json' | 'paint' | 'screen'>): string {
  return json ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report, paint, screen.columns);
}

function notAnswered(diagnosis: Exclude<Diagnosis, { kind: 'report' }>): string {
  const refs = diagnosis.kind === 'ambiguous' ? diagnosis.candidates : diagnosis.near;
  const lines = refs.map((ref) => `  imagecheck check ${formatWorkload(ref)} -n ${ref.namespace}`);
  if (diagnosis.kind === 'ambiguous') return ['That name is used more than once. Which one?', ...lines, ''].join('\n');
  return [diagnosis.message, ...(lines.length === 0 ? [] : ['Did you mean:', ...lines]), ''].join('\n');
}

/** What a report says, without the times that change with every look. */
function withoutTimes(text: string): string {
  return text.replace(/ · \d+\.\d s$/m, '').replace(/"(durationMs|takenAt)": .*/g, '');
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
