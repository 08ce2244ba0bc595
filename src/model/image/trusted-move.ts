import { type ImageRef, parseImage } from './image.ts';
import { imageOf, ownerOf } from './tags.ts';

/** Whether a change of image leaves the registry or owner that it has now; an unreadable present image has none. */
export function leavesOwner(from: string, to: string): boolean {
  const [present, next] = [meantBy(from), imageOf(to)];
  return present === undefined || next === undefined || ownerOf(present) !== ownerOf(next);
}

/**
 * Whether a change of image may be offered as a button (docs/approvals.md#risk): it stays with its registry and owner,
 * or goes to one of `trustedOwners` (`ghcr.io/acme`, also deeper: `ghcr.io/acme/team`). An entry without a path trusts
 * only what lies at the root of that registry, never everybody at a public one.
 */
export function isTrustedMove(fromImage: string, toImage: string, trustedOwners: readonly string[]): boolean {
  const to = imageOf(toImage);
  if (to === undefined) return false;
  if (!leavesOwner(fromImage, toImage)) return true;
  const name = `${to.registry}/${to.repository}`.toLowerCase();
  return trustedOwners.some((entry) => {
    const owner = entry.toLowerCase();
    return owner.includes('/') ? name.startsWith(`${owner}/`) : ownerOf(to).toLowerCase() === owner;
  });
}

/** What a reference says, or what it was probably meant to say. */
export function meantBy(text: string): ImageRef | undefined {
  const parsed = parseImage(text);
  if (parsed.ok) return parsed.image;
  return parsed.suggestion === undefined ? undefined : imageOf(parsed.suggestion);
}
