import { imageOf, ownerOf } from '../../model/image/tags.ts';
import { leavesOwner } from '../../model/image/trusted-move.ts';
import { cut, listed, shortDigest } from '../../model/text/words.ts';
import type { ImageFacts } from './remedy.ts';

/** Where an image of another registry or owner comes from, as far as known; nothing while it stays with its owner. */
export function provenanceOf(from: string, to: string, facts: ImageFacts): readonly string[] {
  const image = imageOf(to);
  if (image === undefined || !leavesOwner(from, to)) return [];
  const { pushedAt, built, source, revision, referrers, digest } = facts;
  return [
    `${cut(to, 200)} is of ${ownerOf(image)}; ${cut(from, 200)} is not. It is ${shortDigest(digest)}`,
    ...pushTexts(pushedAt, built),
    source === undefined ? 'It does not say which source it was built from.' : `Source: ${cut(source, 200)}`,
    revision === undefined ? 'It does not say which revision it was built from.' : `Revision: ${cut(revision, 80)}`,
    referrerText(referrers),
  ];
}

/** For a plan that is only compared with another one, nobody asked when its image was pushed. */
function pushTexts(pushedAt: ImageFacts['pushedAt'], built: string | undefined): readonly string[] {
  const moment = built === undefined ? undefined : minuteOf(built);
  if (pushedAt === undefined) return moment === undefined ? [] : [`Built ${moment}.`];
  const pushed = pushedAt.known
    ? `Pushed ${minuteOf(pushedAt.value)}`
    : `When it was pushed is not known: ${cut(pushedAt.why, 120)}`;
  return [`${pushed}${moment === undefined ? '' : `${pushedAt.known ? ',' : ';'} built ${moment}`}.`];
}

/** `2026-11-20 13:52 UTC` from a registry's timestamp; other text is unchanged. */
function minuteOf(at: string): string {
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::[\d.]+)?Z$/.exec(at);
  return found === null ? cut(at, 40) : `${found[1]} ${found[2]} UTC`;
}

function referrerText(referrers: ImageFacts['referrers']): string {
  if (!referrers.known)
    return `Whether signatures or attestations refer to it is not known: ${cut(referrers.why, 120)}.`;
  const types = referrers.value.map((type) => cut(type, 80));
  return types.length === 0
    ? 'No signature or attestation refers to it.'
    : `Refer to it (not verified): ${listed(types, 4)}.`;
}
