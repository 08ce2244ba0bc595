import type { Cause } from '../model/finding/cause.ts';
import type { Confidence } from '../model/finding/finding.ts';
import { firstMatch } from './explain.ts';
import { rules } from './rules/index.ts';
import { readMessage } from './rules/message.ts';

/** A line of a container's log that is about images, registries or their credentials. */
export interface LogPattern {
  /** The rule that matched: `exec-format`, `aws-no-credentials`. */
  readonly id: string;
  readonly cause: Cause;
  readonly confidence: Confidence;
  /** What to do about this particular line, if it says more than its cause. */
  readonly next?: string;
}

const longestLine = 4_000;
const known = rules.filter((rule) => rule.inLogs === true);

/**
 * The pattern that a line of a container's log matches. Only such lines may leave a worker
 * (docs/architecture.md#promises), so a line of the application itself gives undefined. The line is matched without its
 * timestamp and cut to 4,000 characters.
 */
export function matchLogLine(line: string): LogPattern | undefined {
  const found = firstMatch(readMessage(line.slice(0, longestLine)), known);
  if (found === undefined) return undefined;
  const { cause, confidence, next } = found.conclusion;
  return { id: found.rule.id, cause, confidence, ...(next === undefined ? {} : { next }) };
}
