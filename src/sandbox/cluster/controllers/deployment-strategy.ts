import { fields, type KubeObject, number } from '../objects/object.ts';

export function replicasOf(object: KubeObject): number {
  return number(object, 'spec', 'replicas') ?? 1;
}

/** `maxSurge` and `maxUnavailable` as pods; percentages are rounded up and down respectively. */
export function allowance(
  deployment: KubeObject,
  field: 'maxSurge' | 'maxUnavailable',
  round: (value: number) => number,
): number {
  const rolling = fields(deployment, 'spec', 'strategy', 'rollingUpdate');
  const value = rolling[field] ?? '25%';
  if (typeof value === 'number') return value;
  return round((Number.parseFloat(typeof value === 'string' ? value : '0') / 100) * replicasOf(deployment)) || 0;
}
