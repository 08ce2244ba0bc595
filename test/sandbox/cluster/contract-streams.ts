import { expect, it } from 'vitest';
import { openApi } from '../../support/kubernetes-api.ts';
import { soon } from '../../support/kubernetes-reader.ts';
import type { ServerUnderTest } from './client.ts';
import type { ContractContext } from './contract-context.ts';

/** Streaming responses, read as the product reads them. */
export function streamsContract(context: ContractContext, server: () => ServerUnderTest): void {
  it('a list gives its revision, and a stream from there gives the changes since', async () => {
    const { core, map } = context;
    const api = openApi(server());
    await map('before-list');
    const page = await api.list({ path: core('configmaps'), query: { limit: '1' } }, soon());
    if (!page.ok) throw new Error(page.why);
    expect(page.value.resourceVersion).toMatch(/^[1-9]\d*$/);
    await map('after-list');
    const over = new AbortController();
    const query = { watch: 'true', resourceVersion: page.value.resourceVersion };
    const stream = await api.stream({ path: core('configmaps'), query }, { signal: over.signal });
    if (!stream.ok) throw new Error(stream.why);
    const seen: unknown[] = [];
    for await (const part of stream.value) {
      seen.push(part);
      if (seen.length === 1) await map('while-open');
      if (seen.length === 2) over.abort();
    }
    const added = (name: string) => ({ kind: 'value', value: { type: 'ADDED', object: { metadata: { name } } } });
    expect(seen).toMatchObject([added('after-list'), added('while-open')]);
  });

  it('a stream ends when the server ends it', async () => {
    const query = { watch: 'true', timeoutSeconds: '1', labelSelector: 'none=here' };
    const page = await openApi(server()).list({ path: context.core('configmaps') }, soon());
    if (!page.ok) throw new Error(page.why);
    const from = { ...query, resourceVersion: page.value.resourceVersion };
    const stream = await openApi(server()).stream({ path: context.core('configmaps'), query: from }, soon());
    if (!stream.ok) throw new Error(stream.why);
    const seen: unknown[] = [];
    for await (const part of stream.value) seen.push(part);
    expect(seen).toEqual([]);
  });

  it('a refused stream is reported with the kind of its failure', async () => {
    const stranger = { ...server(), token: 'nobody-knows-me' };
    expect(await openApi(stranger).stream({ path: context.core('secrets'), query: { watch: 'true' } }, soon())).toEqual(
      {
        ok: false,
        kind: 'failed',
        why: expect.stringContaining('(401)'),
      },
    );
  });
}
