import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { parseRedisUrl } from '../../../src/store/redis/redis-url.ts';

const single = (host: string, port = 6379) => ({ kind: 'single', node: { host, port } });

describe('parseRedisUrl', () => {
  test.each([
    ['redis://127.0.0.1', { topology: single('127.0.0.1'), tls: false, database: 0 }],
    ['redis://redis.prod:6380/3', { topology: single('redis.prod', 6380), tls: false, database: 3 }],
    ['rediss://redis.prod/', { topology: single('redis.prod'), tls: true, database: 0 }],
    ['redis://[::1]:7000', { topology: single('::1', 7000), tls: false, database: 0 }],
    [
      'redis+sentinel://a:26380,b/mymaster/2',
      {
        topology: {
          kind: 'sentinel',
          sentinels: [
            { host: 'a', port: 26_380 },
            { host: 'b', port: 26_379 },
          ],
          master: 'mymaster',
        },
        tls: false,
        database: 2,
      },
    ],
    [
      'rediss+sentinel://a/main',
      {
        topology: { kind: 'sentinel', sentinels: [{ host: 'a', port: 26_379 }], master: 'main' },
        tls: true,
        database: 0,
      },
    ],
    [
      'redis+cluster://a:1,b:2',
      {
        topology: {
          kind: 'cluster',
          nodes: [
            { host: 'a', port: 1 },
            { host: 'b', port: 2 },
          ],
        },
        tls: false,
        database: 0,
      },
    ],
    [
      'rediss+cluster://a',
      { topology: { kind: 'cluster', nodes: [{ host: 'a', port: 6379 }] }, tls: true, database: 0 },
    ],
  ])('reads %s', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address);
  });

  test.each([
    ['redis://bot:p%40ss@host', 'bot', 'p@ss'],
    ['redis://:only@host', undefined, 'only'],
    ['rediss+cluster://bot:x:y@a,b', 'bot', 'x:y'],
    ['redis+sentinel://bot@a/m', 'bot', undefined],
  ])('reads the login of %s', (url, username, password) => {
    const address = parseRedisUrl(url);
    expect(address.username).toBe(username);
    expect(address.password?.reveal()).toBe(password);
    if (password !== undefined) expect(JSON.stringify(address)).not.toContain(password);
  });

  test.each([
    ['http://host', 'another form'],
    ['redis://', 'another form'],
    ['redis://a,b', 'several hosts'],
    ['redis://a/x', 'database'],
    ['redis://a/0/1', 'too many parts'],
    ['redis://a:99999', 'host or port'],
    ['redis+sentinel://a', 'name of the master'],
    ['redis+sentinel://a/m/0/1', 'name of the master'],
    ['redis+cluster://a/1', 'no databases'],
    ['redis://u:%zz@a', 'percent escape'],
  ])('refuses %s', (url, why) => {
    expect(() => parseRedisUrl(url)).toThrow(why);
  });

  test('throws nothing but a UserError, which never repeats a password', () => {
    const urls = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom('redis', 'rediss', 'redis+sentinel', 'redis+cluster'), fc.string())
        .map(([a, b]) => `${a}://${b}`),
      fc.string({ minLength: 1 }).map((rest) => `redis://user:hunter2@${rest}`),
    );
    fc.assert(
      fc.property(urls, (url) => {
        try {
          parseRedisUrl(url);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(`${error.message} ${error.remedy}`).not.toContain('hunter2');
        }
      }),
    );
  });
});
