#!/usr/bin/env node
// The `imagecheck` command: finds the product and a Node that can run it, and hands over to them.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const wantedMajor = 24;
const root = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..');
const source = join(root, 'src', 'main.ts');
const entry = existsSync(source) ? source : join(root, 'dist', 'main.js');

/** Where compiled code is cached between starts; src/main.ts uses the same place. */
function compiledDirectory() {
  try {
    return join(homedir(), '.cache', 'imagecheck', 'compiled');
  } catch {
    // A user without a home directory compiles every time.
    return undefined;
  }
}

/** @param {string} message */
function fail(message) {
  process.stderr.write(`imagecheck: ${message}\n`);
  process.exitCode = 2;
}

/** A newer Node that npm installed beside the product. */
function installedNode() {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('node/package.json');
    const binary = join(dirname(manifest), 'bin', 'node');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} node */
function start(node) {
  const compiled = compiledDirectory();
  const cache = compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled };
  const env = { ...cache, ...process.env };
  const child = spawn(node, [entry, ...process.argv.slice(2)], { stdio: 'inherit', env });
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) {
    process.on(signal, () => {
      // A terminal also sends Ctrl-C to the child.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once('error', (error) => fail(`${node} cannot be started: ${error.message}`));
  child.once('exit', (code, signal) => {
    for (const each of signals) process.removeAllListeners(each);
    if (signal === null) process.exitCode = code ?? 2;
    else process.kill(process.pid, signal);
  });
}

if (!existsSync(entry)) fail('src/main.ts and dist/main.js are both missing; reinstall the package');
else if (Number.parseInt(process.versions.node, 10) >= wantedMajor) {
  process.argv[1] = entry;
  await import(pathToFileURL(entry).href);
} else {
  const node = installedNode();
  if (node !== undefined) start(node);
  else if (entry === source) fail('the npm packages are missing; type "npm ci" once');
  else
    fail(
      `this is Node ${process.versions.node}; Node ${wantedMajor} is needed; install it, or add the npm package node@${wantedMajor}`,
    );
}
