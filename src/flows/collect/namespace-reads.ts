import type { ClusterEvent } from '../../model/snapshot/snapshot.ts';
import { type Fact, known, unknown } from '../../model/values/fact.ts';
import type { Reading, Surroundings, WorkloadSummary } from '../../ports/cluster.ts';
import type { NamespaceNeeds } from './needs.ts';
import { notNeeded } from './read-content.ts';

/** Events of so many objects are asked for one by one; for more, those of the namespace cost less. */
const fewObjects = 8;

/** What was read of the namespace beside the workload; what nobody needed is unknown. */
export interface NamespaceSeen {
  readonly neighbours: Fact<readonly WorkloadSummary[]>;
  /** Perhaps of a few objects only. */
  readonly events: Fact<readonly ClusterEvent[]>;
}

/** Reads of a namespace that grow with it, and so begin only when something needs them. */
export interface NamespaceReads {
  /** Begins what is needed and was not begun. */
  begin(needs: NamespaceNeeds): void;
  /** Everything that was begun until now. */
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

/** Several lists as one; one that could not be read leaves nothing to rely on. */
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
