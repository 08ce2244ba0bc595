import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubeconfig } from './control-plane.ts';
import type { TestCluster } from './global-setup.ts';

/** How a program ended, with what it wrote. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; a code other than 0 is a result like any other. */
export function runProgram(
  executable: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...options.env };
    const child = execFile(executable, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr: stderr === '' && code === -1 ? (error?.message ?? '') : stderr });
    });
    // A program that does not read its input closes it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** kubectl with one cluster and one identity, with its own home directory. */
export interface Kubectl {
  readonly kubeconfig: string;
  /** Throws with what it said when it fails. */
  readonly run: (args: readonly string[], input?: string) => Promise<string>;
  readonly try: (args: readonly string[], input?: string) => Promise<Ended>;
  readonly close: () => Promise<void>;
}

/** Opens the kubectl of the run, for its cluster as this identity, or for another server. */
export async function openKubectl(
  { kubectl: executable, directory }: Pick<TestCluster, 'kubectl' | 'directory'>,
  server: { readonly url: string; readonly caPem: string; readonly token: string },
): Promise<Kubectl> {
  const home = await mkdtemp(join(directory, 'kubectl-'));
  const file = join(home, 'kubeconfig.yaml');
  await writeFile(file, kubeconfig(server), { mode: 0o600 });
  const attempt = (args: readonly string[], input?: string): Promise<Ended> =>
    runProgram(executable, ['--kubeconfig', file, ...args], {
      env: { HOME: home, KUBECONFIG: file },
      ...(input === undefined ? {} : { input }),
    });
  return {
    kubeconfig: file,
    try: attempt,
    run: async (args, input) => {
      const { code, stdout, stderr } = await attempt(args, input);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
      return stdout;
    },
    close: () => rm(home, { recursive: true, force: true }),
  };
}
