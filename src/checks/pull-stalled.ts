import { imageOf } from '../model/image/tags.ts';
import type { NearbyPull, Pod, Snapshot } from '../model/snapshot/snapshot.ts';
import { cut, distinct, listed, sizeText } from '../model/text/words.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { groupBy } from './evidence/grouping.ts';
import { pulledBytes, usualPullMs } from './evidence/patience.ts';
import { type OpenPull, openPullOf } from './evidence/pulls.ts';
import { livePods, nodeOfPod, podsText } from './evidence/seen.ts';
import { ageMs, millisOf, spanText } from './evidence/time.ts';

/** A pod whose pull has taken longer than the size of its image explains. */
interface Stalled {
  readonly pod: Pod;
  readonly pull: OpenPull;
}

/** Where a pull hangs, as far as the other pulls of its node and the other pods of the workload tell. */
type Place =
  | { readonly kind: 'queue'; readonly ahead: NearbyPull }
  | { readonly kind: 'source'; readonly passed: NearbyPull }
  | { readonly kind: 'everywhere' }
  | { readonly kind: 'node' }
  | { readonly kind: 'open' };

/**
 * A pull that began and neither ended nor failed for longer than the image's size explains. The kubelet says nothing
 * more in that time, so without this check the pod looks as if it were about to start.
 */
export const pullStalled = defineCheck({
  id: 'pull-stalled',
  *run(snapshot) {
    const stalled = stalledIn(snapshot);
    const places = stalled.map((one) => ({ ...one, place: placeOf(snapshot, one, stalled) }));
    for (const group of groupBy(places, ({ pull, place }) => `${pull.image} ${keyOf(place)}`)) {
      yield stalledDraft(snapshot, group);
    }
  },
});

function stalledIn(snapshot: Snapshot): readonly Stalled[] {
  return livePods(snapshot).flatMap((pod) => {
    const waits = pod.containers.some(({ waiting }) =>
      /^(ContainerCreating|PodInitializing)$/.test(waiting?.reason ?? ''),
    );
    const pull = waits && nodeOfPod(snapshot, pod)?.ready !== false ? openPullOf(snapshot, pod) : undefined;
    if (pull === undefined) return [];
    return ageMs(snapshot.takenAt, pull.since) > usualPullMs(snapshot, pod, pull.image) ? [{ pod, pull }] : [];
  });
}

function placeOf(snapshot: Snapshot, { pod, pull }: Stalled, all: readonly Stalled[]): Place {
  const beganMs = millisOf(pull.since) ?? 0;
  const onNode = (snapshot.nearbyPulls ?? []).filter(({ node, image }) => node === pod.node && image !== pull.image);
  const [ahead] = onNode
    .filter(({ since, endedAt }) => endedAt === undefined && (millisOf(since) ?? beganMs) < beganMs)
    .toSorted((a, b) => (millisOf(a.since) ?? 0) - (millisOf(b.since) ?? 0));
  // A node that pulled anything else meanwhile has no queue that this pull waits in.
  const passed = onNode.find(({ endedAt }) => (millisOf(endedAt) ?? 0) > beganMs);
  if (passed !== undefined) return { kind: 'source', passed };
  if (ahead !== undefined) return { kind: 'queue', ahead };
  const nodes = distinct(all.filter((one) => one.pull.image === pull.image).map((one) => one.pod.node ?? ''));
  if (nodes.length > 1) return { kind: 'everywhere' };
  return hasElsewhere(snapshot, pod, pull.image) ? { kind: 'node' } : { kind: 'open' };
}

/** Whether a pod on another node has the image. */
function hasElsewhere(snapshot: Snapshot, { node }: Pod, image: string): boolean {
  return livePods(snapshot).some(
    (other) =>
      other.node !== undefined &&
      other.node !== node &&
      other.containers.some((state) => state.imageId !== '' && withTag(state.image) === withTag(image)),
  );
}

/** The kubelet adds `:latest` in its events. */
function withTag(image: string): string {
  const parsed = imageOf(image);
  return parsed !== undefined && parsed.tag === undefined && parsed.digest === undefined ? `${image}:latest` : image;
}

function keyOf(place: Place): string {
  return place.kind === 'queue' ? `queue ${place.ahead.image}` : place.kind;
}

type PlacedPull = Stalled & { readonly place: Place };

