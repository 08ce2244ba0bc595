import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Surroundings } from '../../support/pulls/world.ts';
import type { Login } from './cri.ts';

/** What a run of skopeo ended with; `problem` is the message of its fatal line. */
export type SkopeoResult =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly problem: string };

/** skopeo, told by a `registries.conf` of its own where the image hosts are. */
export interface Skopeo {
  readonly version: string;
  readonly run: (args: readonly string[], login?: Login, policy?: string) => Promise<SkopeoResult>;
  /** Pulls everything of an image, as CRI-O does with the same library. */
  readonly pull: (image: string, login?: Login) => Promise<SkopeoResult>;
  readonly stop: () => Promise<void>;
}

const execute = promisify(execFile);

export async function openSkopeo(program: string, surroundings: Surroundings): Promise<Skopeo> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-skopeo-'));
  const configuration = join(directory, 'registries.conf');
  await writeFile(configuration, registriesOf(surroundings));
  const { stdout } = await execute(program, ['--version']);
  let count = 0;
  const next = (name: string) => {
    count += 1;
    return join(directory, `${name}-${count}`);
  };
  const run: Skopeo['run'] = async ([command = '', ...args], login, policy) => {
    const authFile = next('auth');
    await writeFile(authFile, authsFor(surroundings, login));
    const trust = policy === undefined ? ['--insecure-policy'] : ['--policy', policy];
    const all = ['--registries-conf', configuration, ...trust, '--command-timeout', '60s', command];
    const env = { PATH: process.env['PATH'], HOME: directory, TMPDIR: directory };
    try {
      const done = await execute(program, [...all, '--authfile', authFile, ...args], { env });
      return { ok: true, output: done.stdout };
    } catch (error) {
      return { ok: false, problem: fatal((error as { readonly stderr?: string }).stderr ?? String(error)) };
    }
  };
  return {
    version: /(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? stdout.trim(),
    run,
    pull: (image, login) => run(['copy', '--quiet', `docker://${image}`, `dir:${next('image')}`], login),
    stop: () => rm(directory, { recursive: true, force: true }),
  };
}

function registriesOf({ endpoints, mirrors }: Surroundings): string {
  return Object.entries(endpoints)
    .map(([host, url]) => {
      const mirror = mirrors[host];
      const lines = ['[[registry]]', `prefix = "${host}"`, ...locationOf(url)];
      return [...lines, ...(mirror === undefined ? [] : ['[[registry.mirror]]', ...locationOf(mirror)]), ''].join('\n');
    })
    .join('\n');
}

function locationOf(url: string): readonly string[] {
  const { host, protocol } = new URL(url);
  return [`location = "${host}"`, `insecure = ${protocol === 'http:'}`];
}

/** Credentials belong to where a host really is; skopeo sends those of its options to no other place. */
function authsFor({ endpoints }: Surroundings, login: Login | undefined): string {
  if (login === undefined) return '{"auths":{}}';
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  return JSON.stringify({
    auths: Object.fromEntries(Object.values(endpoints).map((url) => [new URL(url).host, { auth }])),
  });
}

/** The message of `level=fatal msg="…"`, which is quoted as Go quotes. */
function fatal(output: string): string {
  const [, quoted, bare] = /level=fatal msg=(?:("(?:[^"\\]|\\.)*")|(\S+))/s.exec(output) ?? [];
  return quoted === undefined ? (bare ?? output) : String(JSON.parse(quoted.replaceAll("\\'", "'")));
}
