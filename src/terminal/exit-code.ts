import type { Report } from '../model/finding/report.ts';

/** Exit codes of the command line: they follow the report, so that a pipeline can decide on them. */
export const exitCode = {
  healthy: 0,
  problems: 1,
  /** A mistake in the command or the configuration; also a name that does not exist, or that is ambiguous. */
  usage: 2,
  /** Nothing failed, but what is wanted is not Ready yet, or a missing fact could change the answer. */
  unknown: 3,
  /** Ended by Ctrl-C before there was an answer, as a shell counts it: 128 + SIGINT. */
  interrupted: 130,
} as const;

/** 1 with a `fail` (with `strict` also a `warn`), 3 if nothing failed but it is not Ready yet or inconclusive, 0 otherwise. */
export function exitCodeOf({ status, findings }: Pick<Report, 'status' | 'findings'>, strict: boolean): number {
  if (status === 'problems') return exitCode.problems;
  if (strict && findings.some((finding) => finding.status === 'warn')) return exitCode.problems;
  return status === 'healthy' ? exitCode.healthy : exitCode.unknown;
}
