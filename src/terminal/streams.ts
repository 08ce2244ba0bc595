import { exitCode } from './exit-code.ts';
import { type Paint, paintFor } from './paint.ts';
import type { Screen } from './progress.ts';

/** The process's own streams, as commands use them. */
export interface Streams {
  readonly screen: Screen;
  readonly paint: Paint;
  /** Standard input as it arrives; empty if it is a terminal, where nobody would know what to type. */
  readonly input: AsyncIterable<string | Uint8Array>;
  /** Writes, and waits until the reader accepts more. */
  readonly write: (text: string) => Promise<void>;
}

/** A longer text was not pasted by a person. */
const longestText = 1_000_000;

/** A reader that went away (`| head`) has read enough; a disk that is full is a failure. */
function endWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`error: cannot write to standard output: ${error.message}\n`);
  process.exit(exitCode.unknown);
}

/** Ends the process when nobody takes its report any more. Standard error says less than a report: it may be missing. */
export function guardStreams(): void {
  process.stdout.on('error', endWithoutReader);
  process.stderr.on('error', () => {});
}

/** For a process that serves people: it lives on. What it says there is lost, and audit records stay undelivered. */
export function serveWithoutReaders(): void {
  process.stdout.off('error', endWithoutReader).on('error', () => {});
}

/** The streams of this process. If the reader goes away (`| head`), the process ends quietly. */
export function processStreams(): Streams {
  const { stdin, stdout, stderr } = process;
  return {
    screen: {
      out: (text) => void stdout.write(text),
      err: (text) => void stderr.write(text),
      interactive: stderr.isTTY,
      // A terminal may not know its width, and then reports 0.
      columns: stdout.columns || 100,
    },
    paint: paintFor(stdout),
    input: stdin.isTTY ? nothing() : stdin,
    write: (text) =>
      new Promise((resolve) => {
        if (stdout.write(text)) resolve();
        else stdout.once('drain', resolve);
      }),
  };
}

async function* nothing(): AsyncIterable<string> {}

/** The whole input as text, at most a million characters. */
export async function textOf(input: Streams['input']): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of input) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (text.length > longestText) break;
  }
  return text.slice(0, longestText);
}
