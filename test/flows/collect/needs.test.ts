import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/index.ts';
import { eventsAbout } from '../../../src/flows/collect/events-about.ts';
import { needsOf } from '../../../src/flows/collect/needs.ts';
import type { Snapshot } from '../../../src/model/snapshot/snapshot.ts';
import { mapFact, unknown } from '../../../src/model/values/fact.ts';
import { anySnapshot } from '../../support/arbitrary-snapshot.ts';
import { type KeptSnapshot, keptSnapshot, keptSnapshots } from '../../support/snapshots.ts';

/** A snapshot with no more of the namespace than it needs. */
function narrowed(whole: Snapshot): Snapshot {
  const unread = unknown<never>('not needed');
  const own: Snapshot = { ...whole, neighbours: unread, events: unread };
  const { neighbours, events } = needsOf(own);
  const told = mapFact(whole.events, (all) =>
    events === 'all' ? all : all.filter(({ object }) => events.includes(object.name)),
  );
  return {
    ...own,
    neighbours: neighbours ? whole.neighbours : unread,
    events: events.length === 0 ? unread : told,
  };
}

describe('what is not needed changes no answer', () => {
  it('of any snapshot', () => {
    fc.assert(
      fc.property(anySnapshot, (any) => {
        const snapshot = { ...any, events: mapFact(any.events, (all) => eventsAbout(any, all)) };
        expect(runChecks(narrowed(snapshot))).toEqual(runChecks(snapshot));
      }),
      { numRuns: 600 },
    );
  });

  it.each(Object.keys(keptSnapshots) as KeptSnapshot[])('of the kept snapshot %s', (name) => {
    const snapshot = keptSnapshot(name);
    expect(runChecks(narrowed(snapshot))).toEqual(runChecks(snapshot));
  });

  it('needs never shrink when more is known', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const early = needsOf({ ...snapshot, images: [], running: [], logs: [] });
        const late = needsOf(snapshot);
        expect(late.neighbours || !early.neighbours).toBe(true);
        if (late.events === 'all') return;
        expect(late.events).toEqual(expect.arrayContaining(early.events === 'all' ? ['all'] : [...early.events]));
      }),
      { numRuns: 300 },
    );
  });

  it('a rule that throws spares nothing', () => {
    const broken = { ...keptSnapshot('healthy'), images: null } as unknown as Snapshot;
    expect(needsOf(broken)).toEqual({ neighbours: true, events: 'all' });
  });
});
