import { UserError } from '../errors.ts';
import { explainText } from '../explain/explain.ts';
import { atMost } from '../model/text/at-most.ts';
import { redact } from '../model/text/redact.ts';
import type { CommandLine } from './command.ts';
import { exitCode } from './exit-code.ts';
import { renderExplanation } from './explanation.ts';
import { answerLines, type LineAnswer, linesOf } from './json-lines.ts';
import { printableJson } from './paint.ts';
import { type Streams, textOf } from './streams.ts';

/** Somebody may pipe a whole log in. */
const longestText = 65_536;

/**
 * `imagecheck explain`: the meaning of a text from the arguments or standard input; `--jsonl` explains line by line.
 */
export async function explainCommand(
  { words, flags }: CommandLine<'json' | 'jsonl'>,
  streams: Streams,
): Promise<number> {
  if (flags.jsonl === true) {
    if (words.length > 0) {
      throw new UserError('imagecheck explain --jsonl reads its texts from standard input.', {
        remedy: 'Leave the text out, or leave --jsonl out.',
      });
    }
    return answerLines(linesOf(streams.input), explainLine, streams.write);
  }
  const given = words.length > 0 ? words.join(' ') : await textOf(streams.input);
  if (given.trim() === '') {
    throw new UserError('no text to explain.', {
      remedy: 'Type: imagecheck explain "TEXT", or pipe the text into imagecheck explain.',
    });
  }
  const explanation = explainText(redact(atMost(given, longestText)));
  const text =
    flags.json === true
      ? `${printableJson(explanation, 2)}\n`
      : renderExplanation(explanation, streams.paint, streams.screen.columns);
  await streams.write(text);
  return exitCode.healthy;
}

/** One line of `--jsonl`: `{"id","message","image"?,"event_reason"?}` in, `{"id","cause","also",…}` out. */
export function explainLine(value: unknown): LineAnswer {
  const fields = fieldsOf(value);
  if (fields === undefined) return { ok: false, reason: 'expected {"id","message","image"?,"event_reason"?}' };
  const { id, message, image, eventReason } = fields;
  const { cause, also, confidence, subject, meaning, next } = explainText(message, {
    ...(image === undefined ? {} : { image }),
    ...(eventReason === undefined ? {} : { eventReason }),
  });
  return {
    ok: true,
    value: { id, cause, also, confidence, ...(subject === undefined ? {} : { subject }), meaning, next },
  };
}

interface LineFields {
  readonly id: string | number;
  readonly message: string;
  readonly image: string | undefined;
  readonly eventReason: string | undefined;
}

/** Written out instead of a schema: this command starts in a fraction of the time that loading one takes. */
function fieldsOf(value: unknown): LineFields | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const line = value as Readonly<Record<string, unknown>>;
  const { id, message } = line;
  const image = line['image'] ?? undefined;
  const eventReason = line['event_reason'] ?? undefined;
  if ((typeof id !== 'string' && typeof id !== 'number') || typeof message !== 'string') return undefined;
  if (image !== undefined && typeof image !== 'string') return undefined;
  if (eventReason !== undefined && typeof eventReason !== 'string') return undefined;
  return {
    id,
    message,
    image: image === '' ? undefined : image,
    eventReason: eventReason === '' ? undefined : eventReason,
  };
}
