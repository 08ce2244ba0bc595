// The programs, besides Node, that the sandbox and the tests start, and where to find them.
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * @typedef {object} Tool
 * @property {string} id Name of the program.
 * @property {string} variable Environment variable that gives the sandbox and the tests its path.
 * @property {readonly string[]} commands Names of the executable, best first.
 * @property {string} debian Debian package.
 * @property {string} brew Homebrew formula or cask.
 * @property {readonly string[]} tests What is skipped without it.
 */

/** @type {readonly Tool[]} */
export const tools = [
  {
    id: 'redis-server',
    variable: 'IMAGECHECK_REDIS_SERVER',
    commands: ['redis-server'],
    debian: 'redis-server',
    brew: 'redis',
    tests: ['every test that needs Redis'],
  },
  {
    id: 'chromium',
    variable: 'IMAGECHECK_CHROMIUM',
    commands: ['chromium', 'google-chrome-stable', 'google-chrome'],
    debian: 'chromium',
    brew: '--cask chromium',
    tests: ['test/browser: the sandbox page in a real browser'],
  },
  {
    id: 'docker-registry',
    variable: 'IMAGECHECK_DOCKER_REGISTRY',
    commands: ['docker-registry'],
    debian: 'docker-registry',
    brew: 'distribution',
    tests: ['test/integration: the registry client against docker-registry'],
  },
  {
    id: 'htpasswd',
    variable: 'IMAGECHECK_HTPASSWD',
    commands: ['htpasswd'],
    debian: 'apache2-utils',
    brew: 'httpd',
    tests: ['test/integration: docker-registry with passwords'],
  },
  {
    id: 'skopeo',
    variable: 'IMAGECHECK_SKOPEO',
    commands: ['skopeo'],
    debian: 'skopeo',
    brew: 'skopeo',
    tests: ['test/integration: images pushed by skopeo'],
  },
  {
    id: 'openssl',
    variable: 'IMAGECHECK_OPENSSL',
    commands: ['openssl'],
    debian: 'openssl',
    brew: 'openssl',
    tests: ['every test that needs certificates'],
  },
];

/** Where things are unpacked that belong to no single checkout. */
export const cacheDirectory = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'imagecheck');

/** Where the cache's executables are. */
export const cacheBin = join(cacheDirectory, 'bin');

/**
 * The path of a tool: from its variable, else the first match in PATH, the usual directories or the cache.
 * @param {Tool} tool
 * @returns {string | undefined}
 */
export function findTool(tool) {
  const named = process.env[tool.variable];
  if (named !== undefined && named !== '') return isExecutable(named) ? named : undefined;
  const directories = [
    ...(process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== ''),
    '/usr/local/bin',
    '/usr/bin',
    '/usr/local/sbin',
    '/usr/sbin',
    '/opt/homebrew/bin',
    cacheBin,
  ];
  const candidates = tool.commands.flatMap((command) => directories.map((directory) => join(directory, command)));
  return candidates.find(isExecutable);
}

/**
 * Variables with the paths of all available tools, and a PATH that includes the cache.
 * @returns {Record<string, string>}
 */
export function toolVariables() {
  const found = tools.flatMap((tool) => {
    const path = findTool(tool);
    return path === undefined ? [] : [[tool.variable, path]];
  });
  return { ...Object.fromEntries(found), PATH: [process.env.PATH ?? '', cacheBin].join(delimiter) };
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
