import { UserError } from '../errors.ts';
import { nearestNames } from '../model/text/nearest-names.ts';
import type { TerminalCommand } from './command.ts';

/** Help for the command line, or for one command. Throws a `UserError` for an unknown command. */
export async function helpText(topic: string | undefined, commands: readonly TerminalCommand[]): Promise<string> {
  if (topic === undefined) return overview(commands);
  const command = commands.find(({ name }) => name === topic);
  if (command !== undefined) {
    const { help = overview(commands) } = command;
    return typeof help === 'string' ? help : await help();
  }
  const topics = commands.filter(({ help }) => help !== undefined).map(({ name }) => name);
  const [near] = nearestNames(topic, topics, 1);
  throw new UserError(`no command ${topic}.`, {
    remedy: near === undefined ? 'imagecheck help lists them.' : `Did you mean imagecheck help ${near}?`,
  });
}

function overview(commands: readonly TerminalCommand[]): string {
  const linesOf = (wanted: TerminalCommand['section']): string =>
    commands
      .filter(({ section }) => section === wanted)
      .map(({ overview: [typed, meaning] }) => `  ${typed.padEnd(25)} ${meaning}\n`)
      .join('');
  return `imagecheck finds out why a container image isn't running in Kubernetes.

Usage: imagecheck COMMAND [ARGUMENTS] [OPTIONS]

${linesOf('questions')}
${linesOf('processes')}
${linesOf('about')}
Exit codes: 0 healthy, 1 problems found, 2 usage or configuration, 3 not Ready yet or inconclusive.
`;
}
