import type { Operation } from '../../../model/change/operation.ts';
import type { IntentTarget } from '../../../model/change/plan.ts';
import { cut, shortDigest } from '../../../model/text/words.ts';
import { changeText } from '../../../remedies/parts/change-text.ts';
import { shortImage } from '../../../remedies/parts/image-effects.ts';
import { isOrdinalOf, kubectl, sureCommands } from '../../../remedies/parts/kubectl.ts';

/**
 * What will be done to a target, one line per change, from nothing but the intent: whoever approves it reads what the
 * signature covers, and no prose that somebody may have put beside it. An object that is not the target's own is named.
 */
export function changesOf({ workload, operations, expects }: Omit<IntentTarget, 'params'>): readonly string[] {
  const changes = operations.flatMap((operation) => {
    const lines = linesOf(operation);
    const object = 'target' in operation ? operation.target : 'workload' in operation ? operation.workload : operation;
    const isWorkload = operation.type === 'edit-template' || operation.type === 'delete-pods';
    const isOwn =
      object.namespace === workload.namespace &&
      (!isWorkload || ('kind' in object && object.kind === workload.kind && object.name === workload.name));
    if (isOwn) return lines;
    const other = isWorkload && 'kind' in object ? `${object.kind.toLowerCase()}/${object.name} in ` : 'in ';
    return lines.map((line) => `${cut(`${other}namespace ${object.namespace}`, 340)}: ${line}`);
  });
  return [...changes, ...expects.flatMap(expectedText)];
}

/** What a tag names now, where the change itself does not say it. */
function expectedText({ container, image, digests: [digest] }: IntentTarget['expects'][number]): readonly string[] {
  if (digest === undefined || image.includes('@')) return [];
  return [`${cut(container.name, 63)}: new pods run ${shortImage(image)} = ${shortDigest(digest)}`];
}

function linesOf(operation: Operation): readonly string[] {
  switch (operation.type) {
    case 'edit-template':
      return operation.edits.map(changeText);
    case 'edit-service-account': {
      const done = operation.change === 'add' ? 'added' : 'taken out';
      return [
        `service account ${cut(operation.target.name, 120)}: pull secret ${cut(operation.pullSecret, 120)} ${done}`,
      ];
    }
    case 'write-pull-secret': {
      const entry = `the entry ${cut(operation.key, 120)} with the credential of ${cut(operation.registry, 120)}`;
      const name = cut(operation.name, 120);
      return [
        operation.uid === null
          ? `Secret ${name}: created with ${entry}`
          : `Secret ${name}: gets ${entry}; its other entries stay`,
      ];
    }
    case 'restore-pull-secret':
      return [
        `Secret ${cut(operation.name, 120)}: what it held before ${cut(operation.approval, 40)}; if there was none, it goes`,
      ];
    case 'delete-pods':
      if (operation.onlyNotReady === true) {
        return ['pods that are not Ready by then, and of the template before, are deleted and made again'];
      }
      return [`pods created before ${cut(operation.createdBefore, 40)} are deleted and made again`];
    default:
      return operation satisfies never;
  }
}

/**
 * Those of the commands beside a plan that do nothing but what its intent says. Commands are stored as text, and people
 * run them with rights of their own: a line that belongs to no operation is somebody else's, and not shown.
 */
export function commandsOf(
  targets: readonly Pick<IntentTarget, 'operations'>[],
  stored: readonly string[],
): { readonly commands: readonly string[]; readonly strange: number } {
  const operations = targets.flatMap((target) => target.operations);
  const sure = new Set(sureCommands(operations));
  const belongs = (line: string) => sure.has(line) || operations.some((operation) => isShapedLike(line, operation));
  const commands = stored.filter(belongs);
  return { commands, strange: stored.length - commands.length };
}

/** Commands of which the intent knows all but a list: labels of pods, or the other pull secrets of an account. */
function isShapedLike(line: string, operation: Operation): boolean {
  if (operation.type === 'delete-pods') {
    const start = `${kubectl(operation.workload.namespace, 'delete', 'pods')} `;
    if (operation.onlyNotReady === true) {
      const pods = line.slice(start.length).split(' ');
      return line.startsWith(start) && pods.every((pod) => isOrdinalOf(operation.workload.name, pod));
    }
    return (
      line.startsWith(start) &&
      /^(?:POD|-l (?:[\w./-]+=[\w./=,-]*|'[\w./-]+(?:=| in )[\w./=,() -]*'))$/.test(line.slice(start.length))
    );
  }
  if (operation.type !== 'edit-service-account') return false;
  const { namespace, name } = operation.target;
  const start = `${kubectl(namespace, 'patch', `serviceaccount/${name}`, '-p')} `;
  if (!line.startsWith(start)) return false;
  const names = /^'\{"imagePullSecrets":\[((?:\{"name":"[a-z0-9.-]+"\},?)*)\]\}'$/.exec(line.slice(start.length))?.[1];
  return names?.includes(`{"name":"${operation.pullSecret}"}`) === (operation.change === 'add');
}
