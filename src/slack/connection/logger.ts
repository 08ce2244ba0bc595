import { type Logger as BoltLogger, LogLevel } from '@slack/bolt';
import type { Logger } from 'pino';
import { reasonOf } from '../../errors.ts';

export type SlackLog = Pick<Logger, 'info' | 'warn' | 'error'>;

/**
 * Routes the logs of Slack's packages into ours. At debug level they contain whole payloads (tokens, response URLs,
 * people's texts), so that level is dropped, whatever level is configured.
 */
export function createBoltLogger(log: SlackLog): BoltLogger {
  return {
    debug: () => {},
    info: (...parts) => log.info(textOf(parts)),
    warn: (...parts) => log.warn(textOf(parts)),
    error: (...parts) => log.error(textOf(parts)),
    getLevel: () => LogLevel.INFO,
    setLevel: () => {},
    setName: () => {},
  };
}

function textOf(parts: readonly unknown[]): string {
  const text = parts.map((part) => (typeof part === 'string' ? part : reasonOf(part))).join(' ');
  return `Slack: ${text}`.slice(0, 500);
}

/** Where an error came from. Never the error itself: Slack's errors contain whole answers and addresses. */
export function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
