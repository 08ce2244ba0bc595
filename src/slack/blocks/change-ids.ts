import { z } from 'zod';
import type { Approval } from '../../model/approval/approval.ts';
import { ClusterId } from '../../model/ask/ask.ts';
import { RemedyId } from '../../model/change/change.ts';
import { digestOfIntent } from '../../model/change/plan.ts';
import { isWorkload, type Subject, unguarded } from '../../model/subject/subject.ts';
import { WorkloadRef } from '../../model/workload/workload.ts';
import { json } from './ids.ts';

/** Action, callback and block ids of changes. A number is appended if a message may contain several. */
export const changeIds = {
  /** A proposal of a finding. */
  fix: 'fix',
  fixPattern: /^fix\.\d+$/,
  /** Opens the form, to enter other parameters. */
  choose: 'fix_choose',
  choosePattern: /^fix_choose\.\d+$/,
  approve: 'plan_approve',
  /** Shown when a ticket is required. */
  approveWithTicket: 'plan_approve_ticket',
  reject: 'plan_reject',
  breakGlass: 'plan_break_glass',
  diff: 'plan_diff',
  kubectl: 'plan_kubectl',
  undo: 'change_undo',
  undoPattern: /^change_undo(?:\.\d+)?$/,
  /** Shows the diagnosis that was made after a change that did not help. */
  diagnosis: 'change_diagnosis',
  diagnosisPattern: /^change_diagnosis\.\d+$/,
  /** Marks a use of break glass as reviewed. */
  reviewed: 'change_reviewed',
  reviewedPattern: /^change_reviewed\.\d+$/,
  /** Continues a typed command in a chosen cluster. */
  inCluster: 'change_in',
  inClusterPattern: /^change_in\.\d+$/,
  /** Modals. */
  rejectModal: 'plan_reject_modal',
  ticketModal: 'plan_ticket_modal',
  breakGlassModal: 'plan_break_glass_modal',
  form: 'change_form',
  reason: 'reason',
  ticket: 'ticket',
} as const;

/**
 * Value of the buttons of a plan: which approval, and the digest of the intent that is drawn beside them. The other
 * fields allow an informative answer once the record is gone.
 */
export const PlanValue = z.object({
  approval: z.string().max(20),
  digest: z.string().max(80),
  cluster: ClusterId,
  workload: WorkloadRef.optional(),
  madeAt: z.string().max(40),
});
export type PlanValue = z.infer<typeof PlanValue>;
export const PlanValueJson = json.pipe(PlanValue);

/** The digest is computed from what is drawn, never copied from the record: a click approves what the person saw. */
export function planValue({ id, cluster, request, requestedAt, plan }: Approval): string {
  const workload = firstWorkload({ plan, request });
  return JSON.stringify({
    approval: id,
    digest: plan === undefined ? '' : digestOfIntent(plan.intent),
    cluster,
    ...(workload === undefined ? {} : { workload }),
    madeAt: plan?.madeAt ?? requestedAt,
  } satisfies PlanValue);
}

/** The same if it is a workload, whose report can be requested. */
export function firstWorkload({
  plan,
  request,
}: {
  readonly plan?: Approval['plan'] | undefined;
  readonly request: Approval['request'];
}): WorkloadRef | undefined {
  const first = firstSubject({ plan, request });
  return first !== undefined && isWorkload(first) ? first : undefined;
}

/** What a message about this approval names first. */
export function firstSubject({
  plan,
  request,
}: {
  readonly plan?: Approval['plan'] | undefined;
  readonly request: Approval['request'];
}): Subject | undefined {
  const [planned] = plan?.intent.targets ?? [];
  return planned === undefined ? request.targets[0]?.subject : unguarded(planned.subject);
}

/** Value of a *Review fix* button: proposals of one finding of a stored report. */
const FixValue = z.object({
  messageId: z.string(),
  reportId: z.string(),
  finding: z.number().int().min(0),
  proposals: z.array(z.number().int().min(0)),
  everywhere: z.boolean(),
});
export type FixValue = z.infer<typeof FixValue>;
export const FixValueJson = json.pipe(FixValue);

/** Value of *Choose an image…*; the same without proposals. */
const ChooseValue = FixValue.omit({ proposals: true, everywhere: true }).extend({
  remedy: RemedyId,
});
export type ChooseValue = z.infer<typeof ChooseValue>;
export const ChooseValueJson = json.pipe(ChooseValue);

/** Value of *Undo* and *Reviewed*. What it is about allows an informative answer once the record is gone. */
const ApprovalValue = z.object({
  approval: z.string().max(20),
  cluster: ClusterId.optional(),
  workload: WorkloadRef.optional(),
});
export type ApprovalValue = z.infer<typeof ApprovalValue>;
export const ApprovalValueJson = json.pipe(ApprovalValue);

export function approvalValue(approval: Pick<Approval, 'id' | 'cluster' | 'request' | 'plan'>): string {
  const workload = firstWorkload(approval);
  const { id, cluster } = approval;
  return JSON.stringify({
    approval: id,
    cluster,
    ...(workload === undefined ? {} : { workload }),
  } satisfies ApprovalValue);
}

/** Value of the button that shows a stored report in this thread. */
const DiagnosisValue = z.object({ approval: z.string().max(20), reportId: z.string() });
export type DiagnosisValue = z.infer<typeof DiagnosisValue>;
export const DiagnosisValueJson = json.pipe(DiagnosisValue);

/** Value of a button that continues a typed command: the complete command, including its cluster. */
const CommandValue = z.object({ text: z.string().max(2000) });
export const CommandValueJson = json.pipe(CommandValue);

export function commandValue(text: string): string {
  return JSON.stringify({ text } satisfies z.infer<typeof CommandValue>);
}

/** Where a modal was opened, so that its answer goes there (`private_metadata`). */
const Place = z.object({
  channel: z.string(),
  channelName: z.string().optional(),
  threadTs: z.string().optional(),
  /** In a direct conversation, the channel whose rules apply. */
  origin: z.string().optional(),
});
export type Place = z.infer<typeof Place>;

/** What the modals that decide remember. */
const DecideMeta = Place.extend({ value: PlanValue, messageTs: z.string().optional() });
export type DecideMeta = z.infer<typeof DecideMeta>;
export const DecideMetaJson = json.pipe(DecideMeta);

/** One field of a form: the container of a workload, or a workload whose containers the bot does not know. */
const FormField = z.object({
  workload: z.number().int(),
  container: z.string().optional(),
  now: z.string().optional(),
});
export type FormField = z.infer<typeof FormField>;

/** What a form remembers. Workloads may lack kind or namespace when they were typed. */
const FormMeta = Place.extend({
  remedy: RemedyId,
  cluster: ClusterId,
  workloads: z.array(
    z.object({
      kind: WorkloadRef.shape.kind.optional(),
      namespace: z.string().max(63).optional(),
      name: z.string().max(253),
    }),
  ),
  fields: z.array(FormField),
  /** What was typed to open it. */
  text: z.string().max(300),
});
export type FormMeta = z.infer<typeof FormMeta>;
export const FormMetaJson = json.pipe(FormMeta);
