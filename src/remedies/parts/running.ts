import { isPullFailing, isStaying } from '../../model/snapshot/pods.ts';
import type { ContainerState, Pod, Snapshot } from '../../model/snapshot/snapshot.ts';
import { distinct } from '../../model/text/words.ts';
import type { ImageFacts } from './remedy.ts';

/** What the pods run for one container, compared with what its reference names now. */
export interface Runs {
  /** Containers that run it, that run something else, and that have no image yet. */
  readonly same: number;
  readonly other: number;
  readonly waiting: number;
  /** Distinct digests as far as pods have an image. */
  readonly digests: readonly string[];
}

/** Undefined if the pods could not be read. Pods that are ending or have ended do not count. */
export function runsOf(snapshot: Snapshot, container: string, facts: ImageFacts | undefined): Runs | undefined {
  if (!snapshot.pods.known) return undefined;
  const wanted = facts === undefined ? new Set<string>() : namedDigests(snapshot, facts);
  const seen = stayingPods(snapshot).flatMap((pod) =>
    pod.containers
      .filter(({ name, type }) => name === container && type !== 'ephemeral')
      .map((state) => ({ state, running: runningOf(snapshot, pod, state) })),
  );
  const started = seen.flatMap(({ running }) => (running === undefined ? [] : [running]));
  const same = started.filter(({ digest, equal }) => wanted.has(digest) || equal.some((one) => wanted.has(one)));
  return {
    same: same.length,
    other: started.length - same.length,
    waiting: seen.length - started.length,
    digests: distinct(started.map(({ digest }) => digest)),
  };
}

/** The one digest that every pod runs for the container; undefined if they disagree or it is unknown. */
export function agreedDigest(snapshot: Snapshot, container: string): string | undefined {
  const [digest, ...others] = runsOf(snapshot, container, undefined)?.digests ?? [];
  return others.length === 0 ? digest : undefined;
}

/** Whether any pod waits for an image. */
export function isPulling(snapshot: Snapshot): boolean {
  return stayingPods(snapshot).some(({ containers }) => containers.some(isPullFailing));
}

/** Pods that are not being deleted; empty if they could not be read. */
export function stayingPods({ pods }: Pick<Snapshot, 'pods'>): readonly Pod[] {
  return pods.known ? pods.value.filter(isStaying) : [];
}

interface Running {
  readonly digest: string;
  /** Digests of the same image: its config, and children of an index. */
  readonly equal: readonly string[];
}

function runningOf({ running }: Snapshot, pod: Pod, state: ContainerState): Running | undefined {
  const known = running.find(({ container, pods }) => container === state.name && pods.includes(pod.name));
  if (known === undefined || state.imageId === '') return undefined;
  const children =
    known.manifest.known && known.manifest.value.body.kind === 'index'
      ? known.manifest.value.body.children.map(({ digest }) => digest)
      : [];
  return { digest: known.digest, equal: [...children, ...(known.config.known ? [known.config.value.digest] : [])] };
}

/** Every digest that a node may report for it; if the snapshot read its configs, those too. */
function namedDigests({ images }: Snapshot, { digest, digests }: ImageFacts): Set<string> {
  const named = new Set([digest, ...digests]);
  for (const probe of images) {
    if (!probe.digest.known || probe.digest.value !== digest) continue;
    if (probe.manifest.known && probe.manifest.value.body.kind === 'image') {
      named.add(probe.manifest.value.body.configDigest);
    }
    if (probe.configs.known) for (const config of probe.configs.value) named.add(config.digest);
  }
  return named;
}
