import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Api, HeldPage } from '../../../src/kubernetes/connection/api.ts';
import { readAll } from '../../../src/kubernetes/read/list.ts';

const named = z.object({ name: z.string() });
const project = ({ name }: { readonly name: string }) => name;
const reading = { signal: new AbortController().signal };
const mebibyte = 1024 * 1024;

interface Asked {
  readonly limit: number;
  readonly from: number;
  readonly mostBytes: number | undefined;
}

/** A list of objects with these sizes in bytes; `happened` tells what was asked and released. */
function apiOf(sizes: readonly number[], happened: string[]): { readonly api: Pick<Api, 'list'>; asked: Asked[] } {
  const asked: Asked[] = [];
  const list: Api['list'] = async ({ query = {}, mostBytes }) => {
    const [limit, from] = [Number(query['limit']), Number(query['continue'] ?? 0)];
    asked.push({ limit, from, mostBytes });
    happened.push(`asked ${limit} from ${from}`);
    const page = sizes.slice(from, from + limit);
    const size = page.reduce((sum, each) => sum + each, 0);
    if (size > (mostBytes ?? Number.POSITIVE_INFINITY)) return { ok: false, kind: 'too-large', why: 'it is too large' };
    const next = from + limit < sizes.length ? String(from + limit) : '';
    const value: HeldPage = {
      continueToken: next,
      resourceVersion: String(from),
      size,
      items: page.map((_, index) => ({ name: `object ${from + index}` })),
      release: () => happened.push(`released ${from}`),
    };
    return { ok: true, value };
  };
  return { api: { list }, asked };
}

const roomy = { keep: () => true };
const everyName = (count: number) => Array.from({ length: count }, (_, index) => `object ${index}`);

test('the next page is asked for before this one is projected, and each is released after it', async () => {
  const happened: string[] = [];
  const { api } = apiOf([1, 1], happened);
  const watched = (object: { readonly name: string }) => {
    happened.push(`projected ${object.name}`);
    return object.name;
  };
  const wanted = { path: '/pods', schema: named, project: watched, pageSize: 1 };
  const listed = await readAll({ api, pageSize: 250, bytes: roomy }, wanted, reading);
  expect(listed).toEqual({ ok: true, value: { items: everyName(2), unreadable: [], resourceVersion: '0' } });
  expect(happened).toEqual([
    'asked 1 from 0',
    'asked 1 from 1',
    'projected object 0',
    'released 0',
    'projected object 1',
    'released 1',
  ]);
});

test('a page that is too large is asked for again with fewer objects, and later pages grow again', async () => {
  const sizes = [...Array<number>(20).fill(mebibyte), ...Array<number>(400).fill(1000)];
  const { api, asked } = apiOf(sizes, []);
  const listed = await readAll({ api, pageSize: 250, bytes: roomy }, { path: '/x', schema: named, project }, reading);
  expect(listed).toMatchObject({ ok: true, value: { items: everyName(420) } });
  expect(asked[0]).toMatchObject({ limit: 250, from: 0 });
  expect(asked.at(-1)?.limit).toBeGreaterThan(60);
  expect(asked.length).toBeLessThan(40);
});

test('an object that alone is too large for a page is read, unless it is larger than the budget allows', async () => {
  const { api, asked } = apiOf([10, 5 * mebibyte, 10], []);
  const listed = await readAll({ api, pageSize: 250, bytes: roomy }, { path: '/x', schema: named, project }, reading);
  expect(listed).toMatchObject({ ok: true, value: { items: everyName(3) } });
  expect(asked.filter(({ mostBytes }) => mostBytes === undefined).map(({ limit }) => limit)).toContain(1);
});

test('a list for which there is no room left ends early, says so, and releases every page', async () => {
  const happened: string[] = [];
  const { api } = apiOf(Array<number>(10).fill(1), happened);
  let kept = 0;
  const bytes = {
    keep: () => {
      kept += 1;
      return kept <= 3;
    },
  };
  const listed = await readAll({ api, pageSize: 2, bytes }, { path: '/x', schema: named, project }, reading);
  expect(listed).toMatchObject({ ok: true, value: { items: everyName(3), isCut: true } });
  await expect.poll(() => happened.filter((each) => each.startsWith('released'))).toHaveLength(3);
});

test('long text is cut before it is kept, unless the list is read whole', async () => {
  const long = 'x'.repeat(5000);
  const list: Api['list'] = async () => {
    const page = { continueToken: '', resourceVersion: '', size: 1, items: [{ name: long }], release: () => {} };
    return { ok: true, value: page };
  };
  const lengthOf = async (whole: boolean) => {
    const wanted = { path: '/x', schema: named, project, whole };
    const listed = await readAll({ api: { list }, pageSize: 2, bytes: roomy }, wanted, reading);
    return listed.ok ? listed.value.items[0]?.length : undefined;
  };
  expect([await lengthOf(false), await lengthOf(true)]).toEqual([4096, 5000]);
});
