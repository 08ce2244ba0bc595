import type { NodeExpression, Placement, Toleration } from '../workload/workload.ts';
import type { Node } from './snapshot.ts';

/**
 * The nodes that a pod may be scheduled to, in order: node selector, required node affinity, taints that keep pods away
 * (`NoSchedule`, `NoExecute`) against tolerations, and cordoned nodes. Resources are ignored. Rules:
 * k8s.io/component-helpers `nodeaffinity` and `core/v1` helpers of the scheduler.
 */
export function nodesFor(placement: Placement, nodes: readonly Node[]): readonly Node[] {
  return nodes.filter(
    (node) =>
      Object.entries(placement.nodeSelector).every(([key, value]) => labelOf(node, key) === value) &&
      affinityAllows(placement.affinityTerms, node) &&
      taintsAllow(placement.tolerations, node),
  );
}

/** Terms are alternatives; a term without expressions matches no node. */
function affinityAllows(terms: Placement['affinityTerms'], node: Node): boolean {
  if (terms.length === 0) return true;
  return terms.some((term) => term.length > 0 && term.every((expression) => holds(expression, node)));
}

function holds({ key, operator, values, field }: NodeExpression, node: Node): boolean {
  const value = field === true ? fieldOf(node, key) : labelOf(node, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return compare(value, values, (left, right) => left > right);
    case 'Lt':
      return compare(value, values, (left, right) => left < right);
    default:
      return operator satisfies never;
  }
}

function labelOf(node: Node, key: string): string | undefined {
  return Object.hasOwn(node.labels, key) ? node.labels[key] : undefined;
}

function fieldOf(node: Node, key: string): string | undefined {
  return key === 'metadata.name' ? node.name : undefined;
}

/** `Gt` and `Lt` compare integers; anything else does not match. */
function compare(
  value: string | undefined,
  values: readonly string[],
  holdsFor: (left: bigint, right: bigint) => boolean,
): boolean {
  const [bound] = values;
  const integer = /^[+-]?\d+$/;
  if (value === undefined || bound === undefined || values.length !== 1) return false;
  return integer.test(value) && integer.test(bound) && holdsFor(toInteger(value), toInteger(bound));
}

function toInteger(text: string): bigint {
  return BigInt(text.replace(/^\+/, ''));
}

/** Cordoning a node also taints it, but the taint appears a moment later. */
const cordoned = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function taintsAllow(tolerations: readonly Toleration[], node: Node): boolean {
  const repelling = node.taints.filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
  const taints = node.unschedulable ? [...repelling, cordoned] : repelling;
  return taints.every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
}

function tolerates({ key, operator, value, effect }: Toleration, taint: Node['taints'][number]): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key === undefined) return operator === 'Exists';
  if (key !== taint.key) return false;
  return operator === 'Exists' || (value ?? '') === (taint.value ?? '');
}
