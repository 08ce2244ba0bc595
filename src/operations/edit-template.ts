import { z } from 'zod';
import { type Operation, TemplateEdit, WorkloadTarget } from '../model/change/operation.ts';
import { canonicalJson } from '../model/values/canonical.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { annotationsOfWorkload } from './parts/annotations.ts';
import { kubectl } from './parts/kubectl.ts';
import type { OperationKind } from './parts/operation-kind.ts';
import { reasonOfEdit } from './parts/risk.ts';
import { changeText, describeEdit, editsInOrder, invertEdits, isReverseEdit } from './parts/template-edits.ts';
import { strategicPatch } from './parts/template-yaml.ts';

const EditTemplate = z.strictObject({
  type: z.literal('edit-template'),
  target: WorkloadTarget.strict(),
  edits: z.array(TemplateEdit).min(1),
});
/** All edits of one workload's template, in one patch. For a bare pod only images can be edited. */
export type EditTemplate = z.infer<typeof EditTemplate>;

/** Edits the pod template of a workload. */
export const editTemplate: OperationKind<EditTemplate> = {
  type: 'edit-template',
  schema: EditTemplate,
  needs: 'cluster',
  judge: 'rollout',
  touches: ({ target }) => ({ scope: 'workload', ...target }),
  edits: ({ edits }) => edits,
  inOrder: (operation) => ({ ...operation, edits: editsInOrder(operation.edits) }),
  lines: ({ edits }) => edits.map(changeText),
  describe({ edits }) {
    const all = edits.map(describeEdit);
    return { before: all.map(({ before }) => before).join(', '), after: all.map(({ after }) => after).join(', ') };
  },
  commands: commandsFor,
  isCommand: (operation, line) => commandsFor(operation).includes(line),
  reasons: ({ edits }) => edits.flatMap((edit) => reasonOfEdit(edit) ?? []),
  reverse(operation) {
    const edits = [...invertEdits(operation.edits)];
    return { operations: edits.length === 0 ? [] : [{ ...operation, edits }], cannot: [] };
  },
  isReverseOf({ target, edits }, { subject, operations }) {
    const done = editsOfTemplates(operations);
    return canonicalJson(target) === canonicalJson(subject) && edits.every((edit) => isReverseEdit(edit, done));
  },
  annotations: ({ target }, reach, reading) => annotationsOfWorkload(target, reach, reading),
  apply: (operation, writer, how) => writer.editTemplate(operation, how),
};

/** The edits of those operations that edit a template. */
function editsOfTemplates(operations: readonly Operation[]): readonly TemplateEdit[] {
  return operations.flatMap((operation) => EditTemplate.safeParse(operation).data?.edits ?? []);
}

function commandsFor({ target, edits }: EditTemplate): readonly string[] {
  const { kind, namespace } = target;
  const name = formatWorkload(target);
  const images = edits.flatMap((edit) => (edit.field === 'image' ? [`${edit.container.name}=${edit.to}`] : []));
  const patch = strategicPatch(
    kind,
    edits.filter(({ field }) => field !== 'image'),
  );
  return [
    ...(images.length === 0 ? [] : [kubectl(namespace, 'set', 'image', name, ...images)]),
    ...(patch === undefined ? [] : [kubectl(namespace, 'patch', name, '--type=strategic', '-p', patch)]),
    ...(edits.some(({ field }) => field === 'restartedAt') ? [kubectl(namespace, 'rollout', 'restart', name)] : []),
  ];
}
