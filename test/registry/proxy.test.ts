import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../src/registry/proxy.ts';

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
