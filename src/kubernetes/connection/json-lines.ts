/** The value of a line, or why reading stopped; nothing follows an error. */
export type StreamPart =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'broken'; readonly why: string };

const newline = 0x0a;

/**
 * JSON values as they arrive, one per line, which is how the API server writes a watch. Takes nothing from `body`
 * before a value is asked for: a slow reader slows the server down. A line of more than `maxLineBytes` is dropped.
 * Throws whatever `body` throws.
 */
export async function* jsonLines(
  body: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<StreamPart, void, undefined> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      const line = [...pieces, chunk.subarray(from, end)];
      const length = size + end - from;
      [pieces, size, from] = [[], 0, end + 1];
      const part = length > maxLineBytes ? tooLong(maxLineBytes) : parsed(line);
      if (part === undefined) continue;
      yield part;
      if (part.kind === 'broken') return;
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > maxLineBytes) {
      yield tooLong(maxLineBytes);
      return;
    }
  }
  if (size > 0) yield { kind: 'broken', why: 'the stream ended in the middle of a line' };
}

function tooLong(maxLineBytes: number): StreamPart {
  return { kind: 'broken', why: `the stream has a line of more than ${maxLineBytes} bytes` };
}

/** Undefined for an empty line. */
function parsed(line: readonly Uint8Array[]): StreamPart | undefined {
  const text = Buffer.concat(line).toString('utf8').trim();
  if (text === '') return undefined;
  try {
    return { kind: 'value', value: JSON.parse(text) };
  } catch {
    return { kind: 'broken', why: 'the stream has a line that is not JSON' };
  }
}
