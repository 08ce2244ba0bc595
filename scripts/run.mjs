// Runs programs that take a while: says so, hides their output, and shows its end if they fail.
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';

/** Something that a person has to change; shown as it is, without a stack trace. */
export class SetupError extends Error {}

const shownLines = 8;
const reminderMs = 10_000;

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a program to its end and returns its standard output; throws a SetupError when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ readonly what?: string, readonly cwd?: string, readonly env?: Readonly<Record<string, string | undefined>>
 * }} [options]
 * `what` is printed at the start, and again with the elapsed seconds while the program runs.
 * @returns {Promise<string>}
 */
export async function run(command, args, { what, cwd, env } = {}) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  if (what !== undefined) say(`imagecheck: ${what} …`);
  const reminder = setInterval(() => {
    if (what !== undefined) say(`imagecheck: ${what} … still running after ${seconds()} s`);
  }, reminderMs);
  try {
    const { code, stdout, output } = await finished(command, args, { cwd, env });
    if (code === 0) {
      if (what !== undefined) say(`imagecheck: ${what}: done in ${seconds()} s`);
      return stdout;
    }
    const end = shortened(output).join('\n  ');
    throw new SetupError(`"${[command, ...args].join(' ').slice(0, 200)}" failed (${code}):\n  ${end}`);
  } finally {
    clearInterval(reminder);
  }
}

/**
 * The first and the last lines: some programs print the reason above their usage, others below their progress.
 * @param {string} output
 * @returns {string[]}
 */
function shortened(output) {
  const lines = output.split('\n').filter((line) => /\w/.test(line) && line.trim() !== 'npm error');
  if (lines.length <= 2 * shownLines) return lines;
  return [...lines.slice(0, shownLines), '…', ...lines.slice(-shownLines)];
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ readonly cwd: string | undefined, readonly env: Readonly<Record<string, string | undefined>> | undefined }} options
 * @returns {Promise<{ code: number | string, stdout: string, output: string }>}
 */
function finished(command, args, { cwd, env }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...withoutLocalBin(process.env), ...env },
    });
    let stdout = '';
    let output = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', (error) => resolve({ code: 'not started', stdout, output: error.message }));
    child.once('close', (code, signal) => resolve({ code: code ?? signal ?? 'ended', stdout, output }));
  });
}

/**
 * npm puts node_modules/.bin first; installing must not run on a Node that it is about to replace.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
function withoutLocalBin(env) {
  const directories = (env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => !/node_modules[/\\]\.bin$/.test(directory));
  return { ...env, PATH: directories.join(delimiter) };
}
