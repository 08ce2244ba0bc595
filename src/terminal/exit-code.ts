import type { Report } from '../model/report.ts';

/** Exit codes of the command line (design section 2): they follow the report, so that a pipeline can decide on them. */
export const exitCode = { healthy: 0, problems: 1, usage: 2, unknown: 3 } as const;

/** 1 with a `fail` (with `strict` also a `warn`), 3 when nothing failed but the answer is open, 0 otherwise. */
export function exitCodeOf({ status, findings }: Pick<Report, 'status' | 'findings'>, strict: boolean): number {
  if (status === 'problems') return exitCode.problems;
  if (strict && findings.some((finding) => finding.status === 'warn')) return exitCode.problems;
  return status === 'unknown' ? exitCode.unknown : exitCode.healthy;
}
