import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../../src/model/settings/proxy.ts';

const proxied = (url: string, noProxy = '') =>
  proxyFor(new URL(url), { httpProxy: 'http://plain:3128', httpsProxy: 'secure:3129', noProxy })?.href;

describe('proxyFor', () => {
  test('each scheme has its own proxy; without a setting there is none', () => {
    expect(proxied('https://ghcr.io/v2/')).toBe('http://secure:3129/');
    expect(proxied('http://ghcr.io/v2/')).toBe('http://plain:3128/');
    expect(proxyFor(new URL('https://ghcr.io'), {})).toBeUndefined();
    expect(proxyFor(new URL('https://ghcr.io'), { httpsProxy: ' ' })).toBeUndefined();
    expect(proxyFor(new URL('https://ghcr.io'), { httpsProxy: 'http://[' })).toBeUndefined();
  });

  test.each([
    { noProxy: '*', url: 'https://ghcr.io', direct: true },
    { noProxy: 'ghcr.io', url: 'https://ghcr.io', direct: true },
    { noProxy: 'GHCR.io', url: 'https://ghcr.io', direct: true },
    { noProxy: 'example.com', url: 'https://a.b.example.com', direct: true },
    { noProxy: 'example.com', url: 'https://badexample.com', direct: false },
    { noProxy: '.example.com', url: 'https://a.example.com', direct: true },
    { noProxy: '.example.com', url: 'https://example.com', direct: false },
    { noProxy: '*.example.com', url: 'https://a.example.com', direct: true },
    { noProxy: 'a.test, b.test', url: 'https://b.test', direct: true },
    { noProxy: 'a.test b.test', url: 'https://b.test', direct: true },
    { noProxy: 'ghcr.io:443', url: 'https://ghcr.io', direct: true },
    { noProxy: 'ghcr.io:5000', url: 'https://ghcr.io', direct: false },
    { noProxy: 'ghcr.io:5000', url: 'https://ghcr.io:5000', direct: true },
    { noProxy: '10.0.0.0/8', url: 'http://10.1.2.3:5000', direct: true },
    { noProxy: '10.0.0.0/8', url: 'http://11.1.2.3', direct: false },
    { noProxy: '10.0.0.0/99', url: 'http://10.1.2.3', direct: false },
    { noProxy: '10.1.2.3', url: 'http://10.1.2.3', direct: true },
    { noProxy: 'fd00::/8', url: 'http://[fd12::1]:5000', direct: true },
    { noProxy: '[fd12::1]:5000', url: 'http://[fd12::1]:5000', direct: true },
    { noProxy: '1.2.3', url: 'http://10.1.2.3', direct: false },
    { noProxy: '', url: 'http://127.0.0.1:5000', direct: true },
    { noProxy: '', url: 'http://localhost:5000', direct: true },
    { noProxy: '', url: 'http://[::1]:5000', direct: true },
  ])('$url with NO_PROXY=$noProxy: direct $direct', ({ noProxy, url, direct }) => {
    expect(proxied(url, noProxy) === undefined).toBe(direct);
  });

  test('no NO_PROXY makes it throw', () => {
    assert(
      property(string({ unit: 'binary-ascii' }), (noProxy) => {
        proxied('http://10.0.0.1:5000', noProxy);
        proxied('https://[fd12::1]', noProxy);
      }),
    );
  });
});

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
  expect(proxyFor(new URL(server), { ...setting, ...(noProxy === undefined ? {} : { noProxy }) })?.href).toBe(
    wanted === undefined ? undefined : `${wanted}/`,
  );
});
