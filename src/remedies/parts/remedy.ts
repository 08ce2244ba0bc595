import type { z } from 'zod';
import type { RemedyId, RemedyParams, Risk } from '../../model/change/change.ts';
import type { Operation } from '../../model/change/operation.ts';
import type { ExpectedImage, GitOwner } from '../../model/change/plan.ts';
import type { DisruptionBudget, RevisionTemplate, Rollout } from '../../model/change/rollout.ts';
import type { Platform } from '../../model/image/outcome.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import type { Fact } from '../../model/values/fact.ts';
import type { RemedyCommand, RemedyForm } from './asked-for.ts';
import type { Merged } from './wish.ts';

/** What is known about an image that a template is to be set to, resolved as the workload. */
export interface ImageFacts {
  /** As requested. */
  readonly reference: string;
  /** What the reference resolves to. */
  readonly digest: string;
  /** The digest and those of its children: any of them may be in a pod's status. */
  readonly digests: readonly string[];
  /** Empty if the manifest could not be read. */
  readonly platforms: readonly Platform[];
  /** An artifact rather than an image, such as a streaming artifact: no node can run it. */
  readonly artifactType?: string;
  /** When it was pushed (ISO 8601); left out if no remedy needs it. */
  readonly pushedAt?: Fact<string>;
  readonly built?: string;
  readonly revision?: string;
  readonly source?: string;
  /** Artifact types of what refers to it: signatures, attestations. */
  readonly referrers: Fact<readonly string[]>;
  /** Streaming artifacts that refer to it or its tag; ACR only. */
  readonly streaming: boolean;
}

/** Facts that a remedy needs beyond the snapshot; they are read only on request. */
export interface Needs {
  /** References to resolve. */
  readonly images: readonly string[];
  /** Those of the references above whose origin is shown: their push time is read as well. */
  readonly origins?: readonly string[];
  /** Secrets of the workload's namespace to look at. */
  readonly secrets: readonly string[];
  readonly serviceAccount: boolean;
  readonly earlierTemplates: boolean;
}

export const nothingMore: Needs = { images: [], secrets: [], serviceAccount: false, earlierTemplates: false };

/** A Secret or service account as a remedy sees it: everything except its content. */
export interface Identity {
  readonly uid: string;
  readonly type?: string;
  readonly owners: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly managers: readonly string[];
}

/** An object that may not exist; the same shape as a lookup of the cluster. */
export type Found<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly why: string; readonly missingRight?: string };

/** Everything a remedy may look at. */
export interface RemedyWorld {
  readonly snapshot: Snapshot;
  readonly rollout: Found<Rollout>;
  readonly budgets: Fact<readonly DisruptionBudget[]>;
  /** By the text that was requested. */
  readonly images: ReadonlyMap<string, Fact<ImageFacts>>;
  /**
   * Those of the texts above that certainly do not exist in the registry; the other unknown ones could not be reached.
   */
  readonly absentImages?: ReadonlySet<string>;
  readonly secrets: ReadonlyMap<string, Found<Identity>>;
  readonly serviceAccount: Found<Identity>;
  readonly earlierTemplates: Fact<readonly RevisionTemplate[]>;
  /** Registry entries of the configuration that have a credential. */
  readonly credentials: readonly { readonly name: string; readonly host: string; readonly pathPrefix?: string }[];
  readonly trustedOwners: readonly string[];
  /** The single time of the request (ISO 8601). */
  readonly at: string;
  /** Only `undo`: the target of the approval that is reversed. */
  readonly undo?: UndoTarget;
}

/** The undo of one target of an executed approval, and whether it was executed at all. */
export interface UndoTarget {
  readonly approval: string;
  readonly operations: readonly Operation[];
  readonly expects: readonly ExpectedImage[];
}

/** What a remedy would do to one workload. */
export interface Planned {
  readonly kind: 'planned';
  readonly operations: readonly Operation[];
  readonly expects: readonly ExpectedImage[];
  readonly risk: Risk;
  readonly changes: readonly string[];
  readonly effects: readonly string[];
  readonly warnings: readonly string[];
  readonly provenance: readonly string[];
  readonly kubectl: readonly string[];
  readonly git?: GitOwner;
  readonly undo: {
    readonly how?: string;
    readonly cannot: readonly string[];
    readonly operations: readonly Operation[];
    readonly expects: readonly ExpectedImage[];
  };
}

/** Why nothing should be done, and what to do instead. */
export interface Refusal {
  readonly kind: 'refused';
  readonly why: string;
  readonly remedy?: string;
  readonly kubectl: readonly string[];
}

/**
 * Turns parameters and facts into operations, and owns the words that request it; pure. It never executes. Parameters
 * are plain data until `params` has parsed them.
 */
export interface Remedy<P = unknown> {
  readonly id: RemedyId;
  /** Increases when the same parameters and facts give other operations. */
  readonly version: number;
  /** `Set the image`, for buttons and lists. */
  readonly title: string;
  /** `set the image`, for plans and lists. */
  readonly doing: string;
  readonly params: z.ZodType<P>;
  /** How it is requested by name; undefined if another command requests it. */
  readonly command: RemedyCommand | undefined;
  /** What asks for its parameters; undefined if it needs none, or has no form. */
  readonly form: RemedyForm | undefined;
  /** The image that a check's proposal sets; left out by a remedy that sets none. */
  imageSet?(params: RemedyParams): string;
  /** One set of parameters from at least two proposals of one finding, usually one for each container. */
  merge(proposals: readonly RemedyParams[]): Merged;
  /** The parameters with omitted values as the plan understood them, so that a new plan understands the same. */
  settled(params: P, planned: Pick<Planned, 'expects'>, snapshot: Snapshot): P;
  /** Whether what a plan does is what was requested; `settled` may have filled in what the request left open. */
  isSameWish(planned: P, asked: P): boolean;
  /** What to read before planning; the snapshot is of the target workload, the way back only of an `undo`. */
  needs(params: P, snapshot: Snapshot, undo?: UndoTarget): Needs;
  plan(params: P, world: RemedyWorld): Planned | Refusal;
}
