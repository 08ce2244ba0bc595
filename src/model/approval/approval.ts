import { z } from 'zod';
import { ChangeRequest } from '../change/change.ts';
import { Plan } from '../change/plan.ts';
import { aboutSubject } from '../subject/stored-subject.ts';
import { Subject } from '../subject/subject.ts';
import { laterName, openEnum } from '../values/open-enum.ts';
import { WorkloadRef } from '../workload/workload.ts';

/** The state of an approval. The transitions are in `approval-step.ts`; the last row is final. */
export const ApprovalState = z.enum([
  // A worker reads and plans; nobody can press anything.
  'preparing',
  // The plan is shown and is waiting for votes.
  'pending',
  // Enough votes; nothing was done yet.
  'approved',
  // A worker executes, and then watches whether it helped.
  'running',
  'verifying',
  'done',
  // Ends in which this approval changed nothing.
  'rejected',
  'expired',
  'superseded',
  'failed',
]);
export type ApprovalState = z.infer<typeof ApprovalState>;

/** States in which a worker has something to do. */
export const workingStates: readonly Approval['state'][] = ['preparing', 'approved', 'running', 'verifying'];
/** Final states. */
export const finalStates: readonly Approval['state'][] = ['done', 'rejected', 'expired', 'superseded', 'failed'];

/** One person's vote, with the groups in which the bot saw the person at the click (ids or handles that rules name). */
export const Vote = z.object({
  user: z.string(),
  groups: z.array(z.string()),
  at: z.string(),
  reason: z.string().optional(),
  /** The ticket that this person named. */
  ticket: z.string().optional(),
  /** The delivery that brought it: the same delivery again is the same vote. */
  key: z.string().optional(),
  /** The bot's signature over the vote and what it is for: a vote without one does not count. */
  signature: z.string().optional(),
});
export type Vote = z.infer<typeof Vote>;

/** What the bot signs when the last needed vote is there: everything that the worker's decision depends on. */
export const Grant = z.object({
  version: z.literal(1),
  approval: z.string(),
  team: z.string(),
  cluster: z.string(),
  /** Of the intent. */
  digest: z.string(),
  requester: z.string(),
  votes: z.array(Vote).min(1),
  ticket: z.string().optional(),
  /** Set if one person of an on-call group acted without the usual votes; the reason is theirs. */
  breakGlass: z.string().optional(),
  decidedAt: z.string(),
  /** Execution starts before this time or never: ten minutes after the deciding click. */
  executeBefore: z.string(),
  nonce: z.string(),
});
export type Grant = z.infer<typeof Grant>;

/** A grant and its Ed25519 signatures, see `signatures.ts`. */
export const SignedGrant = z.object({
  grant: Grant,
  keyId: z.string(),
  /** Over the canonical JSON, as workers of the previous release verify it. */
  signature: z.string(),
  /** Over the canonical JSON and the tag of a grant; left out by bots of the previous release. */
  tagged: z.string().optional(),
});
export type SignedGrant = z.infer<typeof SignedGrant>;

const ResultOutcome = z.enum([
  'waiting',
  'applied',
  'started',
  'not-done',
  'fixed',
  'not-ready',
  'not-fixed',
  'unknown',
]);

/** The result for one target. */
export const TargetResult = aboutSubject(
  z.object({
    subject: Subject,
    /**
     * `waiting` not begun · `applied` changed by this approval · `started` begun and not at its end yet ·
     * `not-done` a guard or a refusal kept it as it was · `fixed` · `not-ready` runs the intended image and fails for
     * another reason · `not-fixed` · `unknown` inconclusive.
     */
    outcome: openEnum(ResultOutcome),
    /** `3 of 4 pods on the new digest`, the server's refusal, what changed meanwhile. Untrusted. */
    detail: z.string().optional(),
    /** The diagnosis made after a change that did not help. */
    reportId: z.string().optional(),
    /** The approval that took this target back; of the whole change it is `undoneBy` of the approval. */
    undoneBy: z.string().optional(),
    replacedBy: z
      .object({
        approval: z.string(),
        remedy: z.string().optional(),
        /** Slack ids. */
        approvers: z.array(z.string()),
        /** The person who made it in a terminal, where nobody approves. */
        person: z.string().optional(),
        isUndo: z.literal(true).optional(),
      })
      .optional()
      .describe('The change that came after this one before it was known whether it helped; the outcome is `unknown`.'),
    pods: z
      .object({ desired: z.number(), updated: z.number(), ready: z.number(), onDigest: z.number() })
      .optional()
      .describe('As last seen: how many are wanted, of the new template, ready, and on an intended digest.'),
    progress: z
      .object({ best: z.number(), at: z.string().optional() })
      .optional()
      .describe('While it is watched: the most pods updated, ready and on an intended digest so far, and since when.'),
    /** What did not work properly along with the change, in words for people. Untrusted. */
    note: z.string().optional(),
  }),
);
export type TargetResult = z.infer<typeof TargetResult>;

/** Whether the target was changed, or may have been. */
export function isTouched({ outcome }: Pick<TargetResult, 'outcome'>): boolean {
  return outcome !== 'waiting' && outcome !== 'not-done';
}

