import type { TerminalCommand } from '../../terminal/command.ts';
import { planningFlags, planningOptions } from '../../terminal/flags.ts';

/** `imagecheck fix` */
export const terminalFix: TerminalCommand = {
  name: 'fix',
  section: 'questions',
  overview: ['fix REMEDY KIND/NAME', 'the same plan, executed with your own permissions once you confirm it'],
  flags: {
    ...planningFlags,
    yes: { type: 'boolean' },
    digest: { type: 'string' },
    reason: { type: 'string' },
    'audit-file': { type: 'string' },
  },
  help: async () => {
    const { remedyLines } = await import('../../terminal/remedy-lines.ts');
    return `Usage: imagecheck fix REMEDY KIND/NAME [WHAT] -n NAMESPACE [OPTIONS]
       imagecheck fix undo ID

Shows the plan, asks, makes the plan again, and changes the cluster only when it is still the same plan; then watches
until the pods run the intended image. Everything is done with your own rights. Slack is not needed; Redis is used for
audit records when it can be reached.

${remedyLines()}
${planningOptions}      --yes                 do not ask; needs --digest, so nothing happens that was not shown
      --digest DIGEST       the digest that imagecheck plan printed at the end of the plan
      --reason TEXT         why; goes to the audit record and the Kubernetes Event
      --audit-file FILE     where audit records go, as JSON lines, when Redis cannot be reached; standard error otherwise

Exit codes: 0 done, 1 not done or not fixed, 2 usage or configuration, 3 inconclusive, 130 interrupted.

Examples:
  imagecheck fix repull deployment/web -n prod
  imagecheck fix set-image deployment/web :1.2 -n prod --yes --digest 3fa94b1c90ab@2026-11-21T12:00:00Z
`;
  },
  run: async (args) => (await import('../change-line.ts')).fix(args),
};
