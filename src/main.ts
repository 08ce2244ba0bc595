#!/usr/bin/env node
import { type Arguments, parseArguments } from './terminal/arguments.ts';
import { exitCode } from './terminal/exit-code.ts';

type Run = (args: Arguments) => Promise<number>;

/** Every command, loaded only when it is the one: `--help` must not wait for a Kubernetes client. */
const commands: Readonly<Record<string, Run>> = {
  check: async (args) => (await import('./wire/command-line.ts')).check(args),
  image: async (args) => (await import('./wire/command-line.ts')).image(args),
  explain: async (args) => (await import('./wire/command-line.ts')).explain(args),
  all: async (args) => (await import('./wire/serve.ts')).serve('all', args),
  bot: async (args) => (await import('./wire/serve.ts')).serve('bot', args),
  worker: async (args) => (await import('./wire/serve.ts')).serve('worker', args),
  sandbox: async (args) => (await import('./sandbox/run.ts')).runSandbox(args),
  'slack-manifest': async (args) => (await import('./wire/command-line.ts')).slackManifest(args),
  help: async ({ words }) => {
    const { helpText } = await import('./terminal/help.ts');
    process.stdout.write(helpText(words[0]));
    return exitCode.healthy;
  },
  version: async () => {
    const { version } = await import('./version.ts');
    process.stdout.write(`imagecheck ${version()}\n`);
    return exitCode.healthy;
  },
};

async function main(): Promise<number> {
  try {
    const args = parseArguments(process.argv.slice(2));
    const run = commands[args.command];
    return run === undefined ? exitCode.usage : await run(args);
  } catch (error) {
    const { explainFailure } = await import('./terminal/failure.ts');
    const { text, code } = explainFailure(error);
    process.stderr.write(text);
    return code;
  }
}

process.exitCode = await main();
