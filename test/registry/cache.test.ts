import { expect, test } from 'vitest';
import { createCache } from '../../src/registry/cache.ts';
import { createFlights } from '../../src/registry/flights.ts';
import { clock } from '../support/registry-client.ts';

const { signal } = new AbortController();

test('large responses evict each other instead of filling the memory', async () => {
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

test('a caller that needs a fresh answer asks again, and the answer is kept for the others', async () => {
  const time = clock();
  const cache = createCache(createFlights(), time.now);
  let answers = 0;
  const ask = async (notBefore?: number) => {
    const work = async () => ({ kind: 'found', count: ++answers });
    return cache.remember('tag', 'registry.test', signal, work, notBefore);
  };
  expect(await ask()).toMatchObject({ count: 1 });
  time.forward(1_000);
  const since = time.now().getTime();
  expect(await ask()).toMatchObject({ count: 1 });
  expect(await ask(since)).toMatchObject({ count: 2 });
  time.forward(1_000);
  expect(await ask(since)).toMatchObject({ count: 2 });
  expect(await ask()).toMatchObject({ count: 2 });
});

test('a flight that began too early is not joined', async () => {
  const time = clock();
  const cache = createCache(createFlights(), time.now);
  const early = Promise.withResolvers<{ kind: 'found'; digest: string }>();
  const first = cache.remember('tag', 'registry.test', signal, () => early.promise);
  time.forward(1_000);
  const moved = { kind: 'found' as const, digest: 'new' };
  const since = time.now().getTime();
  expect(await cache.remember('tag', 'registry.test', signal, async () => moved, since)).toEqual(moved);
  early.resolve({ kind: 'found', digest: 'old' });
  expect(await first).toMatchObject({ digest: 'old' });
});
