import { z } from 'zod';
import { RemedyId } from '../model/change/change.ts';
import { gitOwnerOf } from '../model/change/git-owner.ts';
import type { Operation, TemplateEdit } from '../model/change/operation.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { cut } from '../model/text/words.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { changeText } from './parts/change-text.ts';
import { editableContainers, invertEdits } from './parts/containers.ts';
import { imageEffects } from './parts/image-effects.ts';
import { usableImage } from './parts/image-facts.ts';
import { kubectlFor } from './parts/kubectl.ts';
import { isRefusal, refuse } from './parts/refuse.ts';
import { nothingMore, type Refusal, type Remedy, type RemedyWorld, type UndoTarget } from './parts/remedy.ts';
import { riskOf } from './parts/risk.ts';
import { rolloutEffects, rolloutWarnings } from './parts/rollout.ts';
import { manifestYaml } from './parts/template-yaml.ts';

const Params = z.strictObject({
  approval: z.string().min(1).max(64),
  /** What is undone: the rules for it decide who may approve. */
  remedy: RemedyId.optional(),
});
type Params = z.infer<typeof Params>;

/** Takes back what an approval did, by the way back that its plan stated. What was changed since then is left alone. */
export const undo: Remedy<Params> = {
  id: 'undo',
  version: 2,
  title: 'Undo',
  params: Params,

  needs: (_params, _snapshot, back) => ({
    ...nothingMore,
    images: editsOf(back?.operations ?? []).flatMap((edit) => (edit.field === 'image' ? [edit.to] : [])),
  }),

  plan({ approval }, world) {
    const { undo: back, snapshot } = world;
    if (back === undefined || back.operations.length === 0) {
      return refuse(`${cut(approval, 64)} cannot be undone: its plan had no way back for ${nameOf(snapshot)}.`);
    }
    if (back.approval !== approval) return refuse(`That is the way back of ${cut(back.approval, 64)}.`);
    const operations = back.operations.map((operation) => now(operation, back, world));
    const edits = editsOf(operations);
    return changedSince(operations, edits, snapshot) ?? planned(operations, edits, back, world);
  },
};

/** The same step at this moment: pods that are there now, and the approval whose Secret comes back. */
function now(operation: Operation, { approval }: UndoTarget, { at }: RemedyWorld): Operation {
  if (operation.type === 'delete-pods') return { ...operation, createdBefore: at };
  if (operation.type === 'restore-pull-secret') return { ...operation, approval };
  return operation;
}

function editsOf(operations: readonly Operation[]): readonly TemplateEdit[] {
  return operations.flatMap((operation) => (operation.type === 'edit-template' ? operation.edits : []));
}

function nameOf({ workload }: Snapshot): string {
  return formatWorkload(workload.ref);
}

/** Guards, looked at before anything is shown: another object of that name, or other values than the approval left. */
function changedSince(
  operations: readonly Operation[],
  edits: readonly TemplateEdit[],
  snapshot: Snapshot,
): Refusal | undefined {
  const uid = operations.flatMap((operation) => (operation.type === 'edit-template' ? [operation.target.uid] : []))[0];
  if (uid !== undefined && uid !== snapshot.workload.uid) {
    return refuse(`${nameOf(snapshot)} was deleted and made again since then; there is nothing to take back.`);
  }
  const guarded = edits.flatMap((edit) => {
    if (edit.field !== 'image' && edit.field !== 'imagePullPolicy') return [];
    const container = editableContainers(snapshot).find(
      ({ name, type }) => name === edit.container.name && type === edit.container.type,
    );
    const is = edit.field === 'image' ? container?.image : (container?.pullPolicy ?? null);
    return [{ edit, is: container === undefined ? undefined : is }];
  });
  const moved = guarded.filter(({ edit, is }) => is !== edit.from);
  if (guarded.length > 0 && guarded.every(({ edit, is }) => is === edit.to)) {
    return refuse(`Nothing to do: ${nameOf(snapshot)} is back to what it was.`);
  }
  const [first] = moved;
  if (first === undefined) return undefined;
  return refuse(
    `${first.edit.container.name} was changed since then: ${first.edit.field} is ${cut(first.is ?? 'gone', 200)}, not ${cut(first.edit.from ?? 'unset', 200)}.`,
    'Undoing would throw that change away. Set what you want by name.',
  );
}

