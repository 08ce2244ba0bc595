import type { Risk } from '../../model/change/change.ts';
import type { TemplateEdit } from '../../model/change/operation.ts';
import { reasonOfEdit } from '../../operations/parts/risk.ts';
import type { RemedyWorld } from './remedy.ts';

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

function isAllAtOnce({ snapshot, rollout }: Pick<RemedyWorld, 'snapshot' | 'rollout'>): boolean {
  const strategy = rollout.kind === 'found' ? rollout.value.strategy : snapshot.workload.updateStrategy;
  return strategy === 'Recreate' || strategy === 'OnDelete';
}
