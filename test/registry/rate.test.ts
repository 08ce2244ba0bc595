import { assert, date, nat, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRateLimit, retryAfterMs } from '../../src/registry/rate.ts';

const NOW = new Date('2026-05-01T00:00:00Z');

describe('retryAfterMs', () => {
  test.each([
    { header: '120', expected: 120_000 },
    { header: ' 0 ', expected: 0 },
    { header: 'Fri, 01 May 2026 00:01:30 GMT', expected: 90_000 },
    { header: 'Thu, 30 Apr 2026 00:01:30 GMT', expected: 0 },
    { header: '-1', expected: undefined },
    { header: '1.5', expected: undefined },
    { header: 'soon', expected: undefined },
    { header: '2026', expected: 2_026_000 },
    { header: '', expected: undefined },
    { header: undefined, expected: undefined },
  ])('$header', ({ header, expected }) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });

  test('no text makes it throw, and dates and seconds are exact', () => {
    assert(
      property(string({ unit: 'binary-ascii' }), (header) => {
        const wait = retryAfterMs(header, NOW);
        expect(wait === undefined || wait >= 0).toBe(true);
      }),
    );
    assert(
      property(nat(), (seconds) => {
        expect(retryAfterMs(String(seconds), NOW)).toBe(seconds * 1000);
      }),
    );
    const year = { min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true };
    assert(
      property(date(year), (at) => {
        const seconds = Math.floor(at.getTime() / 1000) * 1000;
        expect(retryAfterMs(at.toUTCString(), NOW)).toBe(Math.max(0, seconds - NOW.getTime()));
      }),
    );
  });
});

describe('readRateLimit', () => {
  const read = (headers: Record<string, string>) => readRateLimit({ get: (name) => headers[name], all: () => [] });

  test.each([
    {
      name: 'as Docker Hub writes it',
      headers: {
        'ratelimit-limit': '100;w=21600',
        'ratelimit-remaining': '20;w=21600',
        'docker-ratelimit-source': '192.0.2.1',
      },
      expected: { limit: 100, remaining: 20, windowSeconds: 21_600, source: '192.0.2.1' },
    },
    {
      name: 'without a window',
      headers: { 'ratelimit-limit': '5', 'ratelimit-remaining': '0' },
      expected: { limit: 5, remaining: 0, windowSeconds: 0 },
    },
    { name: 'half of it', headers: { 'ratelimit-limit': '5' }, expected: undefined },
    { name: 'not a number', headers: { 'ratelimit-limit': 'many', 'ratelimit-remaining': '1' }, expected: undefined },
  ])('$name', ({ headers, expected }) => {
    expect(read(headers as Record<string, string>)).toEqual(expected);
  });
});
