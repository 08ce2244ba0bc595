import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck bot` */
export const terminalBot: TerminalCommand = {
  name: 'bot',
  section: 'processes',
  overview: ['bot', 'the Slack side only: no cluster permissions'],
  flags: { config: { type: 'string' } },
  help: 'Usage: imagecheck bot [--config FILE]\n\n  The Slack side. Needs SLACK_BOT_TOKEN, SLACK_APP_TOKEN (or SLACK_SIGNING_SECRET) and REDIS_URL.\n',
  async run(args) {
    (await import('../frugal.ts')).startFrugally();
    return (await import('../serve.ts')).serve('bot', args);
  },
};
