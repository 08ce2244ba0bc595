import { cut, shortDigest } from '../text/words.ts';
import { imageOf } from './tags.ts';

/** A reference without its tag and digest, spelled as it was. */
export function nameOf(text: string): string {
  const name = text.split('@')[0] ?? text;
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

/** `web:88a216e`, `web@sha256:9c0d…`: the last part of the name with its tag or digest. */
export function shortImage(text: string): string {
  const name = nameOf(text);
  const image = imageOf(text);
  if (image === undefined) return cut(text, 120);
  const last = name.slice(name.lastIndexOf('/') + 1);
  return `${last}${image.digest !== undefined ? `@${shortDigest(image.digest)}` : image.tag === undefined ? '' : `:${image.tag}`}`;
}

/** `web: web:88a216e → web@sha256:9c0d…`; the full names when more than tag and digest differ. */
export function imageChange(container: string, from: string, to: string): string {
  const [present, next] = [imageOf(from), imageOf(to)];
  const alike = present !== undefined && present.registry === next?.registry && present.repository === next.repository;
  return alike
    ? `${container}: ${shortImage(from)} → ${shortImage(to)}`
    : `${container}: ${cut(from, 200)} → ${cut(to, 200)}`;
}
