import type { z } from 'zod';
import type { Operation, TemplateEdit, WorkloadTarget } from '../../model/change/operation.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import type { GuardedSubject } from '../../model/subject/subject.ts';
import type { Applied, Applying, ChangeReader, ClusterWriter } from '../../ports/changes.ts';
import type { ClusterReader, Lookup, Reading } from '../../ports/cluster.ts';
import type { RiskReason } from './risk.ts';

/**
 * One kind of step that plans consist of, and everything the product knows about it: preview, limits, execution,
 * resumption, verification, undo and audit use this and nothing else. Everything except `annotations`, `apply` and
 * `judge` is pure.
 */
export interface OperationKind<O extends Operation = Operation> {
  /** Its stored name; also the name of the file. */
  readonly type: string;
  /** Strict: an unknown field is refused, because an operation that cannot be parsed cannot be executed as approved. */
  readonly schema: z.ZodType<O>;
  /** What is needed to execute it. */
  readonly needs: 'cluster' | 'registry' | 'cloud';
  /** The object that it changes, which decides whom it concerns and which limits of the configuration apply. */
  touches(operation: O): Touched;
  /** What it changes in the workload's pod template; default: nothing. */
  edits?(operation: O): readonly TemplateEdit[];
  /** The same with its parts in one fixed order, so that the same plan has the same digest. */
  inOrder?(operation: O): O;
  /**
   * It only makes other steps reach the pods: it comes after them, is never alone in an undo, and needs no line there.
   */
  readonly followsUp?: true;
  /** What will be done, one line per change, from the operation alone: an approver reads what is signed. */
  lines(operation: O): readonly string[];
  /** What it finds and leaves behind, by its own guards; for records, without secrets. */
  describe(operation: O): Sides;
  /** What a person would type instead, one command per line. Never a secret: `PASSWORD` stands for it. */
  commands(operation: O, snapshot: Snapshot): readonly string[];
  /** Whether a stored command line does exactly this and nothing else. */
  isCommand(operation: O, line: string): boolean;
  /** Why it has more than a low risk, as far as the operation itself shows it. */
  reasons(operation: O): readonly RiskReason[];
  /** As a step of an undo it has a low risk whatever `reasons` say: it restores what was there before. */
  readonly isLowRiskInUndo?: true;
  /** The steps that reverse it, and what they cannot reverse. */
  reverse(operation: O): Reversal;
  /** Whether it reverses a part of what was done, on the same object, and nothing else. */
  isReverseOf(operation: O, done: Done): boolean;
  /** A step of a recorded undo as it is executed at this moment, for that approval. */
  asUndo?(operation: O, undo: { readonly at: string; readonly approval: string }): O;
  /**
   * What it leaves behind in the world. `mark` (usual): the object remembers that it was done. `none`: nothing does, so
   * an earlier attempt may have done part of it. `unclear`: a dry run cannot show whether anything of it is left to do.
   */
  trace?(operation: O): 'mark' | 'none' | 'unclear';
  /** Annotations of the object that remembers it. */
  annotations(operation: O, reach: ReadReach, reading: Reading): Promise<Lookup<Readonly<Record<string, string>>>>;
  /** Executes it, or only tries it (`how.dryRun`). Safe to repeat with the same mark at any time. */
  apply(operation: O, writer: ClusterWriter, how: Applying): Promise<Applied>;
  /**
   * How its result is judged: by the rollout of the target's workload, or by checking itself, repeatedly until it ends.
   */
  readonly judge: 'rollout' | ((operation: O, reach: ReadReach, reading: Reading) => Promise<OperationStanding>);
}

/** What an operation changes. */
export type Touched =
  | ({ readonly scope: 'workload' } & WorkloadTarget)
  | { readonly scope: 'namespace'; readonly kind: string; readonly namespace: string; readonly name: string }
  | { readonly scope: 'cluster'; readonly kind: string; readonly name: string }
  | { readonly scope: 'registry'; readonly registry: string; readonly name: string };

/** The two sides of a change, as records tell them. */
export interface Sides {
  readonly before: string;
  readonly after: string;
}

/** Steps that undo something, and what they cannot undo, one sentence each. */
export interface Reversal {
  readonly operations: readonly Operation[];
  readonly cannot: readonly string[];
}

/** What was done to one target, according to its own operations. */
export interface Done {
  readonly subject: GuardedSubject;
  readonly operations: readonly Operation[];
}

/** What operations use to look at the world. */
export interface ReadReach {
  readonly cluster: Pick<ClusterReader, 'workload'>;
  readonly changes: Pick<ChangeReader, 'identity'>;
}

/** The progress of an operation that judges itself. `unknown`: it could not be read, so it is checked again. */
export type OperationStanding =
  | { readonly kind: 'running' | 'done' | 'failed'; readonly detail: string }
  | { readonly kind: 'unknown'; readonly why: string };
