import type { Approval } from '../../../model/approval/approval.ts';
import type { Doing, Step } from '../../../model/approval/approval-step.ts';
import type { Plan } from '../../../model/change/plan.ts';
import type { Subject } from '../../../model/subject/subject.ts';
import type { Mark } from '../../../ports/changes.ts';
import type { Lookup } from '../../../ports/cluster.ts';
import { approvalMessages, put, show } from '../show/approval-messages.ts';
import { recordStep } from '../work/change-approval.ts';
import type { CarryOutDeps } from '../work/work.ts';
import type { Marks } from './read-marks.ts';

/** One execution, or one more attempt at it. */
export interface Execution {
  /** In state `running`. */
  readonly approval: Approval;
  /** Its intent is the approved one. */
  readonly plan: Plan;
  readonly words: ExecutionWords;
  readonly marks: Marks;
  readonly deps: CarryOutDeps;
  /** Whether this turn allows another attempt after an unreliable answer. */
  readonly asksAgain: () => boolean;
  /** Ends the turn: the process stops, or another worker has it. */
  readonly signal: AbortSignal;
}

/** How a change names who decided it, wherever it leaves a trace. */
export interface ExecutionWords {
  /** What every changed object remembers. */
  readonly mark: Mark;
  /** Message of the Kubernetes Event beside a changed object, given what is there now. */
  readonly event: (after: string) => string;
  /** What the result says if no Event could be written; undefined if the person was already told. */
  readonly withoutEvent: (subject: Subject, written: NoEvent) => string | undefined;
  /** What one target had before, or has now, as the audit record states it. */
  readonly side: (subject: Subject, text: string) => string;
}

/** Why an Event was not written. */
export type NoEvent = Exclude<Lookup<void>, { readonly kind: 'found' }>;

/** Shows an end and then records it: after a crash in between, it is found and shown again. */
export async function finish(step: Step, deps: Pick<CarryOutDeps, 'approvals' | 'outbox'>): Promise<void> {
  if (!step.ok) throw new Error(step.why);
  await put(step.next, deps.outbox);
  const stored = await recordStep(step, deps);
  if (stored !== undefined) return show(stored, deps);
  const current = await deps.approvals.get(step.next.team, step.next.id);
  // Someone else was faster: what was shown is out of date.
  if (current !== undefined) for (const message of approvalMessages(current)) await deps.outbox.put(message);
}

/** Who acts, at this moment, as the audit stream names them. */
export function doneBy({ actor, now }: Pick<CarryOutDeps, 'actor' | 'now'>): Doing {
  return { ...actor, at: now().toISOString() };
}
