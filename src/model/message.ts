import { z } from 'zod';
import { Approval } from './approval/approval.ts';
import { Target } from './ask/ask.ts';
import { Report, ReportStatus } from './finding/report.ts';
import { MessageOrigin } from './message-origin.ts';
import { openEnum } from './values/open-enum.ts';
import { WorkloadRef } from './workload/workload.ts';

/** The content of a message in Slack, as data. The bot draws it; workers never see blocks. */
export const View = z.discriminatedUnion('view', [
  z.object({
    /** The parent of a check: who requested what, and its progress. */
    view: z.literal('ask'),
    askId: z.string(),
    user: z.string(),
    text: z.string(),
    cluster: z.string(),
    state: openEnum(z.enum(['queued', 'checking', 'done', 'failed'])),
    /** `reading pods`, `asking ghcr.io`, `waiting for worker dev-eu, 12 before you, last seen 4 s ago`. */
    progress: z.string().optional(),
    /** Set when done. */
    result: z
      .object({
        status: openEnum(ReportStatus),
        problems: z.number(),
        /** Left out by workers of an earlier version. */
        warnings: z.number().optional(),
        subject: z.string(),
        namespace: z.string().optional(),
        durationMs: z.number(),
      })
      .optional(),
  }),
  z.object({
    view: z.literal('report'),
    reportId: z.string(),
    report: Report,
    /** Mentioned at the end if the answer took longer than 10 s. */
    mention: z.string().optional(),
    showAll: z.boolean(),
  }),
  z.object({
    /** An ambiguous name: one button per candidate. */
    view: z.literal('choice'),
    question: z.string(),
    cluster: z.string(),
    candidates: z.array(WorkloadRef),
  }),
  z.object({
    view: z.literal('notice'),
    tone: openEnum(z.enum(['info', 'warning', 'error'])),
    text: z.string(),
    remedy: z.string().optional(),
    /** Slack ids that appear as `@ID` in the text. */
    people: z.array(z.string()).optional(),
  }),
  z.object({
    /** The bot may not post where it was asked: how to invite it, and a button that answers privately. */
    view: z.literal('invitation'),
    channel: z.string(),
    cluster: z.string(),
    target: Target,
  }),
  z.object({
    view: z.literal('explanation'),
    /** The pasted text, redacted and cut. */
    text: z.string(),
    cause: z.string(),
    meaning: z.string(),
    confidence: z.string(),
    also: z.array(z.string()),
    next: z.string(),
    confirm: z.string().optional(),
  }),
  /** A plan and everything that becomes of it, one message that is updated. This copy leaves diffs out. */
  z.object({
    view: z.literal('plan'),
    approval: Approval,
    /** While it is prepared: `reading pods… 4 s`, `dry run on the API server… 9 s`. */
    progress: z.string().optional(),
  }),
  /** The reply with the result of a change; mentions the requester. */
  z.object({ view: z.literal('result'), approval: Approval }),
]);
export type View = z.infer<typeof View>;

/** What goes first when Slack makes messages wait: alerts before answers to people, then progress. */
export const urgencies = ['alert', 'answer', 'progress'] as const;

/** A message in its wanted state, whether or not Slack shows it yet. A higher revision replaces a lower one. */
export const OutboxMessage = z.object({
  version: z.literal(1),
  /** `messageIdOf` its origin. */
  id: z.string(),
  /** Left out by releases that had only the id, and ignored if a newer release knows more: see `originOf`. */
  origin: MessageOrigin.optional().catch(undefined),
  team: z.string(),
  channel: z.string(),
  /** Either the id of the outbox message it replies to (waits for its ts), or a known ts. */
  thread: z
    .object({ messageId: z.string() })
    .or(z.object({ ts: z.string() }))
    .optional(),
  urgency: z.enum(urgencies),
  body: View,
});
export type OutboxMessage = z.infer<typeof OutboxMessage>;
