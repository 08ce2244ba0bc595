import { z } from 'zod';
import type { PlanHow, PlanOutcome } from '../flows/change/plan/plan.ts';
import { riskReasons } from '../flows/change/show/risk-lines.ts';
import type { ChangeRequest } from '../model/change/change.ts';
import { digestOfIntent, Plan } from '../model/change/plan.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { exitCode } from './exit-code.ts';
import { type Paint, printableJson, printableLines } from './paint.ts';
import { renderPlan, tokenOf } from './plan.ts';
import { type Screen, statusLine } from './progress.ts';
import { wrap } from './wrap.ts';

/** What `imagecheck plan` does, without the adapters behind it. */
export interface PlanRun {
  readonly request: ChangeRequest;
  readonly makePlan: (
    request: ChangeRequest,
    how: Pick<PlanHow, 'signal' | 'onProgress' | 'dryRun'>,
  ) => Promise<PlanOutcome>;
  /** The command that executes the plan, given its token. */
  readonly fixLine: (token: string) => string;
  readonly json: boolean;
  readonly screen: Screen;
  readonly paint: Paint;
  /** Ends the run: Ctrl-C. */
  readonly signal: AbortSignal;
}

type Made = Extract<PlanOutcome, { kind: 'plan' }>;

/** Plans and prints; returns the exit code. */
export async function runPlan(run: PlanRun): Promise<number> {
  const outcome = await look(run, run.request, true);
  if (run.signal.aborted) return exitCode.interrupted;
  if (outcome.kind !== 'plan') return printNoPlan(outcome, run);
  printPlan(outcome, run);
  if (!run.json) {
    const line = run.fixLine(tokenOf({ digest: digestOfIntent(outcome.plan.intent), request: outcome.request }));
    run.screen.out(`\nNothing was changed. To do exactly this, within the hour:\n  ${printableLines(line)}\n`);
  }
  return isRefused(outcome) ? exitCode.problems : exitCode.healthy;
}

/** Makes the plan with a status line, which is removed afterwards. */
export async function look(
  { makePlan, screen, signal }: Pick<PlanRun, 'makePlan' | 'screen' | 'signal'>,
  request: ChangeRequest,
  dryRun: boolean,
): Promise<PlanOutcome> {
  const status = statusLine(screen);
  try {
    return await makePlan(request, { signal, dryRun, onProgress: status.show });
  } finally {
    status.clear();
  }
}

/** Prints a plan, as text or JSON. */
export function printPlan(
  { plan, request }: Made,
  { json, screen, paint }: Pick<PlanRun, 'json' | 'screen' | 'paint'>,
) {
  const digest = digestOfIntent(plan.intent);
  if (!json) return screen.out(renderPlan({ plan, digest }, paint, screen.columns));
  const token = tokenOf({ digest, request });
  screen.out(
    `${printableJson({ kind: 'plan', digest, token, riskReasons: riskReasons(plan.intent), plan: z.encode(Plan, plan) }, 2)}\n`,
  );
}

/** Whether the API server would refuse the whole plan. */
export function isRefused({ plan }: Made): boolean {
  const runs = plan.targets.flatMap(({ dryRuns }) => dryRuns);
  return runs.length > 0 && runs.every(({ outcome }) => outcome === 'refused' || outcome === 'forbidden');
}

/** Prints why there is no plan; returns the exit code. */
export function printNoPlan(
  outcome: Exclude<PlanOutcome, Made>,
  { json, screen, paint }: Pick<PlanRun, 'json' | 'screen' | 'paint'>,
): number {
  const code = outcome.kind === 'ambiguous' ? exitCode.usage : exitCode.problems;
  if (json) {
    screen.out(`${printableJson(outcome, 2)}\n`);
    return code;
  }
  if (outcome.kind === 'ambiguous') {
    const names = outcome.candidates.map((ref) => `  ${formatWorkload(ref)} -n ${ref.namespace}`);
    screen.err(printableLines(['Several workloads have that name. Pick one:', ...names, ''].join('\n')));
    return code;
  }
  const { why, remedy, kubectl } = outcome;
  const width = Math.min(Math.max(screen.columns, 40), 120);
  const lines = [
    ...why.split('\n').flatMap((line, index) => {
      const label = index === 0 ? `${paint(['red', 'bold'], 'No plan:')} ` : '';
      return wrap(`${label}${printableLines(line)}`, width, { first: '', rest: '  ' });
    }),
    ...(remedy === undefined ? [] : wrap(printableLines(remedy), width, { first: '', rest: '  ' })),
    ...(kubectl.length === 0 ? [] : [paint('dim', 'Do it yourself with kubectl:')]),
    ...kubectl.map((line) => `  ${printableLines(line)}`),
  ];
  screen.err(`${lines.join('\n')}\n`);
  return code;
}