/** Who may decide, as of when the plan was shown; only for the text of the message. */
export const Requirement = z.object({
  /** `1 of @dask-owners (not @ana)`; or why nobody may. */
  text: z.string(),
  nobody: z.boolean(),
  votes: z.number().int(),
  ticket: z.boolean(),
  /** Whether a button for break glass makes sense here. */
  breakGlass: z.boolean(),
  /** Slack ids of the people, and ids or handles of the groups, whose votes count; for mentions. */
  users: z.array(z.string()).optional(),
  groups: z.array(z.string()).optional(),
  /** Person whose vote does not count although the rule may name them: the requester. */
  not: z.string().optional(),
  /** Until when nothing may be changed and by which freeze, in words for people. */
  frozen: z.string().optional(),
});
export type Requirement = z.infer<typeof Requirement>;

const ApprovalId = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{8}$/);

/** Whether a text may be the id of an approval. */
export function isApprovalId(text: string): boolean {
  return ApprovalId.safeParse(text).success;
}

/** A plan, people, a state: the authoritative record. Every change of it is a compare-and-set on `revision`. */
export const Approval = z.object({
  version: z.literal(1),
  /** Eight characters of Crockford's base 32; people type it. */
  id: ApprovalId,
  revision: z.number().int().min(0),
  team: z.string(),
  cluster: z.string(),
  state: openEnum(ApprovalState),
  request: ChangeRequest,
  requester: z.string(),
  /** The bot's signature on the requester, see `signatures.ts`; votes count only if it is valid. */
  asked: z.object({ first: z.string(), request: ChangeRequest, signature: z.string() }).optional(),
  /**
   * The delivery that made the request, if the id is derived from the request: the same delivery again is not a second
   * request.
   */
  delivery: z.string().optional(),
  /** What was typed or pressed, for the message. */
  text: z.string(),
  channel: z.string(),
  /** The channel whose rules apply, if the plan is shown elsewhere (a direct message). */
  origin: z.string().optional(),
  /** Where the plan is shown: below an outbox message or a known ts; without it, in a separate message. */
  thread: z
    .object({ messageId: z.string() })
    .or(z.object({ ts: z.string() }))
    .optional(),
  requestedAt: z.string(),
  plan: Plan.optional(),
  /** Of `plan.intent`. */
  digest: z.string().optional(),
  requirement: Requirement.optional(),
  /** Until when it can be decided; counts at the click. */
  expiresAt: z.string().optional(),
  votes: z.array(Vote),
  rejection: z.object({ user: z.string(), reason: z.string(), at: z.string(), key: z.string().optional() }).optional(),
  /** The ticket of the first vote, for display. What counts is in the votes. */
  ticket: z.string().optional(),
  grant: SignedGrant.optional(),
  /** Set when the glass was broken: the channel of the rule that allowed it, which is informed. */
  securityChannel: z.string().optional(),
  startedAt: z.string().optional(),
  /** Until when verification goes on. */
  verifyUntil: z.string().optional(),
  /** When progress of the verification was last written. */
  progressAt: z.string().optional(),
  /** In the order of the intent's targets, from `running` on. */
  results: z.array(TargetResult),
  /** Why it failed, expired or was superseded, in words for people. */
  outcome: z.string().optional(),
  /** What a person can do about that. */
  remedy: z.string().optional(),
  /** Problems of the report that the change does not address, in words for people. */
  remains: z.array(z.string()).optional(),
  /** Commands that a person may use instead, if no plan could be made. */
  kubectl: z.array(z.string()).optional(),
  /** Workloads that a name could mean, if no plan could be made because of that. */
  candidates: z.array(WorkloadRef).optional(),
  endedAt: z.string().optional(),
  /** Until when *Undo* is offered. */
  undoUntil: z.string().optional(),
  /** The approval that undid the last of what can be undone. */
  undoneBy: z.string().optional(),
  supersededBy: z.string().optional(),
  /** For a use of break glass: who has reviewed it. */
  review: z.object({ user: z.string(), at: z.string() }).optional(),
});
export type Approval = z.infer<typeof Approval>;

/** Everything an approval is about: what was requested, what is planned, and how it ended. */
export function subjectsOf({
  request,
  plan,
  results,
}: Pick<Approval, 'request' | 'plan' | 'results'>): readonly Subject[] {
  const asked = request.from?.subject === undefined ? [] : [request.from.subject];
  const each = [...request.targets, ...(plan?.intent.targets ?? []), ...results].map(({ subject }) => subject);
  return [...asked, ...each];
}

/** A state in words: its name, or that this version does not know it. */
export function stateName(state: Approval['state']): string {
  return ApprovalState.safeParse(state).success ? state : laterName('a state', state);
}

/**
 * What of the state and the results this version does not know, as the end of a sentence; undefined where it knows all of
 * it. Whoever changes the record leaves it to a newer version then.
 */
export function strangeProgress({ state, results }: Pick<Approval, 'state' | 'results'>): string | undefined {
  if (!ApprovalState.safeParse(state).success) return `it is in ${stateName(state)}`;
  const strange = results.find(({ outcome }) => !ResultOutcome.safeParse(outcome).success);
  return strange === undefined ? undefined : `a target ended with ${laterName('an outcome', strange.outcome)}`;
}

/** Whether this is a use of break glass that nobody has reviewed. */
export function isToReview({ grant, review }: Pick<Approval, 'grant' | 'review'>): boolean {
  return grant?.grant.breakGlass !== undefined && review === undefined;
}
