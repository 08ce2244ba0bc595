import { familiarImage } from '../../model/image/image.ts';
import { imageOf } from '../../model/image/tags.ts';
import { usualPullBytesPerSecond } from '../../model/settings/settings.ts';
import type { Pod, Snapshot } from '../../model/snapshot/snapshot.ts';

/** Kubernetes' default for when a rollout counts as failed (`progressDeadlineSeconds`). */
const usualMs = 10 * 60_000;
/** A deadline may be set to "never"; then somebody still wants to know. */
const longestMs = 4 * 60 * 60_000;

/** How long it is usual to wait: for a container at least as long as its probes let it start. */
export function usualWaitMs({ workload, template }: Snapshot, container?: string): number {
  const deadline = workload.rollout?.progressDeadlineSeconds ?? 0;
  const start = template.containers.find(({ name }) => name === container)?.startSeconds ?? 0;
  return Math.min(longestMs, Math.max(usualMs, deadline * 1000, start * 1000));
}

/** How long a pull may take: as long as the image’s size explains at the slowest speed that is usual. */
export function usualPullMs(snapshot: Snapshot, pod: Pod, image: string): number {
  const speed = snapshot.pullBytesPerSecond ?? usualPullBytesPerSecond;
  return Math.max(usualMs, ((pulledBytes(snapshot, pod, image) ?? 0) / speed) * 1000);
}

/** The size of an image’s layers as they are transferred; undefined if the registry did not tell. */
export function pulledBytes({ images, nodes }: Snapshot, pod: Pod, image: string): number | undefined {
  const wanted = imageOf(image);
  const name = wanted === undefined ? image : familiarImage(wanted);
  const probe = images.find(
    (one) => one.text === image || (one.image.known && familiarImage(one.image.value) === name),
  );
  if (probe?.manifest.known !== true) return undefined;
  const { body } = probe.manifest.value;
  if (body.kind === 'image') return body.layersBytes;
  const configs = probe.configs.known ? probe.configs.value : [];
  const platform = nodes.known ? nodes.value.find(({ name }) => name === pod.node)?.platform : undefined;
  const fitting = configs.filter(
    ({ platform: { architecture } }) => platform === undefined || architecture === platform.architecture,
  );
  const sizes = fitting.flatMap(({ layersBytes }) => layersBytes ?? []);
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}
