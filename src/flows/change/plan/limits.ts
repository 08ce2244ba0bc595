import type { RemediationSetting } from '../../../model/approval/approval-settings.ts';
import type { RemedyId } from '../../../model/change/change.ts';
import type { Operation } from '../../../model/change/operation.ts';
import { parseImage } from '../../../model/image/image.ts';
import { matchesGlob } from '../../../model/settings/policy.ts';
import { editsOf, knownOperations, unknownWords } from '../../../operations/index.ts';
import type { Touched } from '../../../operations/parts/operation-kind.ts';
import type { Planned, Refusal } from '../../../remedies/parts/remedy.ts';
import { refusal } from './reach.ts';

/** Images that a plan puts into a template, with the current ones. */
export function imagesSet(operations: readonly Operation[]): readonly { readonly from: string; readonly to: string }[] {
  return editsOf(operations).filter((edit) => edit.field === 'image');
}

/**
 * What this worker's own configuration does not allow, whoever approves it (docs/architecture.md#redis); the refusal
 * names the line to change. `undone`: the remedy that an undo reverses, which may be undone wherever it may be done.
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
  const strange = unknownWords(operations);
  if (strange !== undefined) return refusal(`Not everything of this can be done here: ${strange}.`, undefined, kubectl);
  const touched = knownOperations(operations).map((known) => known.kind.touches(known.operation));
  const outside = touched.find((object) => !isAllowed(object, setting.namespaces));
  if (outside !== undefined && !('namespace' in outside)) {
    return refusal(
      `imagecheck may change nothing outside the namespaces of its configuration, and ${outside.name} is in none.`,
      `Run the commands yourself, or set remediation.namespaces to "*" in the worker's configuration.`,
      kubectl,
    );
  }
  if (outside !== undefined) {
    const { namespace } = outside;
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

/** Objects without a namespace may be changed only if every namespace may be. */
function isAllowed(object: Touched, namespaces: readonly string[]): boolean {
  return 'namespace' in object
    ? namespaces.some((glob) => matchesGlob(glob, object.namespace))
    : namespaces.includes('*');
}

/** `REGISTRY/REPOSITORY`, which the configuration's globs match. */
function nameOf(text: string): string {
  const parsed = parseImage(text);
  return parsed.ok ? `${parsed.image.registry}/${parsed.image.repository}` : text;
}
