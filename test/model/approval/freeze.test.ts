import { describe, expect, it } from 'vitest';
import type { FreezeWindow } from '../../../src/model/approval/approval-settings.ts';
import { describeFreeze, isFrozen } from '../../../src/model/approval/freeze.ts';

const where = { cluster: 'eu', namespaces: ['shop'] };
const everywhere = { name: 'f', clusters: ['*'], namespaces: ['*'] };
const at = (text: string) => new Date(text);

/** Fridays and Saturdays, 22:00 to 06:00 of the next day, in Berlin. */
const nights: FreezeWindow = {
  ...everywhere,
  weekly: { days: [5, 6], startMinute: 22 * 60, endMinute: 30 * 60, timeZone: 'Europe/Berlin' },
};

describe('a window between two moments', () => {
  const window = { ...everywhere, from: '2026-12-20T18:00:00+01:00', to: '2027-01-04T06:00:00+01:00' };

  it.each([
    ['2026-12-20T16:59:59.999Z', false],
    ['2026-12-20T17:00:00Z', true],
    ['2027-01-04T04:59:59.999Z', true],
    ['2027-01-04T05:00:00Z', false],
  ])('%s: %s', (moment, frozen) => {
    expect(isFrozen(window, where, at(moment))).toBe(frozen);
  });

  it('stays closed when an end cannot be read or is missing', () => {
    expect(isFrozen({ ...everywhere, from: '2026-01-01T00:00:00Z' }, where, at('2030-01-01T00:00:00Z'))).toBe(true);
    expect(isFrozen({ ...window, to: 'soon' }, where, at('2030-01-01T00:00:00Z'))).toBe(true);
  });

  it('is of clusters and namespaces, one of which is enough', () => {
    const now = at('2026-12-24T00:00:00Z');
    expect(isFrozen({ ...window, clusters: ['us'] }, where, now)).toBe(false);
    expect(isFrozen({ ...window, namespaces: ['db'] }, where, now)).toBe(false);
    expect(isFrozen({ ...window, namespaces: ['d*'] }, { ...where, namespaces: ['shop', 'db'] }, now)).toBe(true);
  });
});

describe('a weekly window', () => {
  it.each([
    // 2026-11-20 is a Friday; winter: UTC+1.
    ['Friday 21:59', '2026-11-20T20:59:59Z', false],
    ['Friday 22:00', '2026-11-20T21:00:00Z', true],
    ['Saturday 05:59, of Friday', '2026-11-21T04:59:59Z', true],
    ['Saturday 06:00', '2026-11-21T05:00:00Z', false],
    ['Sunday 05:59, of Saturday', '2026-11-22T04:59:00Z', true],
    ['Sunday 22:00', '2026-11-22T21:00:00Z', false],
    ['Friday 05:00, Thursday is none', '2026-11-20T04:00:00Z', false],
    // Summer: UTC+2.
    ['Friday 22:00 in summer', '2026-07-03T20:00:00Z', true],
    ['Friday 21:59 in summer', '2026-07-03T19:59:00Z', false],
    // Clocks go forward on Sunday 2026-03-29 and back on Sunday 2026-10-25.
    ['Sunday 05:59 after going forward', '2026-03-29T03:59:00Z', true],
    ['Sunday 06:00 after going forward', '2026-03-29T04:00:00Z', false],
    ['Sunday 05:59 after going back', '2026-10-25T04:59:00Z', true],
    ['Sunday 06:00 after going back', '2026-10-25T05:00:00Z', false],
  ])('%s', (_, moment, frozen) => {
    expect(isFrozen(nights, where, at(moment))).toBe(frozen);
  });

  it('begins after the hour that summer time skips, and lasts through the hour that comes twice', () => {
    const early = (startMinute: number, endMinute: number): FreezeWindow => ({
      ...everywhere,
      weekly: { days: [0], startMinute, endMinute, timeZone: 'Europe/Berlin' },
    });
    // 02:00 to 03:00 does not exist on 2026-03-29.
    expect(isFrozen(early(150, 240), where, at('2026-03-29T00:59:00Z'))).toBe(false);
    expect(isFrozen(early(150, 240), where, at('2026-03-29T01:00:00Z'))).toBe(true);
    // 02:30 comes twice on 2026-10-25.
    for (const moment of ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z']) {
      expect(isFrozen(early(120, 180), where, at(moment))).toBe(true);
    }
    expect(isFrozen(early(120, 180), where, at('2026-10-25T02:00:00Z'))).toBe(false);
  });

  it('can be a whole day, and tells its end', () => {
    const sunday: FreezeWindow = {
      ...everywhere,
      weekly: { days: [0], startMinute: 0, endMinute: 1440, timeZone: 'America/New_York' },
    };
    expect(isFrozen(sunday, where, at('2026-11-22T04:59:00Z'))).toBe(false);
    expect(isFrozen(sunday, where, at('2026-11-22T05:00:00Z'))).toBe(true);
    expect(isFrozen(sunday, where, at('2026-11-23T04:59:00Z'))).toBe(true);
    expect(isFrozen(sunday, where, at('2026-11-23T05:00:00Z'))).toBe(false);
    expect(describeFreeze(sunday)).toBe('freeze "f" until midnight (America/New_York)');
    expect(describeFreeze(nights)).toBe('freeze "f" until 06:00 (Europe/Berlin)');
  });
});
