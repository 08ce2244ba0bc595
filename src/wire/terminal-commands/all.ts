import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck all` */
export const terminalAll: TerminalCommand = {
  name: 'all',
  section: 'processes',
  overview: ['all', 'Slack bot and worker in one process'],
  flags: { config: { type: 'string' } },
  help: 'Usage: imagecheck all [--config FILE]\n\n  Bot and worker in one process, for small installations.\n',
  async run(args) {
    (await import('../frugal.ts')).startFrugally();
    return (await import('../serve.ts')).serve('all', args);
  },
};
