// Starts the sandbox with the README's command, checks its page, stops it, and looks for leftovers.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SetupError, say } from './run.mjs';

const startLimitMs = 60_000;
const stopLimitMs = 15_000;
const root = join(import.meta.dirname, '..');
const directory = mkdtempSync(join(tmpdir(), 'imagecheck-sandbox-'));
const readyFile = join(directory, 'ready.json');

/**
 * @param {string} what
 * @param {number} limitMs
 * @param {() => boolean | Promise<boolean>} holds
 */
async function until(what, limitMs, holds) {
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new SetupError(`after ${limitMs / 1000} s still waiting: ${what}`);
    await wait(100);
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} url
 * @returns {Promise<boolean>}
 */
function isClosed(url) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

const npm = spawn('npm', ['run', 'sandbox', '--', '--headless', '--ready-file', readyFile], {
  cwd: root,
  stdio: 'inherit',
});
/** @type {Promise<number | null>} */
const ended = new Promise((resolve) => npm.once('exit', resolve));
try {
  let exited = false;
  void ended.then(() => (exited = true));
  await until('the ready file', startLimitMs, () => {
    if (exited) throw new SetupError('npm run sandbox ended before it was ready');
    return existsSync(readyFile);
  });
  const { page, redisUrl, pid } = JSON.parse(readFileSync(readyFile, 'utf8'));
  const response = await fetch(page);
  const html = await response.text();
  if (!response.ok || !html.includes('<html'))
    throw new SetupError(`${page} answers ${response.status} instead of a page`);
  process.kill(pid, 'SIGTERM');
  await until('the sandbox stops', stopLimitMs, () => exited && !isAlive(pid));
  await until('its page is closed', stopLimitMs, () => isClosed(page));
  if (!process.env.REDIS_URL) await until('its Redis is closed', stopLimitMs, () => isClosed(redisUrl));
  say('imagecheck: the sandbox starts, shows its page, and leaves nothing behind');
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`imagecheck: ${error.message}`);
  process.exitCode = 1;
} finally {
  npm.kill('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
}
