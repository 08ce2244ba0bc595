import type { JobHandlers } from '../jobs.ts';
import type { WorkerDeps } from '../ports.ts';
import { type AnswerDeps, answer } from './answer.ts';
import { lookup } from './lookup.ts';

/** What the jobs of a worker need. */
export type HandlerDeps = AnswerDeps & Pick<WorkerDeps, 'cluster' | 'answers'>;

/** Every job with the flow that does it. */
export function handlersOf(deps: HandlerDeps): JobHandlers {
  return {
    diagnose: (data, context) => answer(data, deps, context),
    lookup: (data, context) => lookup(data, deps, context),
  };
}
