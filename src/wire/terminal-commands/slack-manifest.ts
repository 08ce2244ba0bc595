import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck slack-manifest` */
export const terminalSlackManifest: TerminalCommand = {
  name: 'slack-manifest',
  section: 'processes',
  overview: ['slack-manifest', 'the app manifest to create the Slack app from'],
  flags: { config: { type: 'string' }, url: { type: 'string' } },
  help: 'Usage: imagecheck slack-manifest [--config FILE] [--url https://HOST/slack/events] > manifest.json\n\n  The manifest to create the Slack app from, with the least scopes. With --url Slack calls that address (mode http).\n',
  run: async (args) => (await import('../command-line.ts')).printSlackManifest(args),
};
