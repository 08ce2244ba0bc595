import { matchesAny } from '../settings/policy.ts';
import type { FreezeWindow, Scope } from './approval-settings.ts';

const scopes = ['namespaces', 'registries', 'nodes'] as const satisfies readonly (keyof Scope)[];
const minutesOfDay = 24 * 60;
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/**
 * Whether a window covers the cluster and anything that is changed at this moment. A freeze of all namespaces also
 * covers objects without one.
 */
export function isFrozen(window: FreezeWindow, where: Scope & { readonly cluster: string }, now: Date): boolean {
  return (
    matchesAny(window.clusters, where.cluster) &&
    (window.namespaces.includes('*') ||
      scopes.some((scope) => where[scope]?.some((name) => matchesAny(window[scope] ?? [], name)) === true)) &&
    isOpen(window, now)
  );
}

/** `freeze "year end" until 2027-01-04T06:00:00Z`. */
export function describeFreeze({ name, to, weekly }: FreezeWindow): string {
  if (weekly === undefined) return `freeze "${name}" until ${to ?? 'further notice'}`;
  return `freeze "${name}" until ${clock(weekly.endMinute)} (${weekly.timeZone})`;
}

/** A window without an end, or one that cannot be parsed, stays in force: a mistake must not lift a freeze. */
function isOpen({ from, to, weekly }: FreezeWindow, now: Date): boolean {
  if (weekly !== undefined) return isWeeklyOpen(weekly, now);
  const begun = from === undefined || !(Date.parse(from) > now.getTime());
  return begun && (to === undefined || !(Date.parse(to) <= now.getTime()));
}

/**
 * Compares local clock times, so a change to or from daylight saving time moves the window with the people: an hour
 * that occurs twice is in it twice, and a start that is skipped is at the next existing hour.
 */
function isWeeklyOpen(weekly: NonNullable<FreezeWindow['weekly']>, now: Date): boolean {
  const { day, minute } = wallClock(now, weekly.timeZone);
  const { days, startMinute, endMinute } = weekly;
  if (days.includes(day) && minute >= startMinute && minute < endMinute) return true;
  return days.includes((day + 6) % 7) && minute < endMinute - minutesOfDay;
}

function wallClock(now: Date, timeZone: string): { readonly day: number; readonly minute: number } {
  const parts = formatterOf(timeZone).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  const day = weekdays.findIndex((name) => name === part('weekday'));
  return { day, minute: Number(part('hour')) * 60 + Number(part('minute')) };
}

/** Creating one takes longer than using it. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(timeZone, made);
  return made;
}

function clock(minute: number): string {
  const ofDay = minute % minutesOfDay;
  const two = (value: number) => String(value).padStart(2, '0');
  return minute === minutesOfDay ? 'midnight' : `${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)}`;
}
