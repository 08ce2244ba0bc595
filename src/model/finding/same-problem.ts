import type { Finding, Proposal } from './finding.ts';

/**
 * The other workloads that one plan can treat like the first: a proposal that names an image is only for workloads with
 * one of the finding's images. Another image that is missing, too, needs a name of its own.
 */
export function treatedAlike(
  { alsoAffects, alsoImages = [], images }: Pick<Finding, 'alsoAffects' | 'alsoImages' | 'images'>,
  { params }: Pick<Proposal, 'params'>,
): readonly string[] {
  if (!('image' in params)) return alsoAffects;
  const own = new Set(images);
  const withOther = new Set(alsoImages.filter(({ image }) => !own.has(image)).map(({ workload }) => workload));
  const withSame = new Set(alsoImages.filter(({ image }) => own.has(image)).map(({ workload }) => workload));
  return alsoAffects.filter((workload) => withSame.has(workload) || !withOther.has(workload));
}

/** The other workloads for people, with their image where it is another one: `deployment/api (ghcr.io/acme/api:2)`. */
export function affectedNames({
  alsoAffects,
  alsoImages = [],
  images,
}: Pick<Finding, 'alsoAffects' | 'alsoImages' | 'images'>): readonly string[] {
  const own = new Set(images);
  return alsoAffects.map((name) => {
    const theirs = alsoImages.filter(({ workload }) => workload === name).map(({ image }) => image);
    const [other] = theirs.some((image) => own.has(image)) ? [] : theirs;
    return other === undefined ? name : `${name} (${other})`;
  });
}
