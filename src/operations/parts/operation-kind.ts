import type { z } from 'zod';
import type { Operation, TemplateEdit, WorkloadTarget } from '../../model/change/operation.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import type { GuardedSubject } from '../../model/subject/subject.ts';
import type { Applied, Applying, ChangeReader, ClusterWriter } from '../../ports/changes.ts';
import type { ClusterReader, Lookup, Reading } from '../../ports/cluster.ts';
import type { RiskReason } from './risk.ts';

/**
 * One kind of step that plans are made of, and everything the product knows about it: preview, limits, execution,
 * resumption, verification, undo and audit ask here and nowhere else. All but `annotations`, `apply` and `judge` is pure.
 */
export interface OperationKind<O extends Operation = Operation> {
  /** As it is stored; also the name of the file. */
  readonly type: string;
  /** Strict: a field that it does not know is refused, because what cannot be read cannot be done as approved. */
  readonly schema: z.ZodType<O>;
  /** What it is carried out with. */
  readonly needs: 'cluster' | 'registry' | 'cloud';
  /** The object that it changes, which says whom it concerns and which limits of the configuration count. */
  touches(operation: O): Touched;
  /** What it changes in the workload's pod template; nothing when left out. */
  edits?(operation: O): readonly TemplateEdit[];
  /** The same with its parts in one fixed order, so that the same plan has the same digest. */
  inOrder?(operation: O): O;
  /** It only lets other steps reach the pods: it comes after them, is never alone in a way back, and needs no line there. */
  readonly followsUp?: true;
  /** What will be done, a line per change, from the operation alone: whoever approves it reads what is signed. */
  lines(operation: O): readonly string[];
  /** What it finds and leaves, by its own guards; for records, without secrets. */
  describe(operation: O): Sides;
  /** What a person would type instead, one command per line. Never a secret: `PASSWORD` stands for it. */
  commands(operation: O, snapshot: Snapshot): readonly string[];
  /** Whether a stored command line does nothing but this. */
  isCommand(operation: O, line: string): boolean;
  /** What makes it more than a low risk, as far as the operation itself shows it. */
  reasons(operation: O): readonly RiskReason[];
  /** As a step of an undo it is a low risk whatever `reasons` say: it sets back what was there before. */
  readonly isLowRiskInUndo?: true;
  /** The steps that take it back, and what they cannot. */
  reverse(operation: O): Reversal;
  /** Whether it takes back a part of what was done, on the same object, and nothing else. */
  isReverseOf(operation: O, done: Done): boolean;
  /** A step of a recorded way back as it is done at this moment, for that approval. */
  asUndo?(operation: O, undo: { readonly at: string; readonly approval: string }): O;
  /**
   * What is left behind in the world. `mark` (usual): the object remembers that it was done. `none`: nothing does, so an
   * earlier try may have done a part of it. `unclear`: a dry run cannot tell whether anything of it is left to do.
   */
  trace?(operation: O): 'mark' | 'none' | 'unclear';
  /** Annotations of the object that remembers it. */
  annotations(operation: O, reach: ReadReach, reading: Reading): Promise<Lookup<Readonly<Record<string, string>>>>;
  /** Does it, or only tries it (`how.dryRun`). Safe to repeat with the same mark at any time. */
  apply(operation: O, writer: ClusterWriter, how: Applying): Promise<Applied>;
  /** Tells how it went: by the rollout of the target's workload, or by looking itself, again and again until its end. */
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

/** Steps that take something back, and what they cannot, a sentence each. */
export interface Reversal {
  readonly operations: readonly Operation[];
  readonly cannot: readonly string[];
}

/** What was done to one target, by what its own operations say. */
export interface Done {
  readonly subject: GuardedSubject;
  readonly operations: readonly Operation[];
}

/** Through what operations look at the world. */
export interface ReadReach {
  readonly cluster: Pick<ClusterReader, 'workload'>;
  readonly changes: Pick<ChangeReader, 'identity'>;
}

/** How far an operation is that judges itself. `unknown`: it could not be read, so it is asked again. */
export type OperationStanding =
  | { readonly kind: 'running' | 'done' | 'failed'; readonly detail: string }
  | { readonly kind: 'unknown'; readonly why: string };
