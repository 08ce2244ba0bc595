import { isSideline } from '../../checks/staleness/newer-push.ts';

/** Tags that teams move with every push; the newest build is usually behind one of them. */
const moving = ['latest', 'main', 'master', 'stable', 'edge', 'nightly', 'dev', 'develop', 'prod', 'production'];

/**
 * Comparing with one collator is a hundred times cheaper than `localeCompare` with options; lists may have 10,000 tags.
 */
const numeric = new Intl.Collator('en', { numeric: true });

/**
 * The tags worth resolving to see whether something newer was pushed: moving tags, the highest versions and dates, and
 * the last ones of the list (GHCR and Docker Hub append). At most `max`; resolving each costs requests.
 */
export function pickTags(tags: readonly string[], current: string, max: number): readonly string[] {
  const others = tags.filter((tag) => tag !== current && !isSideline(tag));
  const shapeOf = shape(current);
  const alike = others.filter((tag) => shape(tag) === shapeOf);
  const isOrdered = shapeOf === 'date' || shapeOf === 'version';
  const ordered = isOrdered ? [...alike].sort(numeric.compare) : alike;
  const versions = others.filter((tag) => shape(tag) === 'version').sort(numeric.compare);
  const picked = new Set<string>();
  for (const tag of [
    ...moving.filter((name) => others.includes(name)).slice(0, 2),
    ...versions.slice(-1),
    ...ordered.slice(-2),
    ...versions.slice(-2),
    ...others.slice(-2),
    ...ordered.slice(0, 1),
  ]) {
    if (picked.size < max) picked.add(tag);
  }
  return [...picked];
}

function shape(tag: string): 'commit' | 'version' | 'date' | 'name' {
  if (/^\d{8}/.test(tag) || /^\d{4}-\d\d-\d\d/.test(tag)) return 'date';
  if (/^(sha-)?[0-9a-f]{7,40}$/.test(tag)) return 'commit';
  return /^v?\d+(\.\d+){0,3}([-.+_].*)?$/.test(tag) ? 'version' : 'name';
}
