import { EventEmitter } from 'node:events';
import type { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLog, lossy } from '../src/log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function capture() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

it('trouble that repeats is written once, then once a minute with its count', () => {
  const { log, lines } = capture();
  for (let second = 0; second < 150; second += 1) {
    for (let time = 0; time < 20; time += 1) log.warn({ reason: 'NOPERM' }, 'queue error');
    vi.advanceTimersByTime(1000);
  }
  expect(lines.map(({ repeated }) => repeated)).toEqual([undefined, 1199, 1200]);
  expect(lines[1]).toMatchObject({ level: 'warn', reason: 'NOPERM', msg: 'queue error' });
  vi.advanceTimersByTime(10 * 60_000);
  log.warn({ reason: 'NOPERM' }, 'queue error');
  expect(lines.length).toBe(5);
  expect(lines.at(-1)).not.toHaveProperty('repeated');
});

it('lines that differ, and what is no trouble, are all written', () => {
  const { log, lines } = capture();
  for (const approval of ['A', 'B']) log.error({ approval }, 'could not resume a change');
  for (let time = 0; time < 3; time += 1) log.info('ready');
  expect(lines.length).toBe(5);
});

it('a flood of different lines is counted within bounds', () => {
  const { log, lines } = capture();
  for (let line = 0; line < 5000; line += 1) log.warn({ line }, 'differs');
  expect(lines.length).toBe(5000);
  expect(vi.getTimerCount()).toBeLessThanOrEqual(5000);
  vi.advanceTimersByTime(61_000);
  expect(vi.getTimerCount()).toBe(0);
});

it('a log that cannot be written ends nothing, and says afterwards what was lost', () => {
  const written: string[] = [];
  let isFull = true;
  const write = (line: string, done?: (error?: Error) => void): void => {
    if (!isFull) written.push(line);
    done?.(isFull ? new Error('ENOSPC') : undefined);
  };
  const stream = Object.assign(new EventEmitter(), { writableLength: 0, write }) as unknown as Writable;
  const log = createLog('info', lossy(stream));
  log.info('one');
  log.info('two');
  isFull = false;
  log.info('three');
  expect(written.join('')).toMatch(/"msg":"three".*\n.*"lines":2,"msg":"log lines were lost"/);
});
