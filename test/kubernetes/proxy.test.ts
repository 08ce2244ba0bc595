import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { proxyFor } from '../../src/kubernetes/proxy.ts';

const setting = { httpProxy: 'http://plain:1', httpsProxy: 'secure:2' };
const cases: { server: string; noProxy?: string; wanted: string | undefined }[] = [
  { server: 'https://api.example.test', wanted: 'http://secure:2' },
  { server: 'http://api.example.test', wanted: 'http://plain:1' },
  { server: 'https://localhost:6443', wanted: undefined },
  { server: 'https://127.8.0.1:6443', wanted: undefined },
  { server: 'https://[::1]:6443', wanted: undefined },
  { server: 'https://api.example.test', noProxy: '*', wanted: undefined },
  { server: 'https://api.example.test', noProxy: 'example.test', wanted: undefined },
  { server: 'https://example.test', noProxy: '.example.test', wanted: 'http://secure:2' },
  { server: 'https://api.example.test', noProxy: ' .EXAMPLE.test , x', wanted: undefined },
  { server: 'https://badexample.test', noProxy: 'example.test', wanted: 'http://secure:2' },
  { server: 'https://api.example.test:6443', noProxy: 'example.test:6443', wanted: undefined },
  { server: 'https://api.example.test', noProxy: 'example.test:443', wanted: undefined },
  { server: 'https://api.example.test', noProxy: 'example.test:6443', wanted: 'http://secure:2' },
  { server: 'https://10.96.0.1', noProxy: '10.96.0.0/16', wanted: undefined },
  { server: 'https://10.97.0.1', noProxy: '10.96.0.0/16', wanted: 'http://secure:2' },
  { server: 'https://10.96.0.1', noProxy: '10.96.0.1', wanted: undefined },
  { server: 'https://[fd00::7]', noProxy: 'fd00::/64', wanted: undefined },
  { server: 'https://[fd00::7]:6443', noProxy: '[fd00::7]:6443', wanted: undefined },
  { server: 'https://api.example.test', noProxy: '10.0.0.0/8,,nonsense/99', wanted: 'http://secure:2' },
];
test.each(cases)('$server with NO_PROXY=$noProxy', ({ server, noProxy, wanted }) => {
  expect(proxyFor(new URL(server), { ...setting, ...(noProxy === undefined ? {} : { noProxy }) })).toBe(wanted);
});

test('no proxy without a setting', () => {
  expect(proxyFor(new URL('https://api.example.test'), undefined)).toBeUndefined();
  expect(proxyFor(new URL('https://api.example.test'), { httpsProxy: '' })).toBeUndefined();
});

test('no NO_PROXY makes it throw', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom('https://10.0.0.1', 'https://[fd00::1]:1', 'http://a.b'),
      (noProxy, server) => {
        proxyFor(new URL(server), { ...setting, noProxy });
      },
    ),
  );
});