function planned(
  operations: readonly Operation[],
  edits: readonly TemplateEdit[],
  { approval, expects }: UndoTarget,
  world: RemedyWorld,
) {
  const { snapshot } = world;
  const replaces = edits.length > 0 || operations.some(({ type }) => type === 'delete-pods');
  const yaml = manifestYaml(snapshot.workload.ref.kind, edits);
  const git = yaml === undefined ? undefined : gitOwnerOf(snapshot.workload, yaml, edits, { takesBack: true });
  const again = invert(operations);
  return {
    kind: 'planned' as const,
    operations,
    expects,
    risk: riskOf(edits, world),
    changes: [...edits.map(changeText), ...operations.flatMap(otherText)],
    effects: [
      ...(replaces ? rolloutEffects(world) : []),
      ...edits.flatMap((edit) => (edit.field === 'image' ? imageEffects(edit.from, edit.to, undefined) : [])),
    ],
    warnings: [...(replaces ? rolloutWarnings(world) : []), ...edits.flatMap((edit) => imageWarnings(edit, world))],
    provenance: [],
    kubectl: kubectlFor(operations, snapshot),
    ...(git === undefined ? {} : { git }),
    undo: {
      ...(again.operations.length === 0 ? {} : { how: `back to what ${approval} did` }),
      cannot: again.cannot,
      operations: again.operations,
      expects: [],
    },
  };
}

function otherText(operation: Operation): readonly string[] {
  switch (operation.type) {
    case 'edit-service-account':
      return [
        `service account ${operation.target.name}: pull secret ${operation.pullSecret} ${operation.change === 'add' ? 'added' : 'taken out'}`,
      ];
    case 'restore-pull-secret':
      return [`Secret ${operation.name}: what it held before ${operation.approval}; if there was none, it goes`];
    case 'write-pull-secret':
      return [`Secret ${operation.name}: entry ${operation.key}`];
    case 'delete-pods':
    case 'edit-template':
      return [];
    default:
      return operation satisfies never;
  }
}

/** The image may have gone from its registry since the plan was made. Who knows that may still want it back. */
function imageWarnings(edit: TemplateEdit, world: RemedyWorld): readonly string[] {
  if (edit.field !== 'image' || !world.images.has(edit.to)) return [];
  const usable = usableImage(edit.to, world);
  return isRefusal(usable) ? [usable.why] : usable.warnings;
}

function invert(operations: readonly Operation[]): {
  readonly operations: readonly Operation[];
  readonly cannot: readonly string[];
} {
  const cannot: string[] = [];
  const back = operations.toReversed().flatMap((operation): readonly Operation[] => {
    switch (operation.type) {
      case 'edit-template': {
        const edits = [...invertEdits(operation.edits)];
        return edits.length === 0 ? [] : [{ ...operation, edits }];
      }
      case 'edit-service-account':
        return [{ ...operation, change: operation.change === 'add' ? 'remove' : 'add' }];
      case 'delete-pods':
        return [operation];
      case 'write-pull-secret':
      case 'restore-pull-secret':
        cannot.push(`Secret ${operation.name}: to have the credential in it again, add the pull secret again.`);
        return [];
      default:
        return operation satisfies never;
    }
  });
  // Deleting pods comes after the template, in both directions.
  const deletions = back.filter(({ type }) => type === 'delete-pods');
  const rest = back.filter(({ type }) => type !== 'delete-pods');
  return { operations: rest.length === 0 ? [] : [...rest, ...deletions], cannot };
}
