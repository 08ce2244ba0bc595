import type { DisruptionBudget } from '../../model/change/rollout.ts';
import type { Fact } from '../../model/values/fact.ts';
import type { Workload } from '../../model/workload/workload.ts';
import type { Reading } from '../../ports/cluster.ts';
import { budgets } from './kinds.ts';
import { BudgetObject, type Selector } from './objects.ts';
import { type ClusterSource, listObjects } from './read.ts';

/** PodDisruptionBudgets whose selector matches the pods that the template makes. */
export async function budgetsOf(
  source: ClusterSource,
  { ref, template }: Workload,
  reading: Reading,
): Promise<Fact<readonly DisruptionBudget[]>> {
  return await listObjects(
    source,
    {
      resource: budgets,
      namespace: ref.namespace,
      schema: BudgetObject,
      project: ({ metadata, spec, status }): DisruptionBudget | undefined =>
        selects(spec?.selector, template.labels)
          ? { name: metadata.name, disruptionsAllowed: status?.disruptionsAllowed ?? 0 }
          : undefined,
    },
    reading,
  );
}

/** `metav1.LabelSelector`; an absent one of a budget (policy/v1) selects no pod, an empty one all. */
export function selects(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  if (selector == null) return false;
  const has = (key: string): boolean => Object.hasOwn(labels, key);
  const isEqual = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => has(key) && labels[key] === value);
  return (
    isEqual &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
      const isAmong = has(key) && (values ?? []).includes(labels[key] ?? '');
      if (operator === 'In') return isAmong;
      if (operator === 'NotIn') return !isAmong;
      if (operator === 'Exists') return has(key);
      return operator === 'DoesNotExist' && !has(key);
    })
  );
}
