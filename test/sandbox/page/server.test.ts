import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SandboxApi } from '../../../src/sandbox/control/api.ts';
import { type PageServer, startPage } from '../../../src/sandbox/page/server.ts';

/** Only files are requested, and these need nothing from the sandbox. */
const nothing = {} as SandboxApi;
let page: PageServer;

beforeAll(async () => {
  page = await startPage(nothing, 0);
});
afterAll(() => page.stop());

function statusFor(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL('/style.css', page.url), { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
    asked.end();
  });
}

test.each([
  ['a program', {}, 200],
  ['the page itself', { 'sec-fetch-site': 'same-origin' }, 200],
  ['an address that was typed', { 'sec-fetch-site': 'none' }, 200],
  ['its other host name', { host: 'localhost:8080' }, 200],
  ['another web site', { 'sec-fetch-site': 'cross-site' }, 403],
  ['another port of this machine', { 'sec-fetch-site': 'same-site' }, 403],
  ['a name that resolves to this machine', { host: 'rebound.example:8080', 'sec-fetch-site': 'same-origin' }, 403],
  ['a look-alike', { host: '127.0.0.1.rebound.example' }, 403],
])('%s is answered %o with %d', async (_, headers, status) => {
  expect(await statusFor(headers)).toBe(status);
});
