import type { Writable } from 'node:stream';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { reasonOf } from './errors.ts';
import type { LogLevel } from './model/settings/settings.ts';
import { formsOf, withoutSecrets } from './model/text/echoes.ts';
import type { Secret } from './model/values/secret.ts';

/**
 * Writes JSON lines: `log.warn({ cluster, error }, 'A cluster could not be read.')`. Messages are static sentences, so
 * that lines can be counted and searched; variable parts are in the fields.
 */
export type Log = Logger;

/** Keys that are redacted down to the third level: a second safety net behind `Secret`. */
const secretKeys = ['password', 'token', 'secret', 'authorization', 'cookie', 'auth', 'response_url', 'responseUrl'];

function optionsFor(level: LogLevel): LoggerOptions {
  return {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[secret]' },
    serializers: { error: serializeError, err: serializeError },
  };
}

/** A shorter password is also a part of ordinary words. */
const shortestEcho = 8;

/**
 * A log that writes one JSON object per line to standard error, or to `destination`. Standard output stays free for
 * reports. No line contains one of the `secrets`, in whatever form a server echoed it. Trouble that repeats is counted; a
 * log that cannot be written stops nothing.
 */
export function createLog(
  level: LogLevel,
  destination: DestinationStream = lossy(process.stderr),
  secrets: readonly Secret[] = [],
): Log {
  const echoes = secrets.flatMap((secret) => formsOf(secret.reveal())).filter(({ length }) => length >= shortestEcho);
  const hooks = { streamWrite: (line: string) => withoutSecrets(line, echoes) };
  return pino({ ...optionsFor(level), hooks }, withoutRepeats(destination));
}

/** Name, message, stack and causes of a thrown value; other properties (bodies, headers) are left out. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return reasonOf(error);
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause === undefined ? {} : { cause: serializeError(cause) }) };
}

/** How long a line that repeats is only counted. */
const countForMs = 60_000;
/** How many different lines are counted at the same time. */
const mostCounted = 200;
/** A longer line is always written. */
const longestCounted = 4096;

/** Beginning and time of a line. */
const troubleLine = /^(\{"level":"(?:warn|error)"),"time":"[^"]*"/;

/**
 * Passes lines on; warnings and errors that repeat word for word are passed on once, then counted, and once a minute
 * passed on with the count in `repeated`. So whatever fails in a loop fills neither a disk nor the memory.
 */
function withoutRepeats(destination: DestinationStream): DestinationStream {
  /** How often a line came again since it was last written, by its text without the time. */
  const counts = new Map<string, number>();
  const begin = (start: string, rest: string): void => {
    const oldest = counts.size < mostCounted ? undefined : counts.keys().next().value;
    if (oldest !== undefined) counts.delete(oldest);
    counts.set(start + rest, 0);
    setTimeout(settle, countForMs, start, rest).unref();
  };
  const settle = (start: string, rest: string): void => {
    const repeated = counts.get(start + rest) ?? 0;
    counts.delete(start + rest);
    if (repeated === 0) return;
    const end = rest.lastIndexOf('}');
    destination.write(`${start},"time":"${new Date().toISOString()}"${rest.slice(0, end)},"repeated":${repeated}}\n`);
    begin(start, rest);
  };
  return {
    write: (line) => {
      const match = line.length > longestCounted ? null : troubleLine.exec(line);
      if (match === null) return destination.write(line);
      const [whole, start = ''] = match;
      const rest = line.slice(whole.length);
      const repeated = counts.get(start + rest);
      if (repeated !== undefined) {
        counts.set(start + rest, repeated + 1);
        return;
      }
      begin(start, rest);
      destination.write(line);
    },
  };
}

/** What a stream may keep in memory for a reader that does not read. */
const mostBufferedBytes = 1024 * 1024;

/** The stream as a log uses it: a line that it cannot take is lost, and the next that it takes says how many were. */
export function lossy(stream: Writable): DestinationStream {
  let lost = 0;
  stream.on('error', () => {});
  return {
    write: (line) => {
      if (stream.writableLength > mostBufferedBytes) {
        lost += 1;
        return;
      }
      stream.write(line, (error) => {
        if (error instanceof Error) {
          lost += 1;
          return;
        }
        if (lost === 0) return;
        const told = `{"level":"warn","time":"${new Date().toISOString()}","lines":${lost},"msg":"log lines were lost"}\n`;
        lost = 0;
        stream.write(told);
      });
    },
  };
}
