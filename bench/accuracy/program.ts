import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { LabelledText } from './reports.ts';

/** What a program says of a text. */
export interface Verdict {
  readonly cause: string;
  readonly confidence?: string | undefined;
}

const Line = z.object({ id: z.string(), cause: z.string(), confidence: z.string().optional() });
const longestMs = 60_000;

/**
 * Gives all texts to a program on its standard input, a JSON line `{"id","message","image"?,"event_reason"?}` each, and
 * reads lines `{"id","cause","confidence"?}` from its standard output. Throws if it ends with a code above 1.
 */
export async function askProgram(
  command: string,
  texts: readonly LabelledText[],
): Promise<ReadonlyMap<string, Verdict>> {
  const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'inherit'], timeout: longestMs });
  child.stdin.on('error', () => {});
  child.stdin.end(
    texts
      .map(({ id, message, image, eventReason }) => JSON.stringify({ id, message, image, event_reason: eventReason }))
      .join('\n'),
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [output, code] = await Promise.all([text(child.stdout), ended]);
  if (code === null || code > 1) throw new Error(`${command} ended with ${code ?? 'a signal'}`);
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return new Map(lines.map((line) => Line.parse(JSON.parse(line))).map(({ id, ...verdict }) => [id, verdict]));
}
