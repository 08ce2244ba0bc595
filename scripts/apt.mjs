// Debian packages: installed if run as root, otherwise unpacked below the cache with a user's rights.
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run, say } from './run.mjs';
import { cacheBin, cacheDirectory } from './tools.mjs';

const unpacked = join(cacheDirectory, 'debian');
const updating = 'reading the package lists (apt-get update)';

/**
 * @returns {boolean} Whether apt is available on this machine.
 */
export function hasApt() {
  return existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg');
}

/**
 * Installs packages as root. The package lists are fetched only when the first attempt needs them.
 * RUNLEVEL keeps the packages' own services from starting.
 * @param {readonly string[]} packages
 */
export async function installAsRoot(packages) {
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = ['-y', '-o', 'DPkg::Lock::Timeout=300', 'install', '--no-install-recommends', ...packages];
  const what = `installing ${packages.join(', ')} (apt-get)`;
  try {
    await run('apt-get', install, { what, env });
  } catch {
    await run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', 'update'], { what: updating, env });
    await run('apt-get', install, { what, env });
  }
}

/** @type {Promise<readonly string[]> | undefined} */
let lists;

/**
 * Unpacks a package and its dependencies into the cache, and writes a launcher for one of its programs.
 * Touches nothing outside the cache and needs no special rights.
 * @param {string} name
 * @param {string} command
 */
export async function unpackAsUser(name, command) {
  lists ??= privateLists();
  const options = await lists;
  const planned = await run('apt-get', [...options, '-s', 'install', '--no-install-recommends', name]);
  const wanted = [...planned.matchAll(/^Inst (\S+) .*?\((\S+) /gm)].map(([, each, version]) => `${each}=${version}`);
  const archives = join(cacheDirectory, 'archives', name);
  mkdirSync(archives, { recursive: true });
  const what = `fetching ${name} (${wanted.length} packages, apt-get download)`;
  await run('apt-get', [...options, 'download', ...wanted], { what, cwd: archives });
  const directory = join(unpacked, name);
  mkdirSync(directory, { recursive: true });
  for (const archive of readdirSync(archives)) await run('dpkg', ['-x', join(archives, archive), directory]);
  rmSync(archives, { recursive: true, force: true });
  writeStarter(directory, command);
  say(`imagecheck: ${name} is unpacked below ${directory}`);
}

/**
 * apt's own lists if the user may read them and they contain packages, otherwise lists fetched into the cache.
 * @returns {Promise<readonly string[]>}
 */
async function privateLists() {
  const known = await run('apt-cache', ['policy', 'redis-server']).catch(() => '');
  const archives = ['-o', `Dir::Cache=${join(cacheDirectory, 'apt')}`, '-o', 'Debug::NoLocking=1'];
  mkdirSync(join(cacheDirectory, 'apt', 'archives', 'partial'), { recursive: true });
  if (/Candidate: \d/.test(known)) return archives;
  const own = join(cacheDirectory, 'apt', 'lists');
  mkdirSync(join(own, 'partial'), { recursive: true });
  const options = [...archives, '-o', `Dir::State::lists=${own}`];
  await run('apt-get', [...options, 'update'], { what: updating });
  return options;
}

/** Files that programs look for in a fixed place, and the variable that overrides it. */
const movedFiles = [
  { variable: 'FONTCONFIG_FILE', usual: '/etc/fonts/fonts.conf', moved: 'fonts.conf' },
  { variable: 'OPENSSL_CONF', usual: '/usr/lib/ssl/openssl.cnf', moved: 'etc/ssl/openssl.cnf' },
];

/**
 * A shell script that starts a program from an unpacked tree with the tree's libraries. Only this program sees them.
 * @param {string} directory
 * @param {string} command
 */
function writeStarter(directory, command) {
  const program = programOf(directory, command);
  if (program === undefined) throw new Error(`${command} is not in the unpacked packages`);
  writeFontSettings(directory);
  const libraries = libraryDirectories(directory).join(':');
  const lines = [
    '#!/bin/sh',
    `LD_LIBRARY_PATH='${libraries}'"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    'export LD_LIBRARY_PATH',
    ...movedFiles.flatMap(({ variable, usual, moved }) =>
      existsSync(usual) || !existsSync(join(directory, moved))
        ? []
        : [`${variable}='${join(directory, moved)}'`, `export ${variable}`],
    ),
    `exec '${program}' "$@"`,
    '',
  ];
  mkdirSync(cacheBin, { recursive: true });
  const starter = join(cacheBin, command);
  rmSync(starter, { force: true });
  writeFileSync(starter, lines.join('\n'));
  chmodSync(starter, 0o755);
}

/**
 * The fonts of an unpacked tree, for a machine without fonts.
 * @param {string} directory
 */
function writeFontSettings(directory) {
  const fonts = join(directory, 'usr', 'share', 'fonts');
  if (!existsSync(fonts)) return;
  const lines = [
    '<?xml version="1.0"?>',
    '<fontconfig>',
    `  <dir>${fonts}</dir>`,
    `  <cachedir>${join(cacheDirectory, 'fontconfig')}</cachedir>`,
    '</fontconfig>',
    '',
  ];
  writeFileSync(join(directory, 'fonts.conf'), lines.join('\n'));
}

/**
 * The program itself: some packages put a script with absolute paths into usr/bin and the program itself into usr/lib.
 * @param {string} directory
 * @param {string} command
 */
function programOf(directory, command) {
  const candidates = [
    join(directory, 'usr', 'lib', command, command),
    join(directory, 'usr', 'bin', command),
    join(directory, 'usr', 'sbin', command),
  ];
  return candidates.find((candidate) => existsSync(candidate));
}

/**
 * @param {string} directory
 * @returns {string[]}
 */
function libraryDirectories(directory) {
  const bases = [join(directory, 'usr', 'lib'), join(directory, 'lib')].filter((base) => existsSync(base));
  const nested = bases.flatMap((base) =>
    readdirSync(base, { recursive: true, withFileTypes: true })
      .filter((entry) => /\.so(\.|$)/.test(entry.name))
      .map((entry) => entry.parentPath),
  );
  return [...new Set(nested)].filter(
    (each) => /linux-gnu[^/]*(\/(pulseaudio|blas|lapack))?$/.test(each) || basename(each) === 'lib',
  );
}
