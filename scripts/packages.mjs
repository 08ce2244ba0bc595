// The npm packages: whether node_modules matches package-lock.json, and how to make it match.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, SetupError, say } from './run.mjs';

const root = join(import.meta.dirname, '..');
const wantedMajor = 24;

/** The Node that runs the product: the one in node_modules. */
const projectNode = join(root, 'node_modules', '.bin', 'node');

/** The Node to run the product with: this one when it is new enough, otherwise the project's own. */
export function newestNode() {
  return Number.parseInt(process.versions.node, 10) >= wantedMajor ? process.execPath : projectNode;
}

/** Installs the npm packages when they are missing or do not match the lock file. */
export async function preparePackages() {
  const why = staleReason();
  if (why !== undefined) {
    say(`imagecheck: npm packages: ${why}`);
    await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
      what: 'installing npm packages (npm ci)',
      cwd: root,
      env: { NODE_ENV: 'development' },
    });
  }
  await prepareNode();
}

/** @returns {string | undefined} */
function staleReason() {
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  const present = lockedPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined)
    throw new SetupError('package-lock.json is missing or broken: restore it from the repository');
  if (present === undefined) return 'not installed yet';
  const different = Object.entries(wanted).find(([path, { version, optional, peer }]) => {
    if (path === '' || version === undefined) return false;
    const installed = present[path];
    return installed === undefined ? optional !== true && peer !== true : installed.version !== version;
  });
  return different === undefined ? undefined : `${different[0].replace(/^node_modules\//, '')} is missing or outdated`;
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, peer?: boolean }> | undefined}
 */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The package `node` fetches its binary in an install script, which some npm settings forbid. */
async function prepareNode() {
  if (existsSync(projectNode) && (await majorOf(projectNode)) >= wantedMajor) return;
  await run('npm', ['rebuild', 'node', '--ignore-scripts=false'], {
    what: `fetching Node ${wantedMajor} (npm rebuild node)`,
    cwd: root,
  });
  if (existsSync(projectNode) && (await majorOf(projectNode)) >= wantedMajor) return;
  throw new SetupError(`npm could not install Node ${wantedMajor}; remove node_modules and try "npm ci"`);
}

/** @param {string} node */
async function majorOf(node) {
  try {
    return Number.parseInt((await run(node, ['--version'])).slice(1), 10);
  } catch {
    return 0;
  }
}
