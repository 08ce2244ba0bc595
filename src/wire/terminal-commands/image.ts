import type { TerminalCommand } from '../../terminal/command.ts';
import { readingFlags, readingOptions } from '../../terminal/flags.ts';

/** `imagecheck image` */
export const terminalImage: TerminalCommand = {
  name: 'image',
  section: 'questions',
  overview: ['image REF [as NS/SA]', "resolve an image as a service account's pods would"],
  flags: { ...readingFlags, offline: { type: 'boolean' }, jsonl: { type: 'boolean' } },
  help: `Usage: imagecheck image REF [as NAMESPACE/SERVICEACCOUNT] [OPTIONS]
       imagecheck image REF --offline [--json]
       imagecheck image --jsonl < LINES

Resolves an image and says whether nodes could run it. With "as" it uses that service account's pull secrets.

${readingOptions}      --offline             only parse the reference; exit 2 if it isn’t valid
      --jsonl               the same for lines {"id","input"} on standard input

Examples:
  imagecheck image ghcr.io/acme/web:1.2 as prod/default
  imagecheck image "$IMAGE" --offline --json
`,
  async run(args) {
    const { flags } = args;
    if (flags['offline'] !== true && flags['jsonl'] !== true) {
      return (await import('../command-line.ts')).checkImage(args);
    }
    const [{ referenceCommand }, { processStreams }] = await Promise.all([
      import('../../terminal/reference-command.ts'),
      import('../../terminal/streams.ts'),
    ]);
    return referenceCommand(args, processStreams());
  },
};
