import type { ClusterEvent, ImageProbe, RunningImage, Snapshot } from '../../model/snapshot/snapshot.ts';
import type { Container } from '../../model/workload/workload.ts';

/**
 * What is computed once for a snapshot, of which there may be thousands of pods, containers and events: many checks ask
 * for the same, some for every container. Snapshots never change.
 */
export function perSnapshot<T>(compute: (snapshot: Snapshot) => T): (snapshot: Snapshot) => T {
  const kept = new WeakMap<Snapshot, { readonly value: T }>();
  return (snapshot) => {
    const known = kept.get(snapshot);
    if (known !== undefined) return known.value;
    const value = compute(snapshot);
    kept.set(snapshot, { value });
    return value;
  };
}

const eventsByReason = perSnapshot(({ events }) =>
  Map.groupBy(events.known ? events.value : [], ({ object, reason }) => `${object.name} ${reason}`),
);

/** The first events about a pod for each of these reasons; none if events could not be read. */
export function firstEventsOf(snapshot: Snapshot, pod: string, reasons: readonly string[]): readonly ClusterEvent[] {
  return reasons.flatMap((reason) => eventsByReason(snapshot).get(`${pod} ${reason}`)?.slice(0, 2) ?? []);
}

/** A message quotes the image first; the rest of a long one is of no interest. */
const mostQuotes = 40;

const eventsByQuote = perSnapshot(({ events }) => {
  const found = new Map<string, ClusterEvent[]>();
  for (const event of events.known ? events.value : []) {
    for (const quoted of new Set(event.message.split('"', mostQuotes).slice(1))) {
      const key = `${event.object.name} ${quoted}`;
      const before = found.get(key);
      if (before === undefined) found.set(key, [event]);
      else before.push(event);
    }
  }
  return found;
});

/** The events about a pod whose message has this image in quotation marks. */
export function eventsNaming(snapshot: Snapshot, pod: string, image: string): readonly ClusterEvent[] {
  return eventsByQuote(snapshot).get(`${pod} ${image}`) ?? [];
}

const templateContainers = perSnapshot(({ template }) => ({
  byName: firstBy(template.containers, ({ name }) => name),
  byImage: Map.groupBy(template.containers, ({ image }) => image),
}));

/** The container of the template with this name. */
export function templateContainer(snapshot: Snapshot, name: string): Container | undefined {
  return templateContainers(snapshot).byName.get(name);
}

/** The containers of the template that use the image of a probe. */
export function containersOf(snapshot: Snapshot, { text }: Pick<ImageProbe, 'text'>): readonly Container[] {
  return templateContainers(snapshot).byImage.get(text) ?? [];
}

const probes = perSnapshot(({ images }) => firstBy(images, ({ text }) => text));

/** The probe of an image as the template or the pods write it. */
export function probeOf(snapshot: Snapshot, text: string): ImageProbe | undefined {
  return probes(snapshot).get(text);
}

const runs = perSnapshot(({ running }) => Map.groupBy(running, ({ container }) => container));

/** What the pods run in this container. */
export function runsIn(snapshot: Snapshot, container: string): readonly RunningImage[] {
  return runs(snapshot).get(container) ?? [];
}

function firstBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const item of items) if (!found.has(keyOf(item))) found.set(keyOf(item), item);
  return found;
}
