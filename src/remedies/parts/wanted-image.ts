import { type ImageRef, isDigest, isTag, parseImage } from '../../model/image/image.ts';
import { nameOf } from '../../model/image/short-image.ts';
import { cut } from '../../model/text/words.ts';
import { refuse } from './refuse.ts';
import type { Refusal } from './remedy.ts';

/** What a template should name, and what that means. */
export interface WantedImage {
  readonly text: string;
  readonly image: ImageRef;
}

/**
 * What a person typed for a container that currently has `current`: a whole reference, `:tag`, or `sha256:…` (also with
 * `@`). The short forms keep the name as the template spells it.
 */
export function wantedImage(current: string, typed: string): WantedImage | Refusal {
  const wanted = typed.trim();
  const tag = wanted.startsWith(':') ? wanted.slice(1) : undefined;
  const digest = isDigest(wanted.replace(/^@/, '')) ? wanted.replace(/^@/, '') : undefined;
  if (tag === undefined && digest === undefined) return whole(wanted);
  if (tag !== undefined && !isTag(tag)) {
    return refuse(`"${cut(wanted, 80)}" isn’t a valid tag: use letters, digits, "_", "." and "-", at most 128.`);
  }
  if (!parseImage(current).ok) {
    return refuse(
      `The current image "${cut(current, 80)}" isn’t a valid image reference, so ${cut(wanted, 80)} has no name to go with.`,
      'Give the whole reference.',
    );
  }
  const name = nameOf(current);
  return whole(digest === undefined ? `${name}:${tag}` : `${name}@${digest}`);
}

/** The reference by digest, otherwise spelled as before. */
export function pinned(text: string, digest: string): string {
  return `${nameOf(text)}@${digest}`;
}

function whole(text: string): WantedImage | Refusal {
  const parsed = parseImage(text);
  if (parsed.ok && text.length <= 1024) return { text, image: parsed.image };
  const meant = parsed.ok ? undefined : parsed.suggestion;
  return refuse(
    `"${cut(text, 120)}" isn’t a valid image reference: ${parsed.ok ? 'it is longer than 1,024 characters' : parsed.reason}.`,
    meant === undefined ? undefined : `Probably meant: ${cut(meant, 200)}`,
  );
}
