import { expect } from 'vitest';
import type { Check } from '../../src/checks/evidence/check.ts';
import { runChecks } from '../../src/checks/index.ts';
import type { Snapshot } from '../../src/model/snapshot/snapshot.ts';

/** What one check concludes, short enough for a table: `fail image_not_found certain`; notes as `note`. */
export function concluded(check: Check, snapshot: Snapshot): readonly string[] {
  const { findings, notes } = check.run(snapshot);
  return [
    ...findings.map(({ status, cause, confidence }) => `${status} ${cause} ${confidence}`),
    ...notes.map(() => 'note'),
  ];
}

/** The findings of all checks together, short: `fail stale-image stale_image certain`. */
export function diagnosed(snapshot: Snapshot): readonly string[] {
  return runChecks(snapshot).findings.map(
    ({ status, check, cause, confidence }) => `${status} ${check} ${cause} ${confidence}`,
  );
}

/** Everything that a person reads of the findings and notes, in one text. */
export function textOf(snapshot: Snapshot): string {
  return JSON.stringify(runChecks(snapshot));
}

/** Asserts that the text contains all of these. */
export function expectWords(text: string, words: readonly string[]): void {
  for (const word of words) expect(text).toContain(word);
}
