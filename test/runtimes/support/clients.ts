import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programOf } from './containerd.ts';
import type { Login } from './cri.ts';

/** Where a registry is, and as whom to ask it; without a login as nobody. */
export interface Site {
  /** `127.0.0.1:N`. */
  readonly address: string;
  readonly login?: Login;
}

/** What another client did; `output` is what it printed, or its error. */
export interface Done {
  readonly ok: boolean;
  readonly output: string;
}

/** Somebody else's registry client. References are `REPOSITORY:TAG` or `REPOSITORY@DIGEST` at a site. */
export interface OtherClient {
  readonly name: string;
  readonly digest: (site: Site, reference: string) => Promise<Done>;
  /** The bytes of a manifest. */
  readonly manifest: (site: Site, reference: string) => Promise<Done>;
  /** One name per line. */
  readonly tags: (site: Site, repository: string) => Promise<Done>;
  /** An image with everything in it. */
  readonly copy: (from: Site, source: string, to: Site, target: string) => Promise<Done>;
}

const execute = promisify(execFile);

async function done(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd?: string,
): Promise<Done> {
  const surroundings = { PATH: process.env['PATH'], ...env };
  try {
    const { stdout } = await execute(program, args, { env: surroundings, maxBuffer: 16_777_216, ...(cwd && { cwd }) });
    return { ok: true, output: stdout };
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { readonly stderr?: string; readonly stdout?: string };
    return { ok: false, output: `${stdout}${stderr}` };
  }
}

/** Runs with its own home directory that holds a Docker configuration for these sites. */
async function athome(
  sites: readonly Site[],
  work: (env: NodeJS.ProcessEnv, directory: string) => Promise<Done>,
): Promise<Done> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-client-'));
  try {
    const auths = sites.flatMap(({ address, login }) =>
      login === undefined
        ? []
        : [[address, { auth: Buffer.from(`${login.username}:${login.password}`).toString('base64') }]],
    );
    await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: Object.fromEntries(auths) }));
    return await work({ HOME: directory, DOCKER_CONFIG: directory, TMPDIR: directory }, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function crane(sites: readonly Site[], ...args: readonly string[]): Promise<Done> {
  return athome(sites, (env) => done(programOf('IMAGECHECK_CRANE'), args, env));
}

/** Pushes an image with one more layer than its base, as builders do; gives the reference with the digest. */
export function craneAppend(site: Site, base: string, reference: string, text: string): Promise<Done> {
  return athome([site], async (env, directory) => {
    await writeFile(join(directory, 'app'), text);
    await execute('tar', ['-cf', 'layer.tar', 'app'], { cwd: directory });
    const args = [
      'append',
      '--base',
      `${site.address}/${base}`,
      '--new_layer',
      'layer.tar',
      '--new_tag',
      `${site.address}/${reference}`,
    ];
    return done(programOf('IMAGECHECK_CRANE'), args, env, directory);
  });
}

/** Its own options name a registry and its login. */
export function regctl(sites: readonly Site[], ...args: readonly string[]): Promise<Done> {
  const hosts = sites.flatMap(({ address, login }) => {
    const account = login === undefined ? '' : `,user=${login.username},pass=${login.password}`;
    return ['--host', `reg=${address},tls=disabled${account}`];
  });
  return athome([], (env) => done(programOf('IMAGECHECK_REGCTL'), [...hosts, ...args], env));
}

function skopeo(sites: readonly Site[], command: string, ...args: readonly string[]): Promise<Done> {
  return athome(sites, (env, directory) => {
    const authFile = ['--authfile', join(directory, 'config.json')];
    return done(programOf('IMAGECHECK_SKOPEO'), ['--insecure-policy', command, ...authFile, ...args], env);
  });
}

const insecure = '--tls-verify=false';

export const otherClients: readonly OtherClient[] = [
  {
    name: 'crane',
    digest: (site, reference) => crane([site], 'digest', `${site.address}/${reference}`),
    manifest: (site, reference) => crane([site], 'manifest', `${site.address}/${reference}`),
    tags: (site, repository) => crane([site], 'ls', `${site.address}/${repository}`),
    copy: (from, source, to, target) =>
      crane([from, to], 'copy', `${from.address}/${source}`, `${to.address}/${target}`),
  },
  {
    name: 'regctl',
    digest: (site, reference) => regctl([site], 'image', 'digest', `${site.address}/${reference}`),
    manifest: (site, reference) =>
      regctl([site], 'manifest', 'get', '--format', 'raw-body', `${site.address}/${reference}`),
    tags: (site, repository) => regctl([site], 'tag', 'ls', `${site.address}/${repository}`),
    copy: (from, source, to, target) =>
      regctl([from, to], 'image', 'copy', `${from.address}/${source}`, `${to.address}/${target}`),
  },
  {
    name: 'skopeo',
    digest: async (site, reference) => {
      const { ok, output } = await skopeo(
        [site],
        'inspect',
        insecure,
        '--no-tags',
        `docker://${site.address}/${reference}`,
      );
      return { ok, output: ok ? (JSON.parse(output) as { readonly Digest: string }).Digest : output };
    },
    manifest: (site, reference) =>
      skopeo([site], 'inspect', insecure, '--raw', `docker://${site.address}/${reference}`),
    tags: async (site, repository) => {
      const { ok, output } = await skopeo([site], 'list-tags', insecure, `docker://${site.address}/${repository}`);
      return { ok, output: ok ? (JSON.parse(output) as { readonly Tags: readonly string[] }).Tags.join('\n') : output };
    },
    copy: (from, source, to, target) =>
      skopeo(
        [from, to],
        'copy',
        '--all',
        '--quiet',
        '--src-tls-verify=false',
        '--dest-tls-verify=false',
        `docker://${from.address}/${source}`,
        `docker://${to.address}/${target}`,
      ),
  },
];
