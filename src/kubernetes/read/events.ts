import type { ClusterEvent } from '../../model/snapshot/snapshot.ts';
import type { EventObject } from './objects.ts';

/**
 * An event of the core API; `series` and `eventTime` are what writers of events.k8s.io/v1 fill in instead of `count`
 * and the two timestamps.
 */
export function eventOf(event: EventObject): ClusterEvent {
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
  };
}

/** Newest first. */
export function byLastSeen(left: ClusterEvent, right: ClusterEvent): number {
  return (right.lastAt ?? '').localeCompare(left.lastAt ?? '');
}
