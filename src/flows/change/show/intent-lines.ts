import type { Operation } from '../../../model/change/operation.ts';
import type { IntentTarget } from '../../../model/change/plan.ts';
import { shortImage } from '../../../model/image/short-image.ts';
import { formatSubject, isSameSubject, namespaceOfSubject } from '../../../model/subject/subject.ts';
import { cut, shortDigest } from '../../../model/text/words.ts';
import { type KnownOperation, knownOperation, knownOperations, unknownWords } from '../../../operations/index.ts';

/**
 * What will be done to a target, one line per change, from the intent alone: an approver reads what the signature
 * covers, and no text that someone may have put beside it. An object other than the target itself is named.
 */
export function changesOf({ subject, operations, expects }: Omit<IntentTarget, 'params'>): readonly string[] {
  return [...operations.flatMap((operation) => linesOf(operation, subject)), ...expects.flatMap(expectedText)];
}

function linesOf(operation: Operation, subject: IntentTarget['subject']): readonly string[] {
  const known = knownOperation(operation);
  if (known === undefined) return [`${cut(operation.type, 63)}: ${unknownWords([operation])}`];
  const lines = known.kind.lines(known.operation);
  const other = otherObject(known, subject);
  return other === undefined ? lines : lines.map((line) => `${cut(other, 340)}: ${line}`);
}

/** Where the change is, if it is not at the target itself or in its namespace. */
function otherObject({ kind, operation }: KnownOperation, subject: IntentTarget['subject']): string | undefined {
  const object = kind.touches(operation);
  switch (object.scope) {
    case 'workload':
      return isSameSubject(object, subject) ? undefined : `${formatSubject(object)} in namespace ${object.namespace}`;
    case 'namespace':
      return object.namespace === namespaceOfSubject(subject) ? undefined : `in namespace ${object.namespace}`;
    case 'cluster':
      return 'in the whole cluster';
    case 'registry':
      return `in registry ${object.registry}`;
    default:
      return object satisfies never;
  }
}

/** What a tag names now, if the change itself does not say it. */
function expectedText({ container, image, digests: [digest] }: IntentTarget['expects'][number]): readonly string[] {
  if (digest === undefined || image.includes('@')) return [];
  return [`${cut(container.name, 63)}: new pods run ${shortImage(image)} = ${shortDigest(digest)}`];
}

/**
 * The commands beside a plan that do only what its intent says. Commands are stored as text, and people run them with
 * their own permissions: a line that belongs to no operation is not ours, and is not shown.
 */
export function commandsOf(
  targets: readonly Pick<IntentTarget, 'operations'>[],
  stored: readonly string[],
): { readonly commands: readonly string[]; readonly strange: number } {
  const operations = knownOperations(targets.flatMap((target) => target.operations));
  const commands = stored.filter((line) => operations.some(({ kind, operation }) => kind.isCommand(operation, line)));
  return { commands, strange: stored.length - commands.length };
}
