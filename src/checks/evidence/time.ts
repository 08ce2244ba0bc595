/**
 * Build tools write earlier dates as placeholders in `created` (the epoch, 1980 of ZIP), so they say nothing about
 * order.
 */
const earliestBuildMs = Date.UTC(2000, 0, 1);

/** Milliseconds of an ISO 8601 time; undefined for anything else. */
export function millisOf(at: string | undefined): number | undefined {
  const ms = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Like `millisOf`, but the placeholder times of reproducible builds count as unknown. */
export function buildMillisOf(at: string | undefined): number | undefined {
  const ms = millisOf(at);
  return ms === undefined || ms < earliestBuildMs ? undefined : ms;
}

/** How long before `takenAt` this was; a time that is not known was never. */
export function ageMs(takenAt: string, at: string | undefined): number {
  return (millisOf(takenAt) ?? 0) - (millisOf(at) ?? Number.POSITIVE_INFINITY);
}

/** `2026-02-17 14:05 UTC`, for sentences; the text unchanged if it is not a time. */
export function dateText(at: string): string {
  const ms = millisOf(at);
  return ms === undefined ? at.slice(0, 40) : `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A duration for people: `3 weeks`, `2 days`, `40 minutes`, `less than a minute`. */
export function spanText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  const units: readonly (readonly [number, string])[] = [
    [7 * 24 * 60, 'week'],
    [24 * 60, 'day'],
    [60, 'hour'],
  ];
  const [size, unit] = units.find(([size]) => minutes >= size * 2) ?? [1, 'minute'];
  const count = Math.round(minutes / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
