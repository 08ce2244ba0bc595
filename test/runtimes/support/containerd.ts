import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arch } from 'node:process';
import { promisify } from 'node:util';
import type { Surroundings } from '../../support/pulls/world.ts';
import { type Cri, connectCri } from './cri.ts';

/** A containerd of its own: its root, state, sockets and registry settings are below one temporary directory. */
export interface Containerd {
  readonly version: string;
  /** Where its content and snapshots are, to be damaged. */
  readonly root: string;
  readonly cri: Cri;
  readonly stop: () => Promise<void>;
}

/**
 * Which composition of errors it is asked for (docs/facts/runtimes.md#pull-errors): before 2.1 there is only the local
 * pull.
 */
export type PullPath = 'local' | 'transfer';

/** Where a host's images are: mirrors first, the registry itself last; `https://` ones may name a CA to trust. */
export interface HostSettings {
  readonly server: string;
  readonly mirrors?: readonly string[];
  readonly caFile?: string;
}

/** The path that scripts/runtime-assets.mjs put into a variable. */
export function programOf(variable: string): string {
  const program = process.env[variable];
  if (program === undefined) throw new Error(`${variable} is not set: run the tests by \`npm run test:runtimes\``);
  return program;
}

/** The settings for hosts that are where these say. */
export function hostsOf({ endpoints, mirrors }: Surroundings): Readonly<Record<string, HostSettings>> {
  const settings = Object.entries(endpoints).map(([host, server]) => {
    const mirror = mirrors[host];
    return [host, { server, ...(mirror === undefined ? {} : { mirrors: [mirror] }) }] as const;
  });
  return Object.fromEntries(settings);
}

const execute = promisify(execFile);
const readyWithinMs = 30_000;

/** Starts it; `hosts` are image hosts as `hosts.toml` knows them. Needs root, or user namespaces. */
export async function startContainerd(
  program: string,
  path: PullPath,
  hosts: Readonly<Record<string, HostSettings>>,
): Promise<Containerd> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-containerd-'));
  const socket = join(directory, 'containerd.sock');
  await writeHosts(join(directory, 'certs.d'), hosts);
  await writeFile(join(directory, 'config.toml'), await configuration(program, directory, path));
  const settings = ['--config', join(directory, 'config.toml')];
  const isRoot = process.getuid?.() === 0;
  const child = spawn(isRoot ? program : 'unshare', isRoot ? settings : [...asRoot, program, ...settings], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: directory, GODEBUG: 'netdns=go' },
  });
  const log = join(directory, 'log');
  child.stderr.pipe(createWriteStream(log));
  const cri = connectCri(socket);
  const stop = async () => {
    cri.close();
    await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    return { version: await ready(cri, child, log), root: join(directory, 'root'), cri, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Who is not root becomes it in a user namespace: unpacking layers mounts, and gives files to others. */
const asRoot = ['--map-root-user', '--mount'];

async function ready(cri: Cri, child: ChildProcess, log: string): Promise<string> {
  const until = Date.now() + readyWithinMs;
  for (;;) {
    try {
      return await cri.version();
    } catch (error) {
      if (child.exitCode === null && Date.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      throw new Error(`containerd does not answer:\n${(await readFile(log, 'utf8')).slice(-4_000)}`, { cause: error });
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(killer);
}

async function writeHosts(directory: string, hosts: Readonly<Record<string, HostSettings>>): Promise<void> {
  for (const [host, { server, mirrors = [], caFile }] of Object.entries(hosts)) {
    await mkdir(join(directory, host), { recursive: true });
    const lines = [
      `server = "${server}"`,
      ...(caFile === undefined ? [] : [`ca = "${caFile}"`]),
      // containerd 1.6 ignores a file without this table.
      '[host]',
      ...mirrors.flatMap((mirror) => [`[host."${mirror}"]`, 'capabilities = ["pull", "resolve"]']),
      '',
    ];
    await writeFile(join(directory, host, 'hosts.toml'), lines.join('\n'));
  }
}

/** No container runs, so nothing is configured but where images come from and that no directory is shared. */
async function configuration(program: string, directory: string, path: PullPath): Promise<string> {
  const { stdout } = await execute(program, ['--version']);
  const isOne = / v?1\.\d+\.\d+/.test(stdout);
  const lines = [
    `version = ${isOne ? 2 : 3}`,
    `root = "${directory}/root"`,
    `state = "${directory}/state"`,
    'disabled_plugins = ["io.containerd.nri.v1.nri"]',
    '[grpc]',
    `address = "${directory}/containerd.sock"`,
    '[ttrpc]',
    `address = "${directory}/containerd.sock.ttrpc"`,
    ...(isOne ? criOfOne(directory) : criOfTwo(directory, path)),
    '',
  ];
  return lines.join('\n');
}

function criOfOne(directory: string): readonly string[] {
  return [
    '[plugins."io.containerd.grpc.v1.cri".containerd]',
    'snapshotter = "native"',
    '[plugins."io.containerd.grpc.v1.cri".registry]',
    `config_path = "${directory}/certs.d"`,
    '[plugins."io.containerd.grpc.v1.cri".cni]',
    `conf_dir = "${directory}/cni"`,
  ];
}

/** Without an `unpack_config` every pull of the transfer service ends in "no unpack platforms defined". */
function criOfTwo(directory: string, path: PullPath): readonly string[] {
  return [
    "[plugins.'io.containerd.cri.v1.images']",
    'snapshotter = "native"',
    `use_local_image_pull = ${path === 'local'}`,
    "[plugins.'io.containerd.cri.v1.images'.registry]",
    `config_path = "${directory}/certs.d"`,
    "[plugins.'io.containerd.cri.v1.runtime'.cni]",
    `conf_dir = "${directory}/cni"`,
    "[[plugins.'io.containerd.transfer.v1.local'.unpack_config]]",
    `platform = "linux/${arch === 'x64' ? 'amd64' : arch}"`,
    'snapshotter = "native"',
  ];
}
