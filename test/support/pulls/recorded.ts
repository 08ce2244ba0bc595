import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What a runtime answered to a pull, with the hosts' real names in it. */
const Answer = z.union([z.literal('pulled'), z.strictObject({ code: z.string(), message: z.string() })]);
export type Answer = z.infer<typeof Answer>;

const Recording = z.strictObject({
  runtime: z.string(),
  /** As reported by the runtime, without the build's suffix: `1.6.20`. */
  version: z.string(),
  answers: z.record(z.string(), Answer),
});
export type Recording = z.infer<typeof Recording>;

export const recordingsFile = join(import.meta.dirname, '..', '..', 'fixtures', 'runtime-texts.json');

/** What the runtimes of `npm run test:runtimes` said when the fixture was recorded. */
export function readRecordings(): readonly Recording[] {
  return z.strictObject({ about: z.string(), recordings: z.array(Recording) }).parse(readJson()).recordings;
}

function readJson(): unknown {
  return JSON.parse(readFileSync(recordingsFile, 'utf8'));
}

/** `1.6.20~ds1` and `2.4.2+unknown` without what the build adds. */
export function plainVersion(version: string): string {
  return /^v?(\d+\.\d+\.\d+)/.exec(version)?.[1] ?? version;
}

/** As in the kubelet's event: since 1.26 without the code `Unknown`, before with every code. */
export function eventTexts(image: string, { code, message }: Exclude<Answer, 'pulled'>): readonly string[] {
  const event = (said: string) => `Failed to pull image "${image}": ${said}`;
  const withCode = event(`rpc error: code = ${code} desc = ${message}`);
  return code === 'Unknown' ? [event(message), withCode] : [withCode];
}
