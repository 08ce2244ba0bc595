import type { RemediationSetting } from '../../../model/approval/approval-settings.ts';
import type { RemedyId } from '../../../model/change/change.ts';
import type { Operation } from '../../../model/change/operation.ts';
import { parseImage } from '../../../model/image/image.ts';
import { matchesGlob } from '../../../model/settings/policy.ts';
import type { Planned, Refusal } from '../../../remedies/parts/remedy.ts';
import { refusal } from './reach.ts';

/** Images that a plan puts into a template, with what stands there before. */
export function imagesSet(operations: readonly Operation[]): readonly { readonly from: string; readonly to: string }[] {
  return operations.flatMap((operation) =>
    operation.type === 'edit-template' ? operation.edits.filter((edit) => edit.field === 'image') : [],
  );
}

/**
 * What this worker's own configuration does not allow, whoever approves it (docs/architecture.md#redis); the refusal
 * names the line to change. `undone`: the remedy that an undo takes back, which may be undone wherever it may be done.
 */
export function outsideSetting(
  remedy: RemedyId,
  { operations, kubectl }: Pick<Planned, 'operations' | 'kubectl'>,
  setting: RemediationSetting,
  undone?: RemedyId,
): Refusal | undefined {
  const allowed = (id: RemedyId | undefined) => id !== undefined && setting.remedies.includes(id);
  if (!allowed(remedy) && !(remedy === 'undo' && allowed(undone))) {
    return refusal(
      `imagecheck may not do ${remedy} in this cluster.`,
      `Run the commands yourself, or add ${remedy} to remediation.remedies in the worker's configuration.`,
      kubectl,
    );
  }
  const namespace = operations
    .map(namespaceOf)
    .find((name) => !setting.namespaces.some((glob) => matchesGlob(glob, name)));
  if (namespace !== undefined) {
    return refusal(
      `imagecheck may change nothing in namespace ${namespace}.`,
      `Run the commands yourself, or add the namespace to remediation.namespaces in the worker's configuration.`,
      kubectl,
    );
  }
  const image = imagesSet(operations).find(({ to }) => !setting.images.some((glob) => matchesGlob(glob, nameOf(to))));
  if (image === undefined) return undefined;
  return refusal(
    `imagecheck may not set a workload to ${nameOf(image.to)}.`,
    `Run the commands yourself, or add ${nameOf(image.to)} to remediation.images in the worker's configuration.`,
    kubectl,
  );
}

function namespaceOf(operation: Operation): string {
  if (operation.type === 'delete-pods') return operation.workload.namespace;
  return 'target' in operation ? operation.target.namespace : operation.namespace;
}

/** `REGISTRY/REPOSITORY`, which the globs of the configuration are about. */
function nameOf(text: string): string {
  const parsed = parseImage(text);
  return parsed.ok ? `${parsed.image.registry}/${parsed.image.repository}` : text;
}
