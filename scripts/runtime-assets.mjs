// Finds the container runtimes and registry clients that the simulation is compared with, or builds them once.
import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasApt, installAsRoot, unpackAsUser } from './apt.mjs';
import { run, SetupError, say } from './run.mjs';
import { cacheBin, cacheDirectory, findTool, tools } from './tools.mjs';

const assets = join(import.meta.dirname, '..', 'test', 'runtimes', 'assets');

/** Programs that are built with Go, each from a small module that pins it. */
const built = [
  { name: 'containerd-2', package: 'github.com/containerd/containerd/v2/cmd/containerd', about: 'about two minutes' },
  { name: 'containerd-1.7', package: 'github.com/containerd/containerd/cmd/containerd', about: 'about a minute' },
  { name: 'crane', package: 'github.com/google/go-containerregistry/cmd/crane', about: 'some seconds' },
  { name: 'regctl', package: 'github.com/regclient/regclient/cmd/regctl', about: 'some seconds' },
];

/**
 * Paths of the programs, by the variable from which the tests read them: `IMAGECHECK_CONTAINERD_1_6` (Debian's,
 * unpacked and
 * never installed), `IMAGECHECK_CONTAINERD_1_7`, `IMAGECHECK_CONTAINERD_2`, `IMAGECHECK_CRANE`, `IMAGECHECK_REGCTL` and
 * `IMAGECHECK_SKOPEO`. A variable that is already set is kept. Throws a SetupError that says what is missing and how to
 * get it.
 * @returns {Promise<Record<string, string>>}
 */
export async function runtimeAssets() {
  /** @type {Record<string, string>} */
  const paths = {};
  for (const program of built) paths[variableOf(program.name)] = given(program.name) ?? (await build(program));
  paths['IMAGECHECK_CONTAINERD_1_6'] = given('containerd-1.6') ?? (await debianContainerd());
  paths['IMAGECHECK_SKOPEO'] = await skopeo();
  return paths;
}

/** @param {string} name */
function variableOf(name) {
  return `IMAGECHECK_${name.toUpperCase().replace(/[-.]/g, '_')}`;
}

/** @param {string} name */
function given(name) {
  const path = process.env[variableOf(name)];
  if (path === undefined || path === '') return undefined;
  if (!isExecutable(path)) throw new SetupError(`${variableOf(name)}=${path} isn't an executable file`);
  return path;
}

/** @param {typeof built[number]} program */
async function build({ name, package: source, about }) {
  const module = join(assets, name);
  const version = versionOf(module, source);
  const target = join(cacheDirectory, 'runtimes', `${name}-${version}`);
  if (isExecutable(target)) return target;
  await run('go', ['version']).catch(() => {
    throw new SetupError(
      `${name} ${version} has to be built, but Go is missing: install Go 1.26 or newer, or set ${variableOf(name)} to its path`,
    );
  });
  say(`imagecheck: building ${name} ${version} once (${about}) into ${target}`);
  mkdirSync(join(cacheDirectory, 'runtimes'), { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  try {
    const args = ['build', '-o', unfinished, '-ldflags', '-s -w', source];
    await run('go', args, { what: `building ${name} ${version}`, cwd: module });
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return target;
}

/**
 * The version that a module pins for the package.
 * @param {string} module
 * @param {string} source
 */
function versionOf(module, source) {
  const lines = readFileSync(join(module, 'go.mod'), 'utf8').split('\n');
  const found = lines
    .map((line) => /^(?:require |\t)(\S+) (v\S+)$/.exec(line))
    .find((match) => match !== null && source.startsWith(`${match[1]}/`));
  if (found?.[2] === undefined) throw new SetupError(`${module}/go.mod does not pin ${source}`);
  return found[2];
}

/** Debian's package is unpacked below the cache, so that none of its services is ever installed or started. */
async function debianContainerd() {
  const path = join(cacheBin, 'containerd');
  if (isExecutable(path)) return path;
  if (!hasApt()) {
    throw new SetupError(
      'containerd 1.6 comes from Debian, but apt is missing: set IMAGECHECK_CONTAINERD_1_6 to its path',
    );
  }
  await unpackAsUser('containerd', 'containerd');
  return path;
}

async function skopeo() {
  const tool = tools.find(({ id }) => id === 'skopeo');
  if (tool === undefined) throw new Error('skopeo is not in the list of tools');
  const found = findTool(tool);
  if (found !== undefined) return found;
  if (hasApt()) {
    if (process.getuid?.() === 0) await installAsRoot([tool.debian]);
    else await unpackAsUser(tool.debian, tool.id);
  }
  const path = findTool(tool);
  if (path === undefined)
    throw new SetupError(`skopeo is not available here; install it or set ${tool.variable} to its path`);
  return path;
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
