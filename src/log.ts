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
 * reports. No line contains one of the `secrets`, in whatever form a server echoed it.
 */
export function createLog(
  level: LogLevel,
  destination: DestinationStream = process.stderr,
  secrets: readonly Secret[] = [],
): Log {
  const echoes = secrets.flatMap((secret) => formsOf(secret.reveal())).filter(({ length }) => length >= shortestEcho);
  return pino({ ...optionsFor(level), hooks: { streamWrite: (line) => withoutSecrets(line, echoes) } }, destination);
}

/** Name, message, stack and causes of a thrown value; other properties (bodies, headers) are left out. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return reasonOf(error);
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause === undefined ? {} : { cause: serializeError(cause) }) };
}
