import type { ExpectedImage } from '../../../model/change/plan.ts';
import type { Workload } from '../../../model/workload/workload.ts';

/**
 * A container whose template names an image other than the one the change set, and that image (undefined if the
 * container is gone).
 */
export interface OtherImage {
  readonly container: string;
  readonly image: string | undefined;
}

/** The image that the template gives a container now. */
export function imageNow({ template }: Pick<Workload, 'template'>, container: ExpectedImage['container']) {
  return template.containers.find(({ name, type }) => name === container.name && type === container.type)?.image;
}

/** The first container that someone set to another image after the change: then it is theirs. */
export function otherImage(
  workload: Pick<Workload, 'template'>,
  expects: readonly ExpectedImage[],
): OtherImage | undefined {
  for (const { container, image } of expects) {
    const now = imageNow(workload, container);
    if (now !== image) return { container: container.name, image: now };
  }
  return undefined;
}

/** `web is set to ghcr.io/acme/web:2`. */
export function otherImageWords({ container, image }: OtherImage): string {
  return image === undefined ? `it has no container ${container} any more` : `${container} is set to ${image}`;
}

/** Who wrote images of the template last; if in the same second, someone else rather than us. */
export function lastImageWriter({ managers }: Pick<Workload, 'managers'>): Workload['managers'][number] | undefined {
  const isOurs = ({ name }: Workload['managers'][number]) => Number(name === 'imagecheck');
  return managers
    .filter(({ ownsImages }) => ownsImages)
    .toSorted((left, right) => (right.at ?? '').localeCompare(left.at ?? '') || isOurs(left) - isOurs(right))[0];
}
