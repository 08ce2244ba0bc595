#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type CommandLine, parseArguments } from './terminal/arguments.ts';
import { exitCode } from './terminal/exit-code.ts';
import type { Streams } from './terminal/streams.ts';
import type { ServingRole } from './wire/serve.ts';

type Run = (args: CommandLine) => Promise<number>;

/** Every command, loaded only if it is used: `--help` must not wait for a Kubernetes client. */
const commands: Readonly<Record<string, Run>> = {
  check: async (args) => (await import('./wire/command-line.ts')).checkWorkload(args),
  image: async (args) => {
    if (args.flags.offline !== true && args.flags.jsonl !== true) {
      return (await import('./wire/command-line.ts')).checkImage(args);
    }
    const { referenceCommand } = await import('./terminal/reference-command.ts');
    return referenceCommand(args, await streams());
  },
  explain: async (args) => {
    const { explainCommand } = await import('./terminal/explain-command.ts');
    return explainCommand(args, await streams());
  },
  plan: async (args) => (await import('./wire/change-line.ts')).plan(args),
  fix: async (args) => (await import('./wire/change-line.ts')).fix(args),
  all: (args) => serve('all', args),
  bot: (args) => serve('bot', args),
  worker: (args) => serve('worker', args),
  sandbox: async (args) => (await import('./wire/sandbox.ts')).sandbox(args),
  rbac: async (args) => (await import('./wire/rbac.ts')).rbac(args),
  keys: async (args) => (await import('./terminal/keys.ts')).keysCommand(args, await streams()),
  audit: async (args) => (await import('./wire/audit.ts')).audit(args),
  'slack-manifest': async (args) => (await import('./wire/command-line.ts')).printSlackManifest(args),
  help: async ({ words }) => {
    const { helpText } = await import('./terminal/help.ts');
    process.stdout.write(await helpText(words[0]));
    return exitCode.healthy;
  },
  version: async () => {
    const { version } = await import('./version.ts');
    process.stdout.write(`imagecheck ${version()}\n`);
    return exitCode.healthy;
  },
};

/** A long-running process. */
async function serve(role: ServingRole, args: CommandLine): Promise<number> {
  const { startFrugally } = await import('./wire/frugal.ts');
  startFrugally();
  return (await import('./wire/serve.ts')).serve(role, args);
}

async function streams(): Promise<Streams> {
  return (await import('./terminal/streams.ts')).processStreams();
}

/** Keeps compiled code between starts, which halves the time until a check sends its first request. */
function keepCompiledCode(): void {
  try {
    enableCompileCache(join(homedir(), '.cache', 'imagecheck', 'compiled'));
  } catch {
    // A user without a home directory compiles every time.
  }
}

async function main(): Promise<number> {
  keepCompiledCode();
  try {
    const args = await parseArguments(process.argv.slice(2));
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
