import type { TerminalCommand } from '../../terminal/command.ts';
import { planningFlags, planningOptions } from '../../terminal/flags.ts';

/** `imagecheck plan` */
export const terminalPlan: TerminalCommand = {
  name: 'plan',
  section: 'questions',
  overview: ['plan REMEDY KIND/NAME', 'what a remedy would change, tried on the API server'],
  flags: planningFlags,
  help: async () => {
    const { remedyLines } = await import('../../terminal/remedy-lines.ts');
    return `Usage: imagecheck plan REMEDY KIND/NAME [WHAT] -n NAMESPACE [OPTIONS]

Shows what a remedy would change, what that costs, and the way back. The API server is asked by a dry run; nothing is
changed.

${remedyLines()}
${planningOptions}
Exit codes: 0 it can be done, 1 it should not or cannot be, 2 usage, configuration or a name that needs a choice.

Example:
  imagecheck plan set-image deployment/web web=:1.2 -n prod
`;
  },
  run: async (args) => (await import('../change-line.ts')).plan(args),
};
