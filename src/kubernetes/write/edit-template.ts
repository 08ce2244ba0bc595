import { z } from 'zod';
import type { TemplateEdit } from '../../model/change/operation.ts';
import { foreignList, foreignRecord } from '../../model/values/foreign.ts';
import { formatWorkload, type WorkloadKind } from '../../model/workload/workload.ts';
import type { Applied, Applying, ClusterWriter, Mark } from '../../ports/changes.ts';
import { workloadResources } from '../read/kinds.ts';
import { changedPullSecrets, NamedReferences } from '../read/pull-secret-references.ts';
import type { ClusterSource } from '../read/read.ts';
import { restartedAtKey } from '../read/template.ts';
import { AnyObject, type GuardedChange, guardedWrite, type WriteDecision } from './guarded-write.ts';
import { exchange, type PatchOperation, pointer, setEntries, test } from './json-patch.ts';
import { marksAfter, remembered } from './marks.ts';
import { objectDiff } from './object-diff.ts';

type EditTemplate = Parameters<ClusterWriter['editTemplate']>[0];

const Container = z.looseObject({
  name: z.string(),
  image: z.string().nullish(),
  imagePullPolicy: z.string().nullish(),
});
const Spec = z.looseObject({
  containers: foreignList(Container).nullish(),
  initContainers: foreignList(Container).nullish(),
  imagePullSecrets: NamedReferences,
});
const Template = z.looseObject({
  metadata: z.looseObject({ annotations: foreignRecord(z.string()).nullish() }).nullish(),
  spec: Spec,
});
type Template = z.infer<typeof Template>;

const WithTemplate = AnyObject.extend({ spec: z.looseObject({ template: Template }) });
const WithJobTemplate = AnyObject.extend({
  spec: z.looseObject({ jobTemplate: z.looseObject({ spec: z.looseObject({ template: Template }) }) }),
});
const WithSpec = AnyObject.extend({ spec: Spec });

/** Where the template of a kind is, and how to find it in the object. */
interface Shape {
  readonly schema: z.ZodType<AnyObject>;
  readonly path: string;
  readonly template: (object: AnyObject) => Template;
}

const usual: Shape = {
  schema: WithTemplate,
  path: '/spec/template',
  template: (object) => WithTemplate.parse(object).spec.template,
};
const shapes: Readonly<Record<WorkloadKind, Shape>> = {
  Deployment: usual,
  StatefulSet: usual,
  DaemonSet: usual,
  Job: usual,
  CronJob: {
    schema: WithJobTemplate,
    path: '/spec/jobTemplate/spec/template',
    template: (object) => WithJobTemplate.parse(object).spec.jobTemplate.spec.template,
  },
  // Its own metadata is not a template's: marks go there, and restarting it has no meaning.
  Pod: { schema: WithSpec, path: '', template: (object) => ({ spec: WithSpec.parse(object).spec }) },
};

