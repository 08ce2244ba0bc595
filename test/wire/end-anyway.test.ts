import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const file = new URL('../../src/wire/end-anyway.ts', import.meta.url).href;

/** Ends with what the process wrote, its code and how long it took. */
async function ended(still: string) {
  const code = `import { endAnyway } from '${file}';
    ${still}
    endAnyway(3, { warn: (fields, text) => console.log(text, fields.open.join()) }, 300);`;
  const startedMs = performance.now();
  const end = await run(process.execPath, ['--input-type=module', '--eval', code], { timeout: 20_000 }).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => ({ stdout: error.stdout, code: error.code }),
  );
  return { ...end, ms: performance.now() - startedMs };
}

it('ends a process in which a timer goes on, and says so', async () => {
  const { stdout, code } = await ended('setInterval(() => {}, 10_000);');
  expect(stdout).toMatch(/ended although something was still open .*Timeout/);
  expect(code).toBe(3);
});

it('leaves alone what ends by itself', async () => {
  expect(await ended('')).toMatchObject({ stdout: '', code: 0 });
});
