// Prepares a fresh machine for `npm run sandbox` or `npm test`: needs only Node 20 and npm, no packages.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasApt, installAsRoot, unpackAsUser } from './apt.mjs';
import { preparePackages } from './packages.mjs';
import { run, SetupError, say } from './run.mjs';
import { findTool, tools, toolVariables } from './tools.mjs';

const root = join(import.meta.dirname, '..');

/**
 * What each command needs: without `required` it cannot start, without `wanted` some tests are skipped.
 * @type {Record<string, { required: readonly string[], wanted: readonly string[] }>}
 */
const needs = {
  packages: { required: [], wanted: [] },
  sandbox: { required: process.env.REDIS_URL ? [] : ['redis-server'], wanted: [] },
  bench: { required: ['redis-server'], wanted: [] },
  cluster: { required: ['redis-server'], wanted: [] },
  test: { required: ['redis-server'], wanted: ['chromium', 'docker-registry', 'htpasswd', 'skopeo', 'openssl'] },
};

/** @param {string} command */
async function prepare(command) {
  const need = needs[command];
  if (need === undefined) throw new SetupError(`usage: node scripts/bootstrap.mjs ${Object.keys(needs).join('|')}`);
  await preparePackages();
  const missing = tools.filter(
    (tool) => [...need.required, ...need.wanted].includes(tool.id) && findTool(tool) === undefined,
  );
  if (missing.length > 0) await prepareTools(missing);
  await checkRedis(need.required);
  for (const tool of missing.filter((each) => findTool(each) === undefined)) {
    if (need.required.includes(tool.id)) throw new SetupError(`${tool.id} is not available here. ${byHand([tool])}`);
    for (const test of tool.tests) say(`imagecheck: SKIPPED without ${tool.id}: ${test}`);
    if (process.env.CI === 'true') throw new SetupError(`With CI=true no test may be skipped. ${byHand([tool])}`);
  }
  writeVariables();
}

/** @param {readonly import('./tools.mjs').Tool[]} missing */
async function prepareTools(missing) {
  const named = missing.filter((tool) => process.env[tool.variable]);
  for (const tool of named) say(`imagecheck: ${tool.variable} names no executable file`);
  const wanted = missing.filter((tool) => !named.includes(tool));
  if (!hasApt()) {
    if (wanted.length > 0) say(`imagecheck: missing: ${wanted.map(({ id }) => id).join(', ')}. ${byHand(wanted)}`);
    return;
  }
  const isRoot = process.getuid?.() === 0;
  for (const tool of wanted) {
    try {
      if (isRoot) await installAsRoot([tool.debian]);
      else await unpackAsUser(tool.debian, tool.id);
    } catch (error) {
      say(`imagecheck: ${tool.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/**
 * What a person can type instead. The lines for macOS are untested.
 * @param {readonly import('./tools.mjs').Tool[]} wanted
 */
function byHand(wanted) {
  if (process.platform === 'darwin')
    return `Type (untested): ${wanted.map(({ brew }) => `brew install ${brew}`).join(' && ')}`;
  if (hasApt()) return `Type: sudo apt-get install ${wanted.map(({ debian }) => debian).join(' ')}`;
  return `Install it with your package manager: ${wanted.map(({ id }) => id).join(', ')}`;
}

/** @param {readonly string[]} required */
async function checkRedis(required) {
  const tool = tools.find(({ id }) => id === 'redis-server' && required.includes(id));
  const path = tool === undefined ? undefined : findTool(tool);
  if (path === undefined) return;
  const text = await run(path, ['--version']);
  const [, major = '0', minor = '0'] = /v=(\d+)\.(\d+)/.exec(text) ?? [];
  if (Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 2)) return;
  throw new SetupError(`${path} is Redis ${major}.${minor}; 6.2 or newer is needed`);
}

/**
 * Writes the paths where `node --env-file` reads them. Renames the file into place, because several processes may start
 * at once.
 */
function writeVariables() {
  const directory = join(root, 'node_modules', '.cache', 'imagecheck');
  mkdirSync(directory, { recursive: true });
  const { PATH: _, ...variables } = toolVariables();
  const lines = Object.entries(variables).map(([name, path]) => `${name}=${JSON.stringify(path)}\n`);
  const temporary = join(directory, `tools.env.${process.pid}`);
  writeFileSync(temporary, lines.join(''));
  renameSync(temporary, join(directory, 'tools.env'));
}

function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node;
  const major = Number.parseInt(process.versions.node, 10);
  if (major < 20) throw new SetupError(`this is Node ${process.versions.node}; ${wanted} is needed`);
}

try {
  checkNode();
  await prepare(process.argv[2] ?? '');
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`imagecheck: ${error.message}`);
  process.exitCode = 1;
}
