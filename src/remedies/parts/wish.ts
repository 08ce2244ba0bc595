import type { RemedyParams } from '../../model/change/change.ts';
import type { ExpectedImage } from '../../model/change/plan.ts';
import { canonicalJson } from '../../model/values/canonical.ts';

/** Parameters of proposals that can be combined, or why they cannot. */
export type Merged =
  | { readonly ok: true; readonly params: RemedyParams }
  | { readonly ok: false; readonly why: string };

export const contradiction: Merged = {
  ok: false,
  why: 'the proposals contradict each other; review one at a time',
};

/** Proposals that have to be equal. */
export function mergeEqual([first = {}, ...others]: readonly RemedyParams[]): Merged {
  const differs = others.some((params) => JSON.stringify(params) !== JSON.stringify(first));
  return differs ? contradiction : { ok: true, params: first };
}

/** The containers of all proposals. No containers named means all of them. */
export function mergeContainers(proposals: readonly RemedyParams[]): RemedyParams {
  const containers = proposals.map((params) => {
    if (Array.isArray(params['containers'])) return params['containers'];
    return params['container'] === undefined ? undefined : [params['container']];
  });
  if (containers.includes(undefined)) return {};
  return { containers: [...new Set(containers.flatMap((names) => names ?? []))] };
}

/** "All containers" are those that were shown: a sidecar injected later is not part of what was approved. */
export function settleContainers<P extends { readonly containers?: readonly string[] | undefined }>(
  params: P,
  expects: readonly ExpectedImage[],
): P {
  if (params.containers !== undefined || expects.length === 0) return params;
  return { ...params, containers: expects.map(({ container }) => container.name).toSorted() };
}

/** Whether two requests are the same, apart from values that the original one left out. */
export function isSameWish(planned: object, asked: object): boolean {
  return canonicalJson(planned) === canonicalJson(asked);
}

/** The same if planning may have recorded which containers "all" were. */
export function isSameButContainers(
  planned: { readonly containers?: readonly string[] | undefined },
  asked: { readonly containers?: readonly string[] | undefined },
): boolean {
  return isSameWish(asked.containers === undefined ? { ...planned, containers: undefined } : planned, asked);
}
