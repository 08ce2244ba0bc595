#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArguments } from './terminal/arguments.ts';
import { exitCode } from './terminal/exit-code.ts';
import { guardStreams } from './terminal/streams.ts';
import { terminalCommands } from './wire/terminal-commands/index.ts';

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
  guardStreams();
  try {
    const args = await parseArguments(process.argv.slice(2), terminalCommands);
    const command = terminalCommands.find(({ name }) => name === args.command);
    return command === undefined ? exitCode.usage : await command.run(args, terminalCommands);
  } catch (error) {
    const { explainFailure } = await import('./terminal/failure.ts');
    const { text, code } = explainFailure(error);
    process.stderr.write(text);
    return code;
  }
}

process.exitCode = await main();
