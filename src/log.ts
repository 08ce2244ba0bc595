import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { reasonOf } from './errors.ts';
import type { LogLevel } from './model/settings.ts';

/** Fields of a log line. Values that vary belong here, never into the message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes JSON lines. Messages are static sentences, so that lines can be counted and searched. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line has these fields. */
  child(fields: LogFields): Log;
}

/** Keys that are blotted out wherever they stand up to three levels deep: the second net behind `Secret`. */
const secretKeys = ['password', 'token', 'secret', 'authorization', 'cookie', 'auth', 'response_url', 'responseUrl'];

const options = (level: LogLevel): LoggerOptions => ({
  level,
  base: null,
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: { level: (label) => ({ level: label }) },
  redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[secret]' },
  serializers: { error: serializeError },
});

/**
 * A log that writes to standard error, or to `destination`, one JSON object a line.
 * Standard output stays free for reports.
 */
export function createLog(level: LogLevel, destination: DestinationStream = process.stderr): Log {
  return wrap(pino(options(level), destination));
}

/** A log that writes nothing. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};

function wrap(logger: Logger): Log {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}

/** Name, message, stack and causes of what was thrown; other properties (bodies, headers) are left out. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return reasonOf(error);
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause === undefined ? {} : { cause: serializeError(cause) }) };
}
