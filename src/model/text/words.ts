import { volumeAt } from '../workload/volume-place.ts';

/**
 * Text from clusters and registries in one line of at most `max` characters: control characters and runs of whitespace
 * are collapsed.
 */
export function cut(text: string, max: number): string {
  // Truncated before the replacement, so that a megabyte of log costs no more than a line.
  const line = text
    .slice(0, max * 4)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length <= max && text.length <= max * 4 ? line : `${line.slice(0, max - 1).trimEnd()}…`;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(items: readonly string[], max = 3): string {
  if (items.length <= 1) return items[0] ?? '';
  if (items.length <= max) return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
  return `${items.slice(0, max).join(', ')} and ${items.length - max} more`;
}

/** `1 pod`, `3 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `container web`, `containers web and db`, `container web and volume model`. */
export function containersText(names: readonly string[]): string {
  const volumes = names.flatMap((name) => volumeAt(name) ?? []);
  const containers = names.filter((name) => volumeAt(name) === undefined);
  if (names.length === 0) return 'no container';
  return [
    ...(containers.length === 0 ? [] : [`container${containers.length === 1 ? '' : 's'} ${listed(containers)}`]),
    ...(volumes.length === 0 ? [] : [`volume${volumes.length === 1 ? '' : 's'} ${listed(volumes)}`]),
  ].join(' and ');
}

/** `sha256:4be1d2c3a0f9…`: enough to recognise a digest. */
export function shortDigest(digest: string): string {
  const colon = digest.indexOf(':');
  return digest.length - colon <= 13 ? digest : `${digest.slice(0, colon + 13)}…`;
}

/** The distinct items, in order. */
export function distinct<T>(items: Iterable<T>): readonly T[] {
  return [...new Set(items)];
}

/** `120 MB`, `3.4 GB`; never less than one. */
export function sizeText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}
