import { exitCode } from './exit-code.ts';
import { printableJson } from './paint.ts';

/** What a line asked for, or why it could not be understood. */
export type LineAnswer =
  | { readonly ok: true; readonly value: object }
  | { readonly ok: false; readonly reason: string };

/**
 * Answers lines of JSON one by one, in order: one line out for each line in, as soon as it arrives. Blank lines are
 * skipped. A line without valid JSON of the expected shape gets `{"id":…|null,"error":…}`, and the exit code is then 2
 * at the end.
 */
export async function answerLines(
  lines: AsyncIterable<string>,
  answer: (value: unknown) => LineAnswer,
  write: (line: string) => Promise<void> | void,
): Promise<number> {
  let code: number = exitCode.healthy;
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const value = parsed(line);
    const answered = value.ok ? answer(value.value) : value;
    if (!answered.ok) code = exitCode.usage;
    const out = answered.ok ? answered.value : { id: value.ok ? idOf(value.value) : null, error: answered.reason };
    await write(`${printableJson(out)}\n`);
  }
  return code;
}

function parsed(line: string): { readonly ok: true; readonly value: unknown } | { ok: false; reason: string } {
  try {
    return { ok: true, value: JSON.parse(line) };
  } catch {
    return { ok: false, reason: 'not JSON' };
  }
}

/** The id of an otherwise invalid line, so that its sender can identify it. */
function idOf(value: unknown): string | number | null {
  const id: unknown = value !== null && typeof value === 'object' ? Reflect.get(value, 'id') : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

/** The lines of a stream of text as they arrive. JSON may contain Unicode line separators, so only line feeds count. */
export async function* linesOf(chunks: AsyncIterable<string | Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  for await (const chunk of chunks) {
    const parts = (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      yield [...pieces, part].join('').replace(/\r$/, '');
      pieces = [];
    }
    pieces.push(last);
  }
  const rest = [...pieces, decoder.decode()].join('');
  if (rest !== '') yield rest;
}
