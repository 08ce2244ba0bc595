import { nearestImages } from '../../model/image/nearest-images.ts';
import { formatPlatform } from '../../model/image/outcome.ts';
import { canRun } from '../../model/image/platform-fit.ts';
import { imageOf } from '../../model/image/tags.ts';
import { nodesFor } from '../../model/snapshot/placement.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { nearestNames } from '../../model/text/nearest-names.ts';
import { cut, distinct, listed } from '../../model/text/words.ts';
import { refuse } from './refuse.ts';
import type { ImageFacts, Refusal, RemedyWorld } from './remedy.ts';

/** An image that may be set, with what could not be checked about it. */
export interface Usable {
  readonly facts: ImageFacts;
  readonly warnings: readonly string[];
}

/**
 * The preconditions of an image: it exists, it is an image rather than an artifact, and every node that the workload
 * may run on finds its platform. Unknown platforms or nodes give a warning.
 */
export function usableImage(text: string, world: RemedyWorld): Usable | Refusal {
  const fact = world.images.get(text);
  const name = cut(text, 200);
  if (fact === undefined) return refuse(`${name} was not looked up.`, 'Try again.');
  if (!fact.known) {
    if (world.absentImages?.has(text) === true) {
      return refuse(
        `${name} does not exist; its registry says: ${cut(fact.why, 160)}.`,
        nearHint(text, world.snapshot),
      );
    }
    const right = fact.missingRight === undefined ? '' : ` (no right to ${fact.missingRight})`;
    return refuse(
      `Couldn’t check whether ${name} exists: ${cut(fact.why, 200)}${right}.`,
      'Nothing is set that was not seen in its registry; try again when it answers.',
    );
  }
  const facts = fact.value;
  if (facts.artifactType !== undefined) {
    return refuse(
      `${name} isn’t an image but an artifact (${cut(facts.artifactType, 120)}); no node can run it.`,
      'Name the image itself, not what belongs to it.',
    );
  }
  return platformCheck(name, facts, world.snapshot);
}

function platformCheck(name: string, facts: ImageFacts, { nodes, template }: Snapshot): Usable | Refusal {
  if (facts.platforms.length === 0) {
    return { facts, warnings: [`For which platforms ${name} is built could not be read.`] };
  }
  if (!nodes.known) {
    return { facts, warnings: [`Whether the nodes can run ${name} was not checked: ${cut(nodes.why, 120)}.`] };
  }
  const unfit = nodesFor(template.placement, nodes.value).filter(
    ({ platform }) => !facts.platforms.some((offered) => canRun(platform, offered)),
  );
  if (unfit.length === 0) return { facts, warnings: [] };
  const missing = distinct(unfit.map(({ platform }) => formatPlatform(platform)));
  return refuse(
    `${name} has no image for ${listed(missing)}, which ${listed(unfit.map((node) => node.name))} needs; it is built for ${listed(facts.platforms.map(formatPlatform), 6)}.`,
    'Build it for that platform, or keep the workload off those nodes (nodeSelector kubernetes.io/arch).',
  );
}

/** `Nearest: …` from the tags and repositories that the snapshot knows; undefined if nothing is similar. */
export function nearHint(text: string, snapshot: Snapshot): string | undefined {
  const wanted = imageOf(text);
  if (wanted === undefined) return undefined;
  const alike = snapshot.images.filter(
    ({ image }) =>
      image.known && image.value.registry === wanted.registry && image.value.repository === wanted.repository,
  );
  const tags = alike.flatMap((probe) => [
    ...probe.candidates.map(({ tag }) => tag),
    ...(probe.tags.known ? probe.tags.value.slice(0, 2000) : []),
  ]);
  const nearTags = wanted.tag === undefined ? [] : nearestNames(wanted.tag, tags, 3);
  if (nearTags.length > 0) return `Nearest tags: ${listed(nearTags)}.`;
  const names = nearestImages(wanted, snapshot.knownRepositories.slice(0, 5000), 3);
  return names.length === 0
    ? undefined
    : `Nearest names in this cluster: ${listed(names.map((near) => cut(near, 120)))}.`;
}

/** The digests that pods may report if they run this: what the reference resolves to, then its children. */
export function expectedDigests({ digest, digests }: ImageFacts): string[] {
  return [...distinct([digest, ...digests])];
}