/** What changes, for the audit: one line per field. */
interface Told {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Edits a template, guarded by uid, container names, current values and our own mark. */
export async function changeTemplate(source: ClusterSource, operation: EditTemplate, how: Applying): Promise<Applied> {
  const { kind, namespace, name } = operation.target;
  const change: GuardedChange<AnyObject, Told> = {
    at: { resource: workloadResources[kind], namespace, name },
    schema: shapes[kind].schema,
    decide: (object) => patchOfTemplate(object, operation, how.mark, new Date()),
    told: (before, after, { before: was, after: is }) => ({
      diff: objectDiff(formatWorkload({ kind, name }), before, after),
      before: was.join('\n'),
      after: is.join('\n'),
    }),
  };
  return await guardedWrite(source, change, how);
}

/** The patch that an operation needs for the object as it is now, or why there is none. Pure. */
export function patchOfTemplate(
  object: AnyObject,
  operation: EditTemplate,
  mark: Mark,
  now: Date,
): WriteDecision<Told> {
  const { target, edits } = operation;
  const { metadata } = object;
  const what = formatWorkload(target);
  if (metadata.uid !== target.uid) return conflict(`${what} was deleted and recreated since`);
  const annotations = metadata.annotations ?? {};
  if (remembered(annotations, mark, operation) === 'done') return end({ kind: 'already', marked: true });
  const shape = shapes[target.kind];
  const parts = edits.map((edit) => editOf(target.kind, shape.template(object), shape.path, edit));
  const wrong = parts.find((part) => part.kind === 'end');
  if (wrong !== undefined) return wrong;
  const needed = parts.filter((part) => part.kind === 'edit');
  if (needed.length === 0) return end({ kind: 'already', marked: false });
  const marks = marksAfter(annotations, mark, operation, now);
  const patch = [
    test('/metadata/uid', target.uid),
    ...needed.flatMap((part) => part.patch),
    ...setEntries('/metadata/annotations', metadata.annotations, marks),
  ];
  const told = { before: needed.map(({ before }) => before), after: needed.map(({ after }) => after) };
  return { kind: 'patch', patch, prepared: told };
}

type Part =
  | {
      readonly kind: 'edit';
      readonly patch: readonly PatchOperation[];
      readonly before: string;
      readonly after: string;
    }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'end'; readonly applied: Applied };

function editOf(kind: WorkloadKind, template: Template, path: string, edit: TemplateEdit): Part {
  if (kind === 'Pod' && edit.field !== 'image') {
    return end({ kind: 'refused', message: `of a pod only images can be changed, not ${edit.field}` });
  }
  switch (edit.field) {
    case 'image':
    case 'imagePullPolicy':
      return containerEdit(template, path, edit);
    case 'imagePullSecrets': {
      const present = template.spec.imagePullSecrets ?? undefined;
      const changed = changedPullSecrets(present, edit.change, edit.name);
      if (changed === undefined) return { kind: 'nothing' };
      return { kind: 'edit', patch: exchange(`${path}/spec/imagePullSecrets`, present, changed.list), ...changed.told };
    }
    case 'restartedAt': {
      const present = template.metadata?.annotations;
      const was = present?.[restartedAtKey];
      if (was === edit.to) return { kind: 'nothing' };
      const wanted = { [restartedAtKey]: edit.to };
      const patch =
        template.metadata == null
          ? exchange(`${path}/metadata`, undefined, { annotations: wanted })
          : setEntries(`${path}/metadata/annotations`, present, wanted);
      return { kind: 'edit', patch, before: `restartedAt: ${was ?? '(none)'}`, after: `restartedAt: ${edit.to}` };
    }
    default:
      return edit satisfies never;
  }
}

function containerEdit(
  template: Template,
  path: string,
  edit: Extract<TemplateEdit, { field: 'image' | 'imagePullPolicy' }>,
): Part {
  const { field, container } = edit;
  const list = container.type === 'init' ? 'initContainers' : 'containers';
  const containers = template.spec[list] ?? [];
  const index = containers.findIndex(({ name }) => name === container.name);
  const found = containers[index];
  const called = `${container.type === 'init' ? 'init container' : 'container'} ${container.name}`;
  if (found === undefined) return conflict(`${called} no longer exists`);
  const present = found[field] ?? null;
  if (present === edit.to) return { kind: 'nothing' };
  if (present !== edit.from) {
    return conflict(`${field} of ${called} is now ${present ?? 'not set'}, not ${edit.from ?? 'not set'}`);
  }
  const at = `${path}/spec${pointer(list, index)}`;
  const patch = [
    test(`${at}/name`, container.name),
    ...exchange(`${at}/${field}`, present ?? undefined, edit.to ?? undefined),
  ];
  const line = (value: string | null): string => `${container.name} ${field}: ${value ?? '(not set)'}`;
  return { kind: 'edit', patch, before: line(present), after: line(edit.to) };
}

function end(applied: Applied): { readonly kind: 'end'; readonly applied: Applied } {
  return { kind: 'end', applied };
}

function conflict(what: string): { readonly kind: 'end'; readonly applied: Applied } {
  return end({ kind: 'conflict', what });
}
