import { z } from 'zod';
import { Target } from '../ask/ask.ts';
import { aboutSubject, storedForm } from '../subject/stored-subject.ts';
import { Subject } from '../subject/subject.ts';

/**
 * Id of a remedy, as in records and messages: any text, because a newer imagecheck may have more of them. To act on
 * one, look it up in the list in `src/remedies/index.ts`.
 */
export const RemedyId = z.string().min(1).max(63);
export type RemedyId = z.infer<typeof RemedyId>;

/** How much can go wrong. `high`: another registry or owner, or several namespaces; the whole table is in `remedies/parts/risk.ts`. */
export const Risk = z.enum(['low', 'medium', 'high']);
export type Risk = z.infer<typeof Risk>;

/** Parameters of a remedy as plain data; each remedy has the schema for its own. */
export const RemedyParams = z.record(z.string(), z.unknown());
export type RemedyParams = z.infer<typeof RemedyParams>;

/** One thing to be changed, and how. */
export const ChangeTarget = aboutSubject(z.object({ subject: Subject, params: RemedyParams }));
export type ChangeTarget = z.infer<typeof ChangeTarget>;

/**
 * What someone wants to have done, before anything was read. Created once by the bot (or the terminal); a plan is made
 * from it again at execution, so time is part of it.
 */
export const ChangeRequest = z.object({
  version: z.literal(1),
  cluster: z.string(),
  remedy: RemedyId,
  /** The targets of the plan. Empty while `from` says where they come from. */
  targets: z.array(ChangeTarget).max(50),
  /**
   * Set if a finding's button made the request. The worker fills `targets` from it: the proposal's own workload, and
   * with `everywhere` the workloads that the finding names as having the same problem, each diagnosed for its own
   * parameters.
   */
  from: aboutSubject(
    z.object({
      reportId: z.string(),
      /**
       * Index of the finding in the report and of the proposals in the finding that belong together (one per
       * container).
       */
      finding: z.number().int(),
      proposals: z.array(z.number().int()).min(1),
      everywhere: z.boolean(),
      /** What the report is about: for the record of the request, before anything was planned. */
      subject: Subject.optional(),
      /** What the button proposed for it when it was pressed; without it nobody can approve. */
      params: RemedyParams.optional(),
      /** With `everywhere`, the other workloads of its namespace that the finding named at that time, as KIND/NAME. */
      others: z.array(z.string()).optional(),
    }),
  ).optional(),
  /** As it was typed: if the name or kind is incomplete, the worker looks up the workload first. */
  typed: z.object({ target: Target, params: RemedyParams }).optional(),
  /** What was also meant and is not among `targets`, with the reason, once they are resolved. */
  leftOut: z.array(z.string()).optional(),
  /** Only `undo`: the approval that is reversed. */
  undoes: z.string().optional(),
  /**
   * The requester may not ask about the whole cluster: no name or image of another namespace is shown beside the plan.
   */
  confined: z.literal(true).optional(),
  /** The single time that the plan uses (ISO 8601): restart annotations, "pods created before". */
  at: z.string(),
});
export type ChangeRequest = z.infer<typeof ChangeRequest>;

/** A request in its stored form, which is the signed one. */
export function storedRequest({ targets, from, ...request }: ChangeRequest): Readonly<Record<string, unknown>> {
  return { ...request, targets: targets.map(storedForm), from: from === undefined ? undefined : storedForm(from) };
}
