import { mapFact } from '../../model/values/fact.ts';
import type { Reading, Surroundings } from '../../ports/cluster.ts';

/**
 * What several checks of one cluster share, each part read once however many checks need it: nodes, lists of workloads,
 * and the events of a namespace, from which those of single objects are picked. The reads end with `sweep`, the signal
 * of all the checks together, and their answers are as old as the first question; so each sweep creates new ones.
 */
export function sharedSurroundings(cluster: Surroundings, sweep: Reading): Surroundings {
  const lists = new Map<string, ReturnType<Surroundings['workloads']>>();
  const names = new Map<string, ReturnType<Surroundings['workloadNames']>>();
  const events = new Map<string, ReturnType<Surroundings['events']>>();
  let nodes: ReturnType<Surroundings['nodes']> | undefined;
  return {
    nodes: () => {
      nodes ??= cluster.nodes(sweep);
      return nodes;
    },
    workloads: (where) =>
      getOrRead(lists, JSON.stringify([where.namespace, where.kinds]), () => cluster.workloads(where, sweep)),
    workloadNames: (where) =>
      getOrRead(names, JSON.stringify([where.namespace, where.kinds]), () => cluster.workloadNames(where, sweep)),
    events: async ({ namespace, about }) => {
      const all = await getOrRead(events, namespace, () => cluster.events({ namespace }, sweep));
      return about === undefined
        ? all
        : mapFact(all, (list) => list.filter(({ object }) => about.includes(object.name)));
    },
  };
}

function getOrRead<T>(known: Map<string, T>, key: string, read: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = read();
  known.set(key, value);
  return value;
}
