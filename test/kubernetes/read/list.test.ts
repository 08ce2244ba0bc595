import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Api } from '../../../src/kubernetes/connection/api.ts';
import { readAll } from '../../../src/kubernetes/read/list.ts';

const named = z.object({ name: z.string() });

test('the next page is asked for before this one is projected', async () => {
  const happened: string[] = [];
  const api: Api = {
    json: async () => ({ ok: true, value: {} }),
    list: async ({ query = {} }) => {
      happened.push(`asked ${query['limit']} ${query['continue'] ?? ''}`.trim());
      const first = { continueToken: 'second', resourceVersion: '7', items: [{ name: 'a' }] };
      return {
        ok: true,
        value:
          query['continue'] === undefined ? first : { continueToken: '', resourceVersion: '9', items: [{ name: 'b' }] },
      };
    },
    text: async () => ({ ok: true, value: '' }),
    stream: async () => ({ ok: false, kind: 'failed', why: 'a list is no stream' }),
    change: async () => ({ kind: 'broken', why: 'a list changes nothing', maybeDone: false }),
    close: async () => {},
  };
  const project = ({ name }: { readonly name: string }) => {
    happened.push(`projected ${name}`);
    return name;
  };
  const reading = { signal: new AbortController().signal };
  const listed = await readAll(api, { path: '/pods', schema: named, project, pageSize: 100 }, 250, reading);
  expect(listed).toEqual({ ok: true, value: { items: ['a', 'b'], unreadable: [], resourceVersion: '7' } });
  expect(happened).toEqual(['asked 100', 'asked 100 second', 'projected a', 'projected b']);
});
