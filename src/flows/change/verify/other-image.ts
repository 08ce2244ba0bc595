import type { ExpectedImage } from '../../../model/change/plan.ts';
import type { Workload } from '../../../model/workload/workload.ts';

/** A container whose template says another image than the change set, and what it says; undefined: it is not there. */
export interface OtherImage {
  readonly container: string;
  readonly image: string | undefined;
}

/** The image that the template gives a container now. */
export function imageNow({ template }: Pick<Workload, 'template'>, container: ExpectedImage['container']) {
  return template.containers.find(({ name, type }) => name === container.name && type === container.type)?.image;
}

/** The first container that somebody set to another image after the change: then it is theirs. */
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

/** Who wrote images of the template last; in the same second, somebody else than we. */
export function lastImageWriter({ managers }: Pick<Workload, 'managers'>): Workload['managers'][number] | undefined {
  const isOurs = ({ name }: Workload['managers'][number]) => Number(name === 'imagecheck');
  return managers
    .filter(({ ownsImages }) => ownsImages)
    .toSorted((left, right) => (right.at ?? '').localeCompare(left.at ?? '') || isOurs(left) - isOurs(right))[0];
}
