// Finds the binaries of a Kubernetes control plane, or builds them once: no container and no release download.
import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasApt, installAsRoot, unpackAsUser } from './apt.mjs';
import { run, SetupError, say } from './run.mjs';
import { cacheDirectory, findTool } from './tools.mjs';

const commands = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];
const etcd = {
  id: 'etcd',
  variable: 'IMAGECHECK_ETCD',
  commands: ['etcd'],
  debian: 'etcd-server',
  brew: 'etcd',
  tests: ['test/cluster'],
};

/**
 * Paths of the control plane's programs for a minor version, such as `1.36`: from KUBEBUILDER_ASSETS (the convention of
 * envtest), from the cache, or built with Go. Throws a SetupError that says what is missing and how to get it.
 * @param {string} minor
 * @returns {Promise<Record<string, string>>}
 */
export async function clusterAssets(minor) {
  const given = process.env.KUBEBUILDER_ASSETS;
  if (given !== undefined && given !== '') {
    const missing = [...commands, 'etcd'].filter((name) => !isExecutable(join(given, name)));
    if (missing.length > 0) throw new SetupError(`KUBEBUILDER_ASSETS=${given} lacks ${missing.join(', ')}`);
    return Object.fromEntries([...commands, 'etcd'].map((name) => [name, join(given, name)]));
  }
  const directory = await builtFor(minor);
  return { ...Object.fromEntries(commands.map((name) => [name, join(directory, name)])), etcd: await etcdPath() };
}

/** @param {string} minor */
async function builtFor(minor) {
  const source = join(import.meta.dirname, '..', 'test', 'cluster', 'assets', minor);
  const version = versionOf(source, minor);
  const directory = join(cacheDirectory, 'kubernetes', version);
  if (commands.every((name) => isExecutable(join(directory, name)))) return directory;
  await run('go', ['version']).catch(() => {
    throw new SetupError(
      `the control plane of Kubernetes ${version} has to be built, but Go is missing: install Go 1.26 or newer, set KUBEBUILDER_ASSETS to a directory with ${commands.join(', ')} and etcd, or set IMAGECHECK_TEST_KUBECONFIG to a cluster`,
    );
  });
  say(`imagecheck: building Kubernetes ${version} once (about six minutes on two cores) into ${directory}`);
  const unfinished = `${directory}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const [major = '', minorNumber = ''] = version.slice(1).split('.');
  const stamp = 'k8s.io/component-base/version';
  const flags = `-s -w -X ${stamp}.gitVersion=${version} -X ${stamp}.gitMajor=${major} -X ${stamp}.gitMinor=${minorNumber}`;
  try {
    for (const name of commands) {
      const args = ['build', '-o', join(unfinished, name), '-ldflags', flags, `k8s.io/kubernetes/cmd/${name}`];
      await run('go', args, { what: `building ${name} ${version}`, cwd: source, env: { GOFLAGS: '-mod=mod' } });
    }
    rmSync(directory, { recursive: true, force: true });
    renameSync(unfinished, directory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return directory;
}

/**
 * @param {string} source
 * @param {string} minor
 */
function versionOf(source, minor) {
  let text = '';
  try {
    text = readFileSync(join(source, 'go.mod'), 'utf8');
  } catch {
    throw new SetupError(
      `there is no pinned Kubernetes ${minor}; test/cluster/assets has a directory for each pinned version`,
    );
  }
  const version = /^require k8s\.io\/kubernetes (v\S+)$/m.exec(text)?.[1];
  if (version === undefined) throw new SetupError(`${source}/go.mod does not require k8s.io/kubernetes`);
  return version;
}

async function etcdPath() {
  const found = findTool(etcd);
  if (found !== undefined) return found;
  if (hasApt()) {
    if (process.getuid?.() === 0) await installAsRoot([etcd.debian]);
    else await unpackAsUser(etcd.debian, etcd.id);
  }
  const path = findTool(etcd);
  if (path === undefined)
    throw new SetupError('etcd is not available here; install it or set IMAGECHECK_ETCD to its path');
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
