import { existsSync, writeFileSync } from 'node:fs';
import { type Recording, readRecordings, recordingsFile } from '../../support/pulls/recorded.ts';

const about =
  'What container runtimes and skopeo answered to the pulls of test/support/pulls/cases.ts, by case. Written by `IMAGECHECK_RECORD=1 npm run test:runtimes`; the hosts have their real names, and what differs from run to run is replaced.';

/** Writes a recording over an older one of the same runtime, when that was asked for. */
export function record(recording: Recording): void {
  if (process.env['IMAGECHECK_RECORD'] !== '1') return;
  const others = existsSync(recordingsFile)
    ? readRecordings().filter(({ runtime }) => runtime !== recording.runtime)
    : [];
  const recordings = [...others, recording].sort((a, b) => a.runtime.localeCompare(b.runtime));
  writeFileSync(recordingsFile, `${JSON.stringify({ about, recordings }, null, 1)}\n`);
}
