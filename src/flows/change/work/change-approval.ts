import type { Approval } from '../../../model/approval/approval.ts';
import type { Step } from '../../../model/approval/approval-step.ts';
import type { ApprovalChange, Approvals } from '../../../ports/approvals.ts';

/**
 * Records a step with its audit events, provided that nobody changed the approval in the meantime. Returns what is
 * stored now, or undefined if someone else was faster. Throws for a step that the approval's state does not allow.
 */
export async function recordStep(
  step: Step,
  { approvals }: { readonly approvals: Pick<Approvals, 'change'> },
  when: Pick<ApprovalChange, 'dueInMs'> = {},
): Promise<Approval | undefined> {
  if (!step.ok) throw new Error(step.why);
  return await approvals.change(step.next, { ...when, audit: step.audit });
}

/**
 * The result of one look at an approval: an answer that changes nothing, or a step and what follows once it is stored.
 */
export type Look<T> =
  | { readonly kind: 'answer'; readonly answer: T | Promise<T> }
  | { readonly kind: 'step'; readonly step: Step; readonly onStored: (stored: Approval) => T | Promise<T> };

/**
 * Changes an approval by a step derived from what is stored: looks again each time someone else was faster. `absent` if
 * there is no such approval, `outrun` if others were faster `rounds` times.
 */
export async function changeApproval<T>(
  { team, id }: Pick<Approval, 'team' | 'id'>,
  { approvals }: { readonly approvals: Pick<Approvals, 'get' | 'change'> },
  rounds: number,
  look: (approval: Approval) => Look<T>,
): Promise<T | 'absent' | 'outrun'> {
  for (let round = 0; round < rounds; round += 1) {
    const approval = await approvals.get(team, id);
    if (approval === undefined) return 'absent';
    const seen = look(approval);
    if (seen.kind === 'answer') return await seen.answer;
    const stored = await recordStep(seen.step, { approvals });
    if (stored !== undefined) return await seen.onStored(stored);
  }
  return 'outrun';
}
