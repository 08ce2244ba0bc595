import { UserError } from '../errors.ts';
import { formatImage, parseImage } from '../model/image/image.ts';
import type { CommandLine } from './command.ts';
import { exitCode } from './exit-code.ts';
import { answerLines, type LineAnswer, linesOf } from './json-lines.ts';
import { printableJson, printableLines } from './paint.ts';
import type { Streams } from './streams.ts';

/** A parsed reference; missing parts are empty strings. */
export interface ReferenceParts {
  readonly input: string;
  readonly valid: boolean;
  readonly domain: string;
  readonly path: string;
  readonly tag: string;
  readonly digest: string;
  readonly canonical: string;
}

/** `imagecheck image --offline` and `--jsonl`: parses references without asking any registry. */
export async function referenceCommand(
  { words, flags }: CommandLine<'json' | 'jsonl'>,
  streams: Streams,
): Promise<number> {
  if (flags.jsonl === true) {
    if (words.length > 0) throw usage('imagecheck image --jsonl reads its references from standard input.');
    return answerLines(linesOf(streams.input), referenceLine, streams.write);
  }
  const [reference, ...more] = words;
  if (reference === undefined) throw usage('Say which image.');
  if (more.length > 0) throw usage('imagecheck image --offline takes one reference.');
  const parts = referenceParts(reference);
  await streams.write(flags.json === true ? `${printableJson(parts)}\n` : renderParts(parts));
  return parts.valid ? exitCode.healthy : exitCode.usage;
}

function usage(message: string): UserError {
  return new UserError(message, { remedy: 'Type: imagecheck image REF --offline [--json]' });
}

/** Parses a reference as the kubelet and the runtimes do. */
function referenceParts(input: string): ReferenceParts {
  const parsed = parseImage(input);
  if (!parsed.ok) return { input, valid: false, domain: '', path: '', tag: '', digest: '', canonical: '' };
  const { registry, repository, tag = '', digest = '' } = parsed.image;
  return { input, valid: true, domain: registry, path: repository, tag, digest, canonical: formatImage(parsed.image) };
}

/** One line of `--jsonl`: `{"id"?,"input"}` in, the parts out. */
export function referenceLine(value: unknown): LineAnswer {
  const line = value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {};
  const { id, input } = line;
  const hasId = typeof id === 'string' || typeof id === 'number';
  if (typeof input !== 'string' || (id !== undefined && !hasId))
    return { ok: false, reason: 'expected {"id","input"}' };
  return { ok: true, value: { ...(hasId ? { id } : {}), ...referenceParts(input) } };
}

function renderParts(parts: ReferenceParts): string {
  const parsed = parseImage(parts.input);
  if (!parsed.ok) {
    const meant = parsed.suggestion === undefined ? '' : `Did you mean: ${parsed.suggestion}\n`;
    return printableLines(`not an image reference: ${parsed.reason}\n${meant}`);
  }
  const { canonical, domain, path, tag, digest } = parts;
  const rows = Object.entries({ domain, path, tag, digest }).filter(([, value]) => value !== '');
  return [canonical, ...rows.map(([name, value]) => `  ${name.padEnd(7)} ${value}`), ''].join('\n');
}
