import type { Risk } from '../../model/change/change.ts';
import { gitOwnerOf } from '../../model/change/git-owner.ts';
import type { Operation, TemplateEdit, WorkloadTarget } from '../../model/change/operation.ts';
import type { ExpectedImage } from '../../model/change/plan.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { distinct } from '../../model/text/words.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import type { DeletePods } from '../../operations/delete-pods.ts';
import type { EditTemplate } from '../../operations/edit-template.ts';
import { commandsFor } from '../../operations/index.ts';
import { kubectl, shellWord } from '../../operations/parts/kubectl.ts';
import { manifestYaml } from '../../operations/parts/template-yaml.ts';
import { refuse } from './refuse.ts';
import type { Planned, Refusal, RemedyWorld } from './remedy.ts';
import { highest, riskOf } from './risk.ts';
import { replacingOf, rolloutEffects, rolloutWarnings, waitsInOrder } from './rollout.ts';

/** What a remedy found out; the rest of a plan is derived from it. */
export interface TemplateChange {
  readonly edits: readonly TemplateEdit[];
  /** Before the template is touched. */
  readonly before?: readonly Operation[];
  /** Whether to replace pods although no edit requires it. */
  readonly restart?: boolean;
  readonly risk?: Risk;
  readonly expects?: readonly ExpectedImage[];
  readonly changes: readonly string[];
  readonly effects?: readonly string[];
  readonly warnings?: readonly string[];
  readonly provenance?: readonly string[];
  readonly undo: WayBack;
}

/** How a change is undone. */
export interface WayBack {
  readonly how?: string;
  readonly cannot?: readonly string[];
  readonly edits: readonly TemplateEdit[];
  /** After the template is restored. */
  readonly after?: readonly Operation[];
  readonly expects?: readonly ExpectedImage[];
}

/** The workload as the target of operations. */
export function workloadTargetOf({ workload: { ref, uid } }: Snapshot): WorkloadTarget {
  return { ...ref, uid };
}

/** The whole plan of one workload: operations with what replaces the pods, effects, warnings, commands and the undo. */
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
    kubectl: commandsFor(operations, snapshot),
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
 * One patch with all edits, and the deletion of pods if nothing else would replace them. An ordered StatefulSet
 * replaces none while one is not Ready, whatever the template says by then (kubernetes/kubernetes#67250), so pods that
 * are not Ready are deleted. Which pods, if any, is determined at execution, because readiness changes.
 */
export function templateOperations(
  world: Pick<RemedyWorld, 'snapshot' | 'rollout' | 'at'>,
  edits: readonly TemplateEdit[],
  replaces: boolean,
): readonly Operation[] {
  const target = workloadTargetOf(world.snapshot);
  const edit: EditTemplate = { type: 'edit-template', target, edits: [...edits] };
  const pods: DeletePods = { type: 'delete-pods', workload: target, createdBefore: world.at };
  return [
    ...(edits.length === 0 ? [] : [edit]),
    ...(replaces && replacingOf(world) === 'by-deletion' ? [pods] : []),
    ...(replaces && edits.length > 0 && waitsInOrder(world) ? [{ ...pods, onlyNotReady: true as const }] : []),
  ];
}

/**
 * The restart annotation. If pods are deleted instead, it restarts nothing, but the object has to remember the approval
 * before its first pod is deleted: if a worker dies during the deletions, another one does the rest.
 */
function restartEdits(world: RemedyWorld): readonly TemplateEdit[] {
  const replacing = replacingOf(world);
  return replacing === 'rolls' || replacing === 'by-deletion' ? [{ field: 'restartedAt', to: world.at }] : [];
}

/**
 * Why this workload's template cannot take these edits: a Job's is immutable, and of a bare pod only images can change.
 * Undefined if it can.
 */
export function immutable(snapshot: Snapshot, edits: readonly TemplateEdit[]): Refusal | undefined {
  const { ref, owners } = snapshot.workload;
  const name = formatWorkload(ref);
  if (ref.kind === 'Job') {
    const [owner] = owners;
    const above = owner === undefined ? '' : ` ${owner.kind}/${owner.name} made it: change that for the next one.`;
    return refuse(
      `The pod template of a Job cannot be changed (${name}).`,
      `Delete it and recreate it with the change; what it has done so far is lost.${above}`,
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
    `${name} is a bare pod: ${what}, and it does not come back once it is deleted.`,
    'Make it again from its manifest, changed.',
    [kubectl(ref.namespace, 'get', name, '-o', 'yaml')],
  );
}

/** The workaround for an immutable Job template: the Job is deleted and recreated with the change. */
function replaceJob({ workload: { ref } }: Snapshot, edits: readonly TemplateEdit[]): string {
  const labels = ['controller-uid', 'batch.kubernetes.io/controller-uid']
    .map((label) => `.spec.template.metadata.labels[${JSON.stringify(label)}]`)
    .join(', ');
  const steps = edits.flatMap((edit) => {
    if (edit.field !== 'image' && edit.field !== 'imagePullPolicy') return [];
    const list = edit.container.type === 'init' ? 'initContainers' : 'containers';
    const [name, to] = [JSON.stringify(edit.container.name), JSON.stringify(edit.to)];
    return [`(.spec.template.spec.${list}[] | select(.name == ${name})).${edit.field} = ${to}`];
  });
  const program = [`del(.spec.selector, .status, ${labels})`, ...steps].join(' | ');
  const read = kubectl(ref.namespace, 'get', formatWorkload(ref), '-o', 'json');
  return `${read} | jq ${shellWord(program)} | kubectl replace --force -f -`;
}
