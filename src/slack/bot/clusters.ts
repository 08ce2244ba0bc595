import { nearestNames } from '../../model/text/nearest-names.ts';

type ClusterChoice =
  | { readonly kind: 'one'; readonly id: string }
  | { readonly kind: 'several' }
  | { readonly kind: 'unknown'; readonly message: string; readonly didYouMean?: string };

/** The intended cluster: the one that was named, or the only one there is. */
export function meantCluster(clusters: readonly string[], named: string | undefined): ClusterChoice {
  const [only, ...others] = clusters;
  if (named === undefined)
    return only !== undefined && others.length === 0 ? { kind: 'one', id: only } : { kind: 'several' };
  if (clusters.includes(named)) return { kind: 'one', id: named };
  const [near] = nearestNames(named, clusters, 1);
  const message = `There is no cluster ${named}; there is ${clusters.slice(0, 20).join(', ')}.`;
  return near === undefined ? { kind: 'unknown', message } : { kind: 'unknown', message, didYouMean: `-c ${near}` };
}
