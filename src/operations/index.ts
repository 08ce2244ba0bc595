import { Risk } from '../model/change/change.ts';
import type { Operation, TemplateEdit } from '../model/change/operation.ts';
import type { Intent } from '../model/change/plan.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { cut } from '../model/text/words.ts';
import type { Applied, Applying, ClusterWriter } from '../ports/changes.ts';
import { deletePods } from './delete-pods.ts';
import { editServiceAccount } from './edit-service-account.ts';
import { editTemplate } from './edit-template.ts';
import type { OperationKind, Sides } from './parts/operation-kind.ts';
import { restorePullSecret } from './restore-pull-secret.ts';
import { writePullSecret } from './write-pull-secret.ts';

/** An operation with any fields: it is not used until its own schema has parsed it. */
const listed = [editTemplate, editServiceAccount, writePullSecret, restorePullSecret, deletePods].map(
  (kind) => kind as unknown as OperationKind,
);

const byType = new Map(listed.map((kind) => [kind.type, kind]));

/** Every kind of operation, each once. */
export const operations = {
  all: (): readonly OperationKind[] => [...byType.values()],
  /** Adds a kind for a limited time, and returns a function that removes it. Throws if that type already exists. */
  add<O extends Operation>(kind: OperationKind<O>): () => void {
    if (byType.has(kind.type)) throw new Error(`there is an operation ${kind.type} already`);
    byType.set(kind.type, kind as unknown as OperationKind);
    return () => void byType.delete(kind.type);
  },
};

/** An operation that this version knows completely, and its kind. */
export interface KnownOperation {
  readonly kind: OperationKind;
  readonly operation: Operation;
}

/** Parses a stored operation strictly; undefined if this version does not know the operation or one of its fields. */
export function knownOperation(operation: Operation): KnownOperation | undefined {
  const kind = byType.get(operation.type);
  const read = kind?.schema.safeParse(operation);
  return kind !== undefined && read?.success === true ? { kind, operation: read.data } : undefined;
}

/** The operations that this version knows. */
export function knownOperations(all: readonly Operation[]): readonly KnownOperation[] {
  return all.flatMap((operation) => knownOperation(operation) ?? []);
}

/** Why an intent is neither approved nor carried out by this version, as the end of a sentence; undefined where it knows it whole. */
export function strangeInIntent({ risk, targets }: Pick<Intent, 'risk' | 'targets'>): string | undefined {
  const strange = unknownWords(targets.flatMap(({ operations }) => operations));
  if (strange !== undefined || Risk.safeParse(risk).success) return strange;
  return `this version of imagecheck does not know its risk "${cut(risk, 63)}"`;
}

/**
 * Why this version does not execute these operations, as the end of a sentence; undefined if it knows them all. A newer
 * imagecheck may have created them: an operation that cannot be parsed completely cannot be executed as it was
 * approved.
 */
export function unknownWords(all: readonly Operation[]): string | undefined {
  const strange = all.find((operation) => knownOperation(operation) === undefined);
  if (strange === undefined) return undefined;
  const type = cut(strange.type, 63);
  return byType.has(strange.type)
    ? `this version of imagecheck does not know all fields of its step "${type}"`
    : `this version of imagecheck does not know its step "${type}"`;
}

/** What the operations change in pod templates. */
export function editsOf(all: readonly Operation[]): readonly TemplateEdit[] {
  return knownOperations(all).flatMap(({ kind, operation }) => kind.edits?.(operation) ?? []);
}

/** The same operations, each in its fixed order. */
export function inOrder(all: readonly Operation[]): Operation[] {
  return all.map((operation) => {
    const known = knownOperation(operation);
    return known?.kind.inOrder?.(known.operation) ?? operation;
  });
}

/** What a person would type for these operations, one command per line. */
export function commandsFor(all: readonly Operation[], snapshot: Snapshot): readonly string[] {
  return knownOperations(all).flatMap(({ kind, operation }) => kind.commands(operation, snapshot));
}

/** What an operation finds and leaves behind, for records. */
export function describeOperation(operation: Operation): Sides {
  const known = knownOperation(operation);
  const strange = { before: 'not known', after: `a step "${cut(operation.type, 63)}" that is not known here` };
  return known?.kind.describe(known.operation) ?? strange;
}

/** What operations use to change the world. */
export interface WriteReach {
  readonly changes: ClusterWriter;
}

/**
 * Executes an operation, or only tries it (`how.dryRun`); the one way to make any change. Never throws because of a
 * server's answer.
 */
export async function applyOperation(operation: Operation, { changes }: WriteReach, how: Applying): Promise<Applied> {
  const known = knownOperation(operation);
  if (known === undefined) return { kind: 'refused', message: unknownWords([operation]) ?? '' };
  if (known.kind.needs !== 'cluster') {
    return { kind: 'refused', message: `this worker has no way to change a ${known.kind.needs}` };
  }
  return await known.kind.apply(known.operation, changes, how);
}
