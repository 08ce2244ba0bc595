import { z } from 'zod';
import { RemedyId } from '../model/change/change.ts';
import { gitOwnerOf } from '../model/change/git-owner.ts';
import type { TemplateEdit } from '../model/change/operation.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { cut } from '../model/text/words.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { commandsFor, editsOf, type KnownOperation, knownOperations, unknownWords } from '../operations/index.ts';
import type { Reversal } from '../operations/parts/operation-kind.ts';
import { manifestYaml } from '../operations/parts/template-yaml.ts';
import { editableContainers } from './parts/containers.ts';
import { imageEffects } from './parts/image-effects.ts';
import { usableImage } from './parts/image-facts.ts';
import { isRefusal, refuse } from './parts/refuse.ts';
import { nothingMore, type Refusal, type Remedy, type RemedyWorld, type UndoTarget } from './parts/remedy.ts';
import { highest, riskOf } from './parts/risk.ts';
import { rolloutEffects, rolloutWarnings } from './parts/rollout.ts';
import { isSameWish, mergeEqual } from './parts/wish.ts';

const Params = z.strictObject({
  approval: z.string().min(1).max(64),
  /** The remedy that is undone: its rules decide who may approve. */
  remedy: RemedyId.optional(),
});
type Params = z.infer<typeof Params>;

/** Reverses what an approval did, by the undo steps stated in its plan. What was changed since is left alone. */
export const undo: Remedy<Params> = {
  id: 'undo',
  version: 2,
  title: 'Undo',
  doing: 'undo',
  params: Params,
  // The command `undo` names the change, not a workload.
  command: undefined,
  form: undefined,
  merge: mergeEqual,
  settled: (params) => params,
  isSameWish,

  needs: (_params, _snapshot, back) => ({
    ...nothingMore,
    images: editsOf(back?.operations ?? []).flatMap((edit) => (edit.field === 'image' ? [edit.to] : [])),
  }),

  plan({ approval }, world) {
    const { undo: back, snapshot } = world;
    if (back === undefined || back.operations.length === 0) {
      return refuse(`${cut(approval, 64)} cannot be undone: its plan had no way back for ${nameOf(snapshot)}.`);
    }
    if (back.approval !== approval) return refuse(`That is the undo of ${cut(back.approval, 64)}.`);
    const strange = unknownWords(back.operations);
    if (strange !== undefined) return refuse(`${cut(approval, 64)} cannot be undone here: ${strange}.`);
    const steps = knownOperations(back.operations).map(({ kind, operation }) => ({
      kind,
      operation: kind.asUndo?.(operation, { at: world.at, approval }) ?? operation,
    }));
    return changedSince(steps, snapshot) ?? planned(steps, back, world);
  },
};

function nameOf({ workload }: Snapshot): string {
  return formatWorkload(workload.ref);
}

/** Guards, checked before anything is shown: another object with that name, or other values than the approval left. */
function changedSince(steps: readonly KnownOperation[], snapshot: Snapshot): Refusal | undefined {
  const edits = editsIn(steps);
  const edited = steps.find(({ kind }) => kind.edits !== undefined);
  const object = edited?.kind.touches(edited.operation);
  if (object?.scope === 'workload' && object.uid !== snapshot.workload.uid) {
    return refuse(`${nameOf(snapshot)} was deleted and recreated since then; there is nothing to take back.`);
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

function editsIn(steps: readonly KnownOperation[]): readonly TemplateEdit[] {
  return steps.flatMap(({ kind, operation }) => kind.edits?.(operation) ?? []);
}

function planned(steps: readonly KnownOperation[], { approval, expects }: UndoTarget, world: RemedyWorld) {
  const { snapshot } = world;
  const edits = editsIn(steps);
  const operations = steps.map(({ operation }) => operation);
  const replaces = edits.length > 0 || steps.some(({ kind }) => kind.followsUp === true);
  const reasons = steps.flatMap(({ kind, operation }) =>
    kind.isLowRiskInUndo === true ? [] : kind.reasons(operation),
  );
  // The template first: that is what people look for.
  const linesWhere = (isTemplate: boolean): readonly string[] =>
    steps.flatMap(({ kind, operation }) =>
      kind.followsUp === true || (kind.edits !== undefined) !== isTemplate ? [] : kind.lines(operation),
    );
  const yaml = manifestYaml(snapshot.workload.ref.kind, edits);
  const git = yaml === undefined ? undefined : gitOwnerOf(snapshot.workload, yaml, edits, { takesBack: true });
  const again = invert(steps);
  return {
    kind: 'planned' as const,
    operations,
    expects,
    risk: highest([riskOf(edits, world), ...reasons.map(({ risk }) => risk)]),
    changes: [...linesWhere(true), ...linesWhere(false)],
    effects: [
      ...(replaces ? rolloutEffects(world) : []),
      ...edits.flatMap((edit) => (edit.field === 'image' ? imageEffects(edit.from, edit.to, undefined) : [])),
    ],
    warnings: [...(replaces ? rolloutWarnings(world) : []), ...edits.flatMap((edit) => imageWarnings(edit, world))],
    provenance: [],
    kubectl: commandsFor(operations, snapshot),
    ...(git === undefined ? {} : { git }),
    undo: {
      ...(again.operations.length === 0 ? {} : { how: `back to what ${approval} did` }),
      cannot: again.cannot,
      operations: again.operations,
      expects: [],
    },
  };
}

/**
 * The image may have disappeared from its registry since the plan was made. A person who knows that may still want it
 * back.
 */
function imageWarnings(edit: TemplateEdit, world: RemedyWorld): readonly string[] {
  if (edit.field !== 'image' || !world.images.has(edit.to)) return [];
  const usable = usableImage(edit.to, world);
  return isRefusal(usable) ? [usable.why] : usable.warnings;
}

/** Follow-up steps come after the template, in both directions, and are useless alone. */
function invert(steps: readonly KnownOperation[]): Reversal {
  const back = steps.toReversed().map((step) => ({ ...step, way: step.kind.reverse(step.operation) }));
  const operationsOf = (isLater: boolean) =>
    back.filter(({ kind }) => (kind.followsUp === true) === isLater).flatMap(({ way }) => way.operations);
  const first = operationsOf(false);
  return {
    operations: first.length === 0 ? [] : [...first, ...operationsOf(true)],
    cannot: back.flatMap(({ way }) => way.cannot),
  };
}
