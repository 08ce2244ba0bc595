import type { ClusterEvent, Snapshot } from '../../model/snapshot/snapshot.ts';
import { valueOr } from '../../model/values/fact.ts';

/**
 * Events of the workload, of its revisions or Jobs, and of its pods. A StatefulSet gives a new pod the name of the old
 * one, so a pod is identified by its uid if the event has one.
 */
export function eventsAbout(
  { workload: { ref }, pods, revisions }: Pick<Snapshot, 'workload' | 'pods' | 'revisions'>,
  events: readonly ClusterEvent[],
): readonly ClusterEvent[] {
  const own = valueOr(pods, []);
  const uids = new Map(own.map(({ name, uid }) => [name, uid]));
  const makers = new Set([
    ...valueOr(revisions, []).map(({ name }) => name),
    ...own.flatMap(({ revision }) => (revision === undefined ? [] : [revision])),
  ]);
  return events.filter(({ object: { kind, name, uid } }) => {
    if (kind === ref.kind && name === ref.name) return true;
    if (kind === 'Pod') return uids.has(name) && (uid === undefined || uids.get(name) === '' || uids.get(name) === uid);
    if (kind === 'Job' && ref.kind === 'CronJob') return name.startsWith(`${ref.name}-`);
    return makers.has(name);
  });
}
