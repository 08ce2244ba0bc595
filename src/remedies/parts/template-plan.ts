import type { Risk } from '../../model/change/change.ts';
import { gitOwnerOf } from '../../model/change/git-owner.ts';
import type { Operation, TemplateEdit, WorkloadTarget } from '../../model/change/operation.ts';
import type { ExpectedImage } from '../../model/change/plan.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { distinct } from '../../model/text/words.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import { kubectl, kubectlFor, replaceJob } from './kubectl.ts';
import { refuse } from './refuse.ts';
import type { Planned, Refusal, RemedyWorld } from './remedy.ts';
import { highest, riskOf } from './risk.ts';
import { replacingOf, rolloutEffects, rolloutWarnings, waitsInOrder } from './rollout.ts';
import { manifestYaml } from './template-yaml.ts';

/** What a remedy found out; the rest of a plan follows from it. */
export interface TemplateChange {
  readonly edits: readonly TemplateEdit[];
  /** Before the template is touched. */
  readonly before?: readonly Operation[];
  /** Whether pods are to be replaced although no edit asks for it. */
  readonly restart?: boolean;
  readonly risk?: Risk;
  readonly expects?: readonly ExpectedImage[];
  readonly changes: readonly string[];
  readonly effects?: readonly string[];
  readonly warnings?: readonly string[];
  readonly provenance?: readonly string[];
  readonly undo: WayBack;
}

/** How a change is taken back. */
export interface WayBack {
  readonly how?: string;
  readonly cannot?: readonly string[];
  readonly edits: readonly TemplateEdit[];
  /** After the template is back. */
  readonly after?: readonly Operation[];
  readonly expects?: readonly ExpectedImage[];
}

/** The workload as the target of operations. */
export function targetOf({ workload: { ref, uid } }: Snapshot): WorkloadTarget {
  return { ...ref, uid };
}

/** The whole plan of one workload: operations with what replaces the pods, effects, warnings, commands and the way back. */
export function plannedChange(world: RemedyWorld, change: TemplateChange): Planned {
  const { snapshot } = world;
  const { before = [], restart = false, undo } = change;
  const replaces = restart || change.edits.length > 0;
  const edits = restart ? [...change.edits, ...restartEdits(world)] : change.edits;
  const operations = [...before, ...templateOperations(world, edits, replaces)];
  const back = [...templateOperations(world, undo.edits, undo.edits.length > 0), ...(undo.after ?? [])];
  const yaml = manifestYaml(snapshot.workload.ref.kind, edits);
  const git = yaml === undefined ? undefined : gitOwnerOf(snapshot.workload, yaml, edits);
  return {
    kind: 'planned',
    operations,
    expects: change.expects ?? [],
    risk: highest([change.risk ?? 'low', riskOf(edits, world)]),
    changes: change.changes,
    effects: distinct([...(replaces ? rolloutEffects(world) : []), ...(change.effects ?? [])]),
    warnings: distinct([...(change.warnings ?? []), ...(replaces ? rolloutWarnings(world) : [])]),
    provenance: change.provenance ?? [],
    kubectl: kubectlFor(operations, snapshot),
    ...(git === undefined ? {} : { git }),
    undo: {
      ...(undo.how === undefined ? {} : { how: undo.how }),
      cannot: distinct(undo.cannot ?? []),
      operations: back,
      expects: undo.expects ?? [],
    },
  };
}

/**
 * One patch with all edits, and the deletion of pods where nothing else would replace them. An ordered StatefulSet
 * replaces none while one is not Ready, whatever the template says by then (kubernetes/kubernetes#67250), so those that
 * are not are deleted. Which pods, and whether any, is found out when it is done: being Ready comes and goes.
 */
export function templateOperations(
  world: Pick<RemedyWorld, 'snapshot' | 'rollout' | 'at'>,
  edits: readonly TemplateEdit[],
  replaces: boolean,
): readonly Operation[] {
  const target = targetOf(world.snapshot);
  return [
    ...(edits.length === 0 ? [] : [{ type: 'edit-template' as const, target, edits: [...edits] }]),
    ...(replaces && replacingOf(world) === 'by-deletion'
      ? [{ type: 'delete-pods' as const, workload: target, createdBefore: world.at }]
      : []),
    ...(replaces && edits.length > 0 && waitsInOrder(world)
      ? [{ type: 'delete-pods' as const, workload: target, createdBefore: world.at, onlyNotReady: true as const }]
      : []),
  ];
}

/**
 * The restart annotation. Where pods are deleted instead it restarts nothing, but the object has to remember the approval
 * before its first pod goes: a worker that dies among the deletions is followed by one that does the others.
 */
function restartEdits(world: RemedyWorld): readonly TemplateEdit[] {
  const replacing = replacingOf(world);
  return replacing === 'rolls' || replacing === 'by-deletion' ? [{ field: 'restartedAt', to: world.at }] : [];
}

/**
 * Why this workload's template cannot take these edits: a Job's is immutable, and of a bare pod only images can change.
 * Undefined when it can.
 */
export function immutable(snapshot: Snapshot, edits: readonly TemplateEdit[]): Refusal | undefined {
  const { ref, owners } = snapshot.workload;
  const name = formatWorkload(ref);
  if (ref.kind === 'Job') {
    const [owner] = owners;
    const above = owner === undefined ? '' : ` ${owner.kind}/${owner.name} made it: change that for the next one.`;
    return refuse(
      `The pod template of a Job cannot be changed (${name}).`,
      `Delete it and make it again, changed; what it has done so far is lost.${above}`,
      [replaceJob(snapshot, edits)],
    );
  }
  if (ref.kind !== 'Pod' || edits.every(({ field }) => field === 'image')) return undefined;
  const what = edits.some(({ field }) => field === 'imagePullPolicy')
    ? 'its pull policy cannot be changed'
    : edits.some(({ field }) => field === 'imagePullSecrets')
      ? 'its pull secrets cannot be changed'
      : 'it cannot be restarted';
  return refuse(
    `${name} is a pod of its own: ${what}, and it does not come back once it is deleted.`,
    'Make it again from its manifest, changed.',
    [kubectl(ref.namespace, 'get', name, '-o', 'yaml')],
  );
}
