import type { Risk } from '../../model/change/change.ts';
import type { TemplateEdit } from '../../model/change/operation.ts';
import type { ImageRef } from '../../model/image/image.ts';
import { imageOf, ownerOf } from '../../model/image/tags.ts';
import { cut } from '../../model/text/words.ts';
import type { RemedyWorld } from './remedy.ts';
import { leavesOwner, meantBy } from './trusted-move.ts';

/**
 * The one place that says how risky a change is.
 *
 * | risk | what |
 * |---|---|
 * | low | restart, pull policy, pull secret, roll-back, another tag or digest of the same repository |
 * | medium | another repository of the same owner; policy Never; all pods at once (Recreate, OnDelete); a pull secret for every pod of a service account |
 * | high | another registry or owner |
 *
 * Several namespaces in one plan are high as well, which planning decides.
 */
export function riskOf(edits: readonly TemplateEdit[], world: Pick<RemedyWorld, 'snapshot' | 'rollout'>): Risk {
  return highest([...edits.map(riskOfEdit), ...(edits.length > 0 && isAllAtOnce(world) ? ['medium' as const] : [])]);
}

const order: readonly Risk[] = ['low', 'medium', 'high'];

/** The highest of several risks; low when there is none. */
export function highest(risks: readonly Risk[]): Risk {
  return order[Math.max(0, ...risks.map((risk) => order.indexOf(risk)))] ?? 'low';
}

function riskOfEdit(edit: TemplateEdit): Risk {
  return reasonOfEdit(edit)?.risk ?? 'low';
}

/** What makes a change more than a low risk. */
export interface RiskReason {
  readonly risk: Exclude<Risk, 'low'>;
  readonly why: string;
}

/** Why one edit is more than a low risk; undefined when it is not. */
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

/** The rest of the name, where the owner is the same anyway. */
function belowOwner(image: ImageRef): string {
  return `${image.registry}/${image.repository}`.slice(ownerOf(image).length + 1);
}

function isAllAtOnce({ snapshot, rollout }: Pick<RemedyWorld, 'snapshot' | 'rollout'>): boolean {
  const strategy = rollout.kind === 'found' ? rollout.value.strategy : snapshot.workload.updateStrategy;
  return strategy === 'Recreate' || strategy === 'OnDelete';
}
