import type { TerminalCommand } from '../../terminal/command.ts';
import { readingFlags, readingOptions, waitFlag } from '../../terminal/flags.ts';

/** `imagecheck check` */
export const terminalCheck: TerminalCommand = {
  name: 'check',
  section: 'questions',
  overview: ['check KIND/NAME -n NS', 'diagnose a deployment, statefulset, daemonset, job, cronjob or pod'],
  flags: { ...readingFlags, ...waitFlag, 'from-snapshot': { type: 'string' } },
  help: `Usage: imagecheck check KIND/NAME -n NAMESPACE [OPTIONS]
       imagecheck check NAME            (looked up; more than one match is listed)
       imagecheck check --from-snapshot FILE

${readingOptions}      --wait[=10m]          follow a rollout until it is Ready or fails, at most this long, then report once
      --from-snapshot FILE  the report of such a file, without any network

Exit codes: 0 healthy: what is wanted is Ready; 1 something fails; 2 usage, configuration or no such workload;
3 nothing fails, but it is not Ready yet, or what could change the answer is not known.

Examples:
  imagecheck check deployment/web -n prod
  imagecheck check deployment/web -n prod --wait=15m
  imagecheck check sts/db -n data --json | jq .status
`,
  run: async (args) => (await import('../command-line.ts')).checkWorkload(args),
};