function stalledDraft(snapshot: Snapshot, group: readonly [PlacedPull, ...PlacedPull[]]): Draft {
  const [{ pod, pull, place }] = group;
  const pods = group.map((one) => one.pod);
  const nodes = distinct(pods.flatMap(({ node }) => node ?? []));
  const age = ageMs(snapshot.takenAt, pull.since);
  const bytes = pulledBytes(snapshot, pod, pull.image);
  const containers = pod.containers.filter(({ image }) => withTag(image) === pull.image);
  const size = bytes === undefined ? 'Its size could not be read.' : `It has ${sizeText(bytes)} to transfer.`;
  return {
    status: 'fail',
    cause: 'pull_stalled',
    confidence: place.kind === 'open' || bytes === undefined ? 'possible' : 'likely',
    title: `The pull of ${cut(pull.image, 120)} has not ended for ${spanText(age)} (${podsText(pods)} on ${listed(nodes.slice(0, 3))})`,
    containers: containers.map(({ name }) => name),
    images: containers.map(({ image }) => image),
    evidence: [
      ...group.slice(0, 3).map((one) => ({
        source: 'event' as const,
        subject: `pod/${one.pod.name}`,
        observed: `Pulling: ${one.pull.image}; nothing since`,
        at: one.pull.since,
      })),
      ...nearbyEvidence(place),
    ],
    conclusion: `${size} ${conclusionOf(place, nodes)}`,
    next: nextOf(place, nodes, pull.image),
  };
}

function nearbyEvidence(place: Place): Draft['evidence'] {
  switch (place.kind) {
    case 'queue': {
      const { pod, image, since } = place.ahead;
      return [{ source: 'event', subject: `pod/${pod}`, observed: `Pulling: ${image}; nothing since`, at: since }];
    }
    case 'source': {
      const { pod, image, endedAt = '' } = place.passed;
      return [{ source: 'event', subject: `pod/${pod}`, observed: `the pull of ${image} ended`, at: endedAt }];
    }
    case 'everywhere':
    case 'node':
    case 'open':
      return [];
    default:
      return place satisfies never;
  }
}

function conclusionOf(place: Place, nodes: readonly string[]): string {
  const node = cut(nodes[0] ?? '', 80);
  switch (place.kind) {
    case 'queue':
      return `The kubelet of ${node} pulls one image at a time unless told otherwise, and another pull that began earlier has not ended: this one is waiting behind ${cut(place.ahead.image, 120)}.`;
    case 'source':
      return `${node} has pulled ${cut(place.passed.image, 120)} since, so its runtime works: the registry or mirror that serves this image is hanging.`;
    case 'everywhere':
      return `It hangs on ${nodes.length > 1 ? `${nodes.length} nodes` : 'several nodes'}, so the registry or mirror that serves the image is hanging, not a node.`;
    case 'node':
      return `Other nodes have the image, so the registry delivers it: the container runtime of ${node} or its network is hanging.`;
    case 'open':
      return `Nothing else shows whether the container runtime of ${node}, a pull that it waits for, or the registry or mirror is hanging.`;
    default:
      return place satisfies never;
  }
}

function nextOf(place: Place, nodes: readonly string[], image: string): string {
  const node = cut(nodes[0] ?? 'NODE', 80);
  const registry = imageOf(image)?.registry ?? 'the registry';
  const elsewhere = `To get the pod going, cordon ${node} and delete the pod; it is then created on another node.`;
  switch (place.kind) {
    case 'queue':
      return `Find out why ${cut(place.ahead.image, 120)} isn’t arriving; its pod is ${place.ahead.pod}. With serializeImagePulls: false (and maxParallelImagePulls) in the kubelet’s configuration, one pull no longer holds up the others. ${elsewhere}`;
    case 'source':
    case 'everywhere':
      return `On ${node}, try the pull by hand (crictl pull ${cut(image, 200)}) and see which host it waits for: ${registry} itself or the mirror that hosts.toml or registries.conf names for it. A hanging mirror needs a restart or has to be taken out of that file.`;
    case 'node':
      return `${elsewhere} On the node, read the runtime’s log (journalctl -u containerd or -u crio) and restart the runtime; a deadlocked runtime never recovers by itself.`;
    case 'open':
      return `On ${node}, try another image (crictl pull): if that hangs too, restart the runtime; if it works, the registry or mirror of this image is hanging. ${elsewhere}`;
    default:
      return place satisfies never;
  }
}
