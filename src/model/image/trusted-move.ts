import { type ImageRef, parseImage } from './image.ts';
import { imageOf, ownerOf } from './tags.ts';

/** Whether a change of image leaves the current registry or owner; an unreadable current image has neither. */
export function leavesOwner(from: string, to: string): boolean {
  const [present, next] = [meantBy(from), imageOf(to)];
  return present === undefined || next === undefined || ownerOf(present) !== ownerOf(next);
}

/**
 * Whether a change of image may be offered as a button (docs/approvals.md#risk): it keeps its registry and owner, or
 * moves to one of `trustedOwners` (`ghcr.io/acme`, also deeper: `ghcr.io/acme/team`). An entry without a path trusts
 * only repositories at the root of that registry, never every owner of a public registry.
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

/** The parsed reference, or what was probably meant. */
export function meantBy(text: string): ImageRef | undefined {
  const parsed = parseImage(text);
  if (parsed.ok) return parsed.image;
  return parsed.suggestion === undefined ? undefined : imageOf(parsed.suggestion);
}
