/** A difference that a person notices, and that a slow answer does not explain. */
const noticedMs = 1000;

/**
 * How far a process's own clock may be from the shared one before it decides nothing by it. Whoever runs Redis sets the
 * shared clock, so it must not move what a signature is good for by more than this.
 */
export const mostApartMs = 20 * 60_000;

/** Whether two clocks are so far apart that nothing may be decided by the shared one. */
export function areApart(aheadMs: number): boolean {
  return Math.abs(aheadMs) > mostApartMs;
}

/**
 * Names both clocks at the end of a refusal: ` It is 12:00:00 by Redis’s clock, which counts, and 12:15:00 by this
 * process’s.` Empty while they agree.
 */
export function bothClocks(now: Date, aheadMs: number): string {
  if (Math.abs(aheadMs) < noticedMs) return '';
  const own = new Date(now.getTime() + aheadMs);
  return ` It is ${moment(now)} by Redis’s clock, which counts, and ${moment(own)} by this process’s, which is ${apartWords(aheadMs)}.`;
}

/** `15 min ahead`, `3 s behind`. */
export function apartWords(aheadMs: number): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const much =
    seconds < 120
      ? `${seconds} s`
      : seconds < 7200
        ? `${Math.round(seconds / 60)} min`
        : `${Math.round(seconds / 3600)} h`;
  return `${much} ${aheadMs < 0 ? 'behind' : 'ahead'}`;
}

function moment(at: Date): string {
  return Number.isNaN(at.getTime()) ? 'an impossible time' : at.toISOString().replace(/\.\d+Z$/, 'Z');
}
