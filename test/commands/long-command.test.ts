import { expect, it } from 'vitest';
import { parseCommand } from '../../src/commands/parse.ts';
import { cpuMsOf } from '../support/cpu-time.ts';

it('refuses a command of 40,000 characters at once, and says what it may have', () => {
  const text = `set-image deployment/web -n shop v${'0.'.repeat(20_000)}!`;
  expect(cpuMsOf(() => parseCommand(text))).toBeLessThan(200);
  expect(parseCommand(text)).toMatchObject({ ok: false, message: expect.stringContaining('4096 characters') });
});

it('takes a text to explain that is longer', () => {
  expect(parseCommand(`explain ${'x'.repeat(5000)}`)).toMatchObject({ ok: true, command: { type: 'explain' } });
});
