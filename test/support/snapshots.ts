import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportOfSnapshot } from '../../src/flows/ask/diagnose.ts';
import type { Report } from '../../src/model/finding/report.ts';
import type { Snapshot } from '../../src/model/snapshot/snapshot.ts';
import { readSnapshot } from '../../src/model/snapshot/snapshot-file.ts';

/** Snapshots kept under test/fixtures/snapshots, with the status of their reports. */
export const keptSnapshots = {
  'stale-image': 'problems',
  'never-published': 'problems',
  'image-question': 'problems',
  'hostile-text': 'problems',
  unreachable: 'unknown',
  warning: 'healthy',
  healthy: 'healthy',
} as const;
export type KeptSnapshot = keyof typeof keptSnapshots;

/** Path of a kept snapshot. */
export function snapshotPath(name: KeptSnapshot): string {
  return join(import.meta.dirname, '../fixtures/snapshots', `${name}.json`);
}

/** A kept snapshot. */
export function keptSnapshot(name: KeptSnapshot): Snapshot {
  const read = readSnapshot(readFileSync(snapshotPath(name), 'utf8'));
  if (!read.ok) throw new Error(`${name}: ${read.reason}`);
  return read.snapshot;
}

/** Its report. */
export function keptReport(name: KeptSnapshot): Report {
  return reportOfSnapshot(keptSnapshot(name));
}
