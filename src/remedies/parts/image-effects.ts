import { shortImage } from '../../model/image/short-image.ts';
import { imageOf, isMovingTag } from '../../model/image/tags.ts';
import { providerOf } from '../../model/providers/index.ts';
import type { ImageFacts } from './remedy.ts';

/** What a change of image costs elsewhere: later pushes that no longer arrive, artifact streaming. */
export function imageEffects(from: string, to: string, facts: ImageFacts | undefined): readonly string[] {
  const [present, next] = [imageOf(from), imageOf(to)];
  if (next === undefined) return [];
  const pins = next.digest !== undefined && present?.digest === undefined;
  const tag =
    present?.digest === undefined && present?.repository === next.repository ? (present?.tag ?? 'latest') : '';
  return [
    ...(pins ? [`${shortImage(to)} is pinned: new pushes${tag === '' ? '' : ` to :${tag}`} won’t be picked up.`] : []),
    ...streamingEffects(next.registry, pins ? 'A digest' : undefined, facts),
  ];
}

/** Nodes stream only by tag, and only without a pull secret (docs/facts/registries.md#artifact-streaming). */
export function streamingEffects(
  registry: string,
  what: string | undefined,
  facts: Pick<ImageFacts, 'streaming'> | undefined,
): readonly string[] {
  if (what === undefined || providerOf(registry).streamingArtifactType === undefined) return [];
  if (facts?.streaming === false) return ['This image has no streaming artifact, so nothing is lost.'];
  return [`${what} switches artifact streaming off for images of ${registry}: pods start only after the full pull.`];
}

/** What to know before setting a tag that moves. */
export function tagWarnings(text: string, policy: string | undefined): readonly string[] {
  const image = imageOf(text);
  if (image === undefined || !isMovingTag(image)) return [];
  return policy === 'Always'
    ? []
    : [
        `${shortImage(text)} is a tag that moves, and policy ${policy ?? 'IfNotPresent'} lets a node keep an older copy: add pull policy Always, or set the digest.`,
      ];
}
