import type { JobHandlers } from '../jobs.ts';
import type { WorkerDeps } from '../ports/processes.ts';
import { type AnswerDeps, answer } from './ask/answer.ts';
import { lookup } from './ask/lookup.ts';
import { execute } from './change/execute/execute.ts';
import { prepare } from './change/request/prepare.ts';
import { verify } from './change/verify/verify.ts';
import type { ChangeWorkDeps } from './change/work/work.ts';

/** What changes have in common with questions. */
type Shared = 'cluster' | 'diagnose' | 'onIncident' | 'outbox' | 'reports';

/** What the jobs of a worker need. */
export interface HandlerDeps extends AnswerDeps, Pick<WorkerDeps, 'cluster' | 'answers'> {
  readonly change: Omit<ChangeWorkDeps, Shared>;
}

/** Every job with the flow that does it. */
export function handlersOf(deps: HandlerDeps): JobHandlers {
  const { cluster, diagnose, onIncident, outbox, reports } = deps;
  const change: ChangeWorkDeps = { ...deps.change, cluster, diagnose, onIncident, outbox, reports };
  return {
    diagnose: (data, context) => answer(data, deps, context),
    diagnoseFurther: (data, context) => answer(data, deps, context),
    lookup: (data, context) => lookup(data, deps, context),
    prepare: (data, context) => prepare(data, change, context),
    execute: (data, context) => execute(data, change, context),
    verify: (data, context) => verify(data, change, context),
  };
}
