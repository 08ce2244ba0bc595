import { describe, expect, it } from 'vitest';
import { createLog } from '../src/log.ts';
import type { LogLevel } from '../src/model/settings/settings.ts';
import { Secret } from '../src/model/values/secret.ts';

function capture(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog(level, { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

describe('log', () => {
  it('writes one JSON object a line, with level names and times', () => {
    const { log, lines } = capture('info');
    log.info({ cluster: 'dev' }, 'The worker is ready.');
    log.debug('not written');
    expect(lines).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), cluster: 'dev', msg: 'The worker is ready.' },
    ]);
  });

  it('blots out secrets by type and by key', () => {
    const { log, lines } = capture('info');
    log.info({ value: new Secret('one'), password: 'two', a: { token: 'three', b: { authorization: 'four' } } }, 'x');
    expect(JSON.stringify(lines)).not.toMatch(/one|two|three|four/);
    expect(lines[0]).toMatchObject({ value: '[secret]', password: '[secret]' });
  });

  it('writes errors with their causes and without their other properties', () => {
    const { log, lines } = capture('error');
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { body: 'Bearer abc' });
    log.error({ error }, 'A job failed.');
    expect(lines[0]).toMatchObject({ error: { message: 'outer', cause: { message: 'inner' } } });
    expect(JSON.stringify(lines)).not.toContain('Bearer');
  });

  it('writes nothing when silent', () => {
    const { log, lines } = capture('silent');
    log.fatal('x');
    expect(lines).toEqual([]);
  });
});
