import { expect, test } from 'vitest';
import { createCache } from '../../src/registry/cache.ts';
import { createFlights } from '../../src/registry/flights.ts';
import { clock } from '../support/registry-client.ts';

const { signal } = new AbortController();

test('large answers make room for each other instead of filling the memory', async () => {
  const cache = createCache(createFlights(), clock().now);
  const asked: string[] = [];
  const ask = (key: string, characters: number) =>
    cache.remember(key, 'registry.test', signal, async () => {
      asked.push(key);
      return { kind: 'ok', value: 'x'.repeat(characters) };
    });
  await ask('small', 100);
  for (const key of ['a', 'b', 'c', 'd', 'e']) await ask(key, 4_000_000);
  await ask('larger than everything', 20_000_000);
  asked.length = 0;
  for (const key of ['e', 'd', 'a', 'small', 'larger than everything']) await ask(key, 1);
  expect(asked).toEqual(['a', 'small', 'larger than everything']);
});
