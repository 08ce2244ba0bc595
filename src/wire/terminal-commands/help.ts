import type { TerminalCommand } from '../../terminal/command.ts';
import { exitCode } from '../../terminal/exit-code.ts';

/** `imagecheck help` */
export const terminalHelp: TerminalCommand = {
  name: 'help',
  section: 'about',
  overview: ['help [COMMAND]', "this text, or one command's"],
  flags: {},
  help: undefined,
  async run({ words }, commands) {
    const { helpText } = await import('../../terminal/help.ts');
    process.stdout.write(await helpText(words[0], commands));
    return exitCode.healthy;
  },
};
