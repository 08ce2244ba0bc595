/**
 * An image volume (`spec.volumes[].image`) stands beside the containers of a template and a pod, under a name that no
 * container can have.
 */
const prefix = 'volume/';

/** The place of a volume among the containers: `volume/model`. */
export function volumePlace(volume: string): string {
  return `${prefix}${volume}`;
}

/** The name of the volume at this place; undefined if the place is a container. */
export function volumeAt(place: string): string | undefined {
  return place.startsWith(prefix) ? place.slice(prefix.length) : undefined;
}
