import { sandboxEnvironment } from '../config.ts';
import { UserError } from '../errors.ts';
import { runSandbox } from '../sandbox/run.ts';
import { type CommandLine, textFlag } from '../terminal/command.ts';

type Flag = 'headless' | 'ready-file' | 'port' | 'kubeconfig';

/** `imagecheck sandbox`: the simulated world, until it is stopped. */
export async function sandbox({ flags }: CommandLine<Flag>): Promise<number> {
  const readyFile = textFlag(flags, 'ready-file');
  const port = textFlag(flags, 'port');
  const kubeconfig = textFlag(flags, 'kubeconfig');
  return runSandbox({
    ...sandboxEnvironment(),
    headless: flags.headless === true,
    ...(readyFile === undefined ? {} : { readyFile }),
    ...(port === undefined ? {} : { port: portOf(port) }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UserError(`${text} isn’t a port.`, { remedy: 'Pass a number from 0 (any free port) to 65535.' });
}
