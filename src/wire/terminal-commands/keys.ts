import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck keys` */
export const terminalKeys: TerminalCommand = {
  name: 'keys',
  section: 'processes',
  overview: ['keys', 'a new pair of keys: the bot signs approvals, workers verify them'],
  flags: { json: { type: 'boolean' } },
  help: `Usage: imagecheck keys [--json]

  Makes a new pair of Ed25519 keys and prints it: the private key for the bot's Secret, the public key for the
  configuration of every worker, and how keys are changed. Nothing is written or kept.

      --json                {"variable","privateKey","publicKey"}
`,
  async run(args) {
    const [{ keysCommand }, { processStreams }] = await Promise.all([
      import('../../terminal/keys.ts'),
      import('../../terminal/streams.ts'),
    ]);
    return keysCommand(args, processStreams());
  },
};
