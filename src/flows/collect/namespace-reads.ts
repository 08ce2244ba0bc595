import type { ClusterEvent } from '../../model/snapshot/snapshot.ts';
import { type Fact, known, unknown } from '../../model/values/fact.ts';
import type { Reading, Surroundings, WorkloadSummary } from '../../ports/cluster.ts';
import type { NamespaceNeeds } from './needs.ts';
import { notNeeded } from './read-content.ts';

/**
 * Up to this many objects, events are requested object by object; beyond it, reading those of the whole namespace costs
 * less.
 */
const fewObjects = 8;

/** What was read of the namespace besides the workload; what nothing needed is unknown. */
export interface NamespaceSeen {
  readonly neighbours: Fact<readonly WorkloadSummary[]>;
  /** Possibly those of a few objects only. */
  readonly events: Fact<readonly ClusterEvent[]>;
}

/** Reads whose cost grows with the namespace, so they start only if something needs them. */
export interface NamespaceReads {
  /** Starts the needed reads that were not started yet. */
  begin(needs: NamespaceNeeds): void;
  /** Everything that was started so far. */
  seen(): Promise<NamespaceSeen>;
}

/** Nothing is read yet. */
export function namespaceReads(
  namespace: string,
  around: Pick<Surroundings, 'workloads' | 'events'>,
  reading: Reading,
): NamespaceReads {
  let neighbours: ReturnType<Surroundings['workloads']> | undefined;
  let allEvents: ReturnType<Surroundings['events']> | undefined;
  const someEvents: ReturnType<Surroundings['events']>[] = [];
  const named = new Set<string>();
  const beginEvents = (wanted: NamespaceNeeds['events']): void => {
    const about = wanted === 'all' ? [] : wanted.filter((name) => !named.has(name));
    if (wanted === 'all' || named.size + about.length > fewObjects) {
      allEvents ??= around.events({ namespace }, reading);
    } else if (about.length > 0 && allEvents === undefined) {
      for (const name of about) named.add(name);
      someEvents.push(around.events({ namespace, about }, reading));
    }
  };
  return {
    begin(needs) {
      beginEvents(needs.events);
      if (needs.neighbours) neighbours ??= around.workloads({ namespace }, reading);
    },
    async seen() {
      const [others, events] = await Promise.all([
        neighbours ?? unknown<never>(notNeeded),
        allEvents ?? Promise.all(someEvents).then(together),
      ]);
      return { neighbours: others, events };
    },
  };
}

/** Merges several lists; if one could not be read, the result cannot be relied on. */
function together(lists: readonly Fact<readonly ClusterEvent[]>[]): Fact<readonly ClusterEvent[]> {
  if (lists.length === 0) return unknown(notNeeded);
  const failed = lists.find((list) => !list.known);
  if (failed !== undefined) return failed;
  const read = lists.flatMap((list) => (list.known ? [list] : []));
  return known(
    read.flatMap(({ value }) => value),
    read.flatMap(({ incomplete }) => incomplete ?? []),
  );
}
