import { type Fields, fields, type KubeObject, list, records, text, texts } from '../objects/object.ts';
import { matches } from '../store/selectors.ts';

/** Why a pod cannot be on a node, in the scheduler's wording; undefined when it can. */
export function obstacle(pod: Fields, node: KubeObject): string | undefined {
  const spec = fields(pod, 'spec');
  const tolerations = records(spec, 'tolerations');
  if (fields(node, 'spec')['unschedulable'] === true && !tolerates(tolerations, unschedulableTaint)) {
    return 'node(s) were unschedulable';
  }
  if (!selects(spec, node)) return "node(s) didn't match Pod's node affinity/selector";
  const taint = records(node, 'spec', 'taints').find(
    (known) => known['effect'] !== 'PreferNoSchedule' && !tolerates(tolerations, known),
  );
  if (taint !== undefined) return `node(s) had untolerated taint {${text(taint, 'key')}: ${text(taint, 'value')}}`;
  return undefined;
}

const unschedulableTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function tolerates(tolerations: readonly Fields[], taint: Fields): boolean {
  return tolerations.some((toleration) => {
    const effect = text(toleration, 'effect');
    const key = text(toleration, 'key');
    if (effect !== '' && effect !== taint['effect']) return false;
    if (key === '') return toleration['operator'] === 'Exists';
    if (key !== taint['key']) return false;
    return toleration['operator'] === 'Exists' || text(toleration, 'value') === text(taint, 'value');
  });
}

function selects(spec: Fields, node: KubeObject): boolean {
  const labels = node.metadata.labels ?? {};
  if (Object.entries(texts(spec, 'nodeSelector')).some(([key, value]) => labels[key] !== value)) return false;
  const required = fields(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  const terms = records(required, 'nodeSelectorTerms');
  return terms.length === 0 || terms.some((term) => termHolds(term, labels, node.metadata.name));
}

function termHolds(term: Fields, labels: Readonly<Record<string, string>>, nodeName: string): boolean {
  const holds = (expression: Fields, values: Readonly<Record<string, string>>) => {
    const wanted = list(expression, 'values').map(String);
    return matches(text(expression, 'key'), text(expression, 'operator'), wanted)(values);
  };
  const expressions = records(term, 'matchExpressions');
  const matchFields = records(term, 'matchFields');
  if (expressions.length + matchFields.length === 0) return false;
  return (
    expressions.every((expression) => holds(expression, labels)) &&
    matchFields.every((expression) => holds(expression, { 'metadata.name': nodeName }))
  );
}
