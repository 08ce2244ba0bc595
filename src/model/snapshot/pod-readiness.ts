import type { Pod } from './snapshot.ts';

/** Whether a pod is Ready, as its condition says; without one, as its containers do. */
export function isPodReady({ conditions, containers }: Pick<Pod, 'conditions' | 'containers'>): boolean {
  const said = conditions.find(({ type }) => type === 'Ready');
  if (said !== undefined) return said.status === 'True';
  const main = containers.filter(({ type }) => type === 'main');
  return main.length > 0 && main.every(({ ready }) => ready);
}
