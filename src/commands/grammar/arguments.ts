import type { RemedyParams } from '../../model/change/change.ts';
import { isLabel } from '../../model/workload/kubernetes-names.ts';
import { type Mistake, mistake } from './options.ts';
import { badName } from './workload.ts';

/** The words after the workload, and a function that writes the whole command with others. */
export interface Arguments {
  readonly words: readonly string[];
  readonly repaired: (words: readonly string[]) => string;
  /** The same workload with another command. */
  readonly otherwise: (command: string, words: readonly string[]) => string;
}

/** Parameters as the remedy takes them. */
export type ReadParams = { readonly params: RemedyParams } | Mistake;

const policies = ['Always', 'IfNotPresent', 'Never'] as const;

/** A pull policy; not case-sensitive. */
export function policyOf(word: string | undefined): (typeof policies)[number] | undefined {
  return policies.find((policy) => policy.toLowerCase() === word?.toLowerCase());
}

/** What is wrong with a list of containers; undefined if nothing is. */
export function wrongContainer(names: readonly string[]): Mistake | undefined {
  const bad = names.find((name) => !isLabel(name));
  if (bad !== undefined) return badName('container', bad);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? undefined : mistake(`The container ${twice} is named twice.`);
}

/** A text parameter as one word; none if it isn't a text. */
export function wordOf(params: RemedyParams, key: string): readonly string[] {
  const value = params[key];
  return typeof value === 'string' ? [value] : [];
}

/** The containers that parameters name. */
export function namedContainers(params: RemedyParams): readonly string[] {
  const { container, containers } = params as { readonly container?: unknown; readonly containers?: unknown };
  if (typeof container === 'string') return [container];
  return Array.isArray(containers) ? containers.filter((name) => typeof name === 'string') : [];
}
