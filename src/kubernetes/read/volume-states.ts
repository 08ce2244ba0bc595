import { formatImage, parseImage } from '../../model/image/image.ts';
import { isPullFailing } from '../../model/snapshot/pods.ts';
import type { ContainerState } from '../../model/snapshot/snapshot.ts';
import { volumeAt } from '../../model/workload/volume-place.ts';
import type { Share } from './sharing.ts';
import type { ImageVolume } from './template.ts';

/**
 * Adds the image volumes of a pod to its containers. The status has no place for them: a container that mounts a volume
 * whose image cannot be pulled waits with `ErrImagePull`, as if its own were missing (kubelet,
 * `toKubeContainerImageVolumes`). What such a container waits for is told of the volume instead.
 */
export function withVolumes(
  containers: readonly ContainerState[],
  volumes: readonly ImageVolume[],
  share: Share,
): readonly ContainerState[] {
  if (volumes.length === 0) return containers;
  const heldBy = new Map(containers.map((state) => [state, volumes.find((volume) => isHeldBy(state, volume))]));
  const started = containers.flatMap(({ runningSince }) => runningSince ?? []).sort()[0];
  return [
    ...containers.map((state) => {
      const volume = heldBy.get(state);
      return volume === undefined ? state : { ...state, waiting: waitingFor(volume) };
    }),
    ...volumes.map((volume): ContainerState => {
      const held = containers.find((state) => heldBy.get(state) === volume);
      return {
        ...volume,
        name: share(volume.name),
        image: share(volume.image),
        imageId: '',
        ready: started !== undefined && held === undefined,
        restartCount: 0,
        ...(held?.waiting === undefined ? {} : { waiting: held.waiting }),
        ...(held !== undefined || started === undefined ? {} : { runningSince: started }),
      };
    }),
  ];
}

/** Whether the kubelet's message names the image of the volume, and not the container's own. */
function isHeldBy({ image, waiting }: ContainerState, volume: ImageVolume): boolean {
  if (waiting === undefined || !isPullFailing({ waiting })) return false;
  return names(waiting.message, volume.image) && !names(waiting.message, image);
}

function names(message: string, image: string): boolean {
  const parsed = parseImage(image);
  const whole = parsed.ok ? [formatImage(parsed.image)] : [];
  return [image, ...whole].some((name) => message.includes(`"${name}"`));
}

function waitingFor({ name }: ImageVolume): NonNullable<ContainerState['waiting']> {
  return { reason: 'PodInitializing', message: `waits for the image volume ${volumeAt(name) ?? name}` };
}
