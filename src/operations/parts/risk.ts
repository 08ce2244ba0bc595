import type { Risk } from '../../model/change/change.ts';
import type { TemplateEdit } from '../../model/change/operation.ts';
import type { ImageRef } from '../../model/image/image.ts';
import { imageOf, ownerOf } from '../../model/image/tags.ts';
import { leavesOwner, meantBy } from '../../model/image/trusted-move.ts';
import { cut } from '../../model/text/words.ts';

/** Reasons why a change has more than a low risk. */
export interface RiskReason {
  readonly risk: Exclude<Risk, 'low'>;
  readonly why: string;
}

/** Why one edit has more than a low risk; undefined if it has not. */
export function reasonOfEdit(edit: TemplateEdit): RiskReason | undefined {
  if (edit.field === 'imagePullPolicy') {
    return edit.to === 'Never' ? { risk: 'medium', why: 'pull policy Never' } : undefined;
  }
  if (edit.field !== 'image') return undefined;
  const [from, to] = [meantBy(edit.from), imageOf(edit.to)];
  if (from === undefined || to === undefined) {
    return { risk: 'high', why: `another owner (${cut(edit.to, 120)} instead of ${cut(edit.from, 120)})` };
  }
  if (leavesOwner(edit.from, edit.to)) {
    const what = from.registry === to.registry ? 'owner' : 'registry';
    return { risk: 'high', why: `another ${what} (${cut(ownerOf(to), 120)} instead of ${cut(ownerOf(from), 120)})` };
  }
  if (from.repository === to.repository) return undefined;
  const instead = `${cut(belowOwner(to), 120)} instead of ${cut(belowOwner(from), 120)}`;
  return { risk: 'medium', why: `another repository (${instead})` };
}

/** The rest of the name, if the owner is the same anyway. */
function belowOwner(image: ImageRef): string {
  return `${image.registry}/${image.repository}`.slice(ownerOf(image).length + 1);
}

/** A change that replaces every pod at the same time leaves a moment without any. */
export const allAtOnce: RiskReason = { risk: 'medium', why: 'all pods at once' };
