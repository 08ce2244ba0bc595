import type { ClusterEvent } from '../../model/snapshot/snapshot.ts';
import { type Fact, known } from '../../model/values/fact.ts';
import type { Reading } from '../../ports/cluster.ts';
import { core } from './kinds.ts';
import { EventObject } from './objects.ts';
import { type ClusterSource, listObjects } from './read.ts';

/**
 * Events of a namespace, newest first; with `about` only those of objects with these names, selected by the API server.
 * It has no selector for several names, so each name is a separate request. If one fails, the result cannot be relied
 * on.
 */
export async function listEvents(
  source: ClusterSource,
  { namespace, about }: { readonly namespace: string; readonly about?: readonly string[] },
  reading: Reading,
): Promise<Fact<readonly ClusterEvent[]>> {
  const list = (query: Readonly<Record<string, string>>) =>
    listObjects(source, { resource: core('events'), namespace, query, schema: EventObject, project: eventOf }, reading);
  const queries =
    about === undefined ? [{}] : [...new Set(about)].map((name) => ({ fieldSelector: `involvedObject.name=${name}` }));
  const lists = await Promise.all(queries.map(list));
  const events: ClusterEvent[] = [];
  const incomplete: string[] = [];
  for (const fact of lists) {
    if (!fact.known) return fact;
    events.push(...fact.value);
    incomplete.push(...(fact.incomplete ?? []));
  }
  return known(events.sort(byLastSeen), incomplete);
}

/**
 * An event of the core API; writers of events.k8s.io/v1 fill in `series` and `eventTime` instead of `count` and the two
 * timestamps.
 */
function eventOf(event: EventObject): ClusterEvent {
  const { involvedObject, series } = event;
  const created = event.metadata?.creationTimestamp;
  const firstAt = event.firstTimestamp ?? event.eventTime ?? created;
  const lastAt = series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? created;
  const uid = involvedObject.uid;
  return {
    object: {
      kind: involvedObject.kind ?? '',
      name: involvedObject.name ?? '',
      ...(uid == null || uid === '' ? {} : { uid }),
    },
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: series?.count ?? event.count ?? 1,
    ...(firstAt == null ? {} : { firstAt }),
    ...(lastAt == null ? {} : { lastAt }),
    ...nodeOf(event),
  };
}

/** Of thousands of events only those about pulls are compared by node. */
function nodeOf({ source, reason }: EventObject): Pick<ClusterEvent, 'node'> {
  const isPull = reason === 'Pulling' || reason === 'Pulled' || reason === 'Failed';
  return !isPull || source?.host == null || source.host === '' ? {} : { node: source.host };
}

/** Newest first. */
function byLastSeen(left: ClusterEvent, right: ClusterEvent): number {
  return (right.lastAt ?? '').localeCompare(left.lastAt ?? '');
}
