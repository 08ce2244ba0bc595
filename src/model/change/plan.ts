import { createHash } from 'node:crypto';
import { z } from 'zod';
import { aboutSubject, storedForm } from '../subject/stored-subject.ts';
import { GuardedSubject } from '../subject/subject.ts';
import { canonicalJson } from '../values/canonical.ts';
import { openEnum } from '../values/open-enum.ts';
import { RemedyId, RemedyParams, Risk } from './change.ts';
import { ContainerKey, Operation } from './operation.ts';

/** What the pods of one container have to run afterwards: any of these digests (an index and its children). */
export const ExpectedImage = z.object({
  container: ContainerKey,
  /** As the template will have it. */
  image: z.string(),
  /**
   * `sha256:…`; the first is what the reference resolves to. Empty if the registry could not be asked, or if the pull
   * policy lets each node run its own copy.
   */
  digests: z.array(z.string()),
});
export type ExpectedImage = z.infer<typeof ExpectedImage>;

/**
 * What is approved: everything that decides what will happen, and nothing that varies on its own
 * (docs/architecture.md#what-is-approved). Two intents with the same digest do the same.
 */
export const Intent = z.object({
  version: z.literal(1),
  remedy: RemedyId,
  /** Version of the remedy's rules: an upgrade that changes what a remedy does changes the digest. */
  remedyVersion: z.number().int(),
  cluster: z.string(),
  risk: openEnum(Risk),
  targets: z
    .array(
      aboutSubject(
        z.object({
          subject: GuardedSubject,
          params: RemedyParams,
          operations: z.array(Operation),
          expects: z.array(ExpectedImage),
        }),
      ),
    )
    .min(1),
});
export type Intent = z.infer<typeof Intent>;
export type IntentTarget = Intent['targets'][number];

/** SHA-256 of the intent's stored form in canonical JSON, in hex: what an approval is bound to. */
export function digestOfIntent(intent: Intent): string {
  return createHash('sha256')
    .update(canonicalJson({ ...intent, targets: intent.targets.map(storedForm) }))
    .digest('hex');
}

/**
 * The remedy that decides who may approve, and whether the change is allowed here: for an undo the one that it
 * reverses, which is part of its parameters.
 */
export function remedyDecided({ remedy, targets }: Pick<Intent, 'remedy' | 'targets'>): RemedyId {
  if (remedy !== 'undo') return remedy;
  const [first, ...others] = targets.map(({ params }) => RemedyId.safeParse(params['remedy']).data ?? 'undo');
  return first === undefined || others.some((other) => other !== first) ? 'undo' : first;
}

/** The result of the API server's dry run for one operation. */
export const DryRun = z.object({
  /** `accepted`: it would be applied. `refused`: admission, quota or validation. `unknown`: could not be tried. */
  outcome: openEnum(z.enum(['accepted', 'refused', 'forbidden', 'unknown'])),
  /** The server's message, or a description for people. Untrusted. */
  message: z.string().optional(),
  missingRight: z.string().optional(),
  /** Unified diff of the object before and after, in YAML, without secrets; cut to 6,000 characters. */
  diff: z.string(),
});
export type DryRun = z.infer<typeof DryRun>;

/** Who else owns the changed fields, and would revert them. */
export const GitOwner = z.object({
  tool: openEnum(z.enum(['argocd', 'flux', 'helm', 'other'])),
  /** Application, Kustomization, HelmRelease or release, where it is known. */
  name: z.string().optional(),
  /** The change to make in Git instead, as YAML or a sentence. */
  change: z.string(),
});
export type GitOwner = z.infer<typeof GitOwner>;

/** What people are told about one target; it is not part of the digest. */
export const PlannedTarget = z.object({
  /** One line per change: `dask-workers  worker:88a216e → worker@sha256:9c0d…`. */
  changes: z.array(z.string()),
  dryRuns: z.array(DryRun).describe('One per operation.'),
  git: GitOwner.optional(),
  /** Where the image comes from, if registry or owner change: pushed at, source, revision, signatures. */
  provenance: z.array(z.string()),
});
export type PlannedTarget = z.infer<typeof PlannedTarget>;

/** A plan: the intent that is approved, and what people need to decide about it. */
export const Plan = z.object({
  version: z.literal(1),
  intent: Intent,
  /** In the order of `intent.targets`. */
  targets: z.array(PlannedTarget),
  /** What it costs elsewhere: restarts and their number, surge, streaming switched off, budgets that slow it down. */
  effects: z.array(z.string()),
  /** What an approver must know before: an operator that changes it back, a dry run that was refused. */
  warnings: z.array(z.string()),
  /** Equivalent commands, one per line. */
  kubectl: z.array(z.string()),
  undo: z.object({
    /** How undoing works, in a sentence: "back to the digests that ran (still in the registry)". */
    how: z.string().optional(),
    /** What cannot be undone, a sentence each. */
    cannot: z.array(z.string()),
    /** The undo steps, in the order of `intent.targets`; empty if there are none. */
    targets: z.array(z.object({ operations: z.array(Operation), expects: z.array(ExpectedImage) })),
  }),
  /** Workloads with the same finding that the plan leaves out, and why. */
  leftOut: z.array(z.string()),
  madeAt: z.string(),
});
export type Plan = z.infer<typeof Plan>;
