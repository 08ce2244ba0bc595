import type { TerminalCommand } from '../../terminal/command.ts';
import { exitCode } from '../../terminal/exit-code.ts';

/** `imagecheck version` */
export const terminalVersion: TerminalCommand = {
  name: 'version',
  section: 'about',
  overview: ['--version', 'the version'],
  flags: {},
  help: undefined,
  async run() {
    const { version } = await import('../../version.ts');
    process.stdout.write(`imagecheck ${version()}\n`);
    return exitCode.healthy;
  },
};
