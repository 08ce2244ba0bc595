import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { createClusterReader, type KubernetesReader } from '../../../src/kubernetes/cluster-reader.ts';
import { close, listen } from '../../../src/sandbox/serving/listen.ts';
import type { ServerUnderTest } from './client.ts';

/** Our reader for a server; its kubeconfig is deleted once it is open. */
export async function openReader(
  { url, token, caPem }: Pick<ServerUnderTest, 'url' | 'token' | 'caPem'>,
  options: { readonly pageSize?: number } = {},
): Promise<KubernetesReader> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-reader-'));
  const file = join(directory, 'kubeconfig.yaml');
  const ca = caPem === undefined ? {} : { 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, ...ca } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  const reader = await createClusterReader({ id: 'test', kubeconfig: file, ...options });
  await rm(directory, { recursive: true });
  return reader;
}

/** Forwards GET requests to a server, each after `before`. */
export async function startForwarder(
  server: ServerUnderTest,
  before: () => Promise<void>,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const agent = new Agent({ allowH2: false, connect: server.caPem === undefined ? {} : { ca: server.caPem } });
  const forwarder = createServer((incoming, response) => {
    const { authorization = '', accept = '' } = incoming.headers;
    void before()
      .then(() =>
        request(new URL(incoming.url ?? '/', server.url), { dispatcher: agent, headers: { authorization, accept } }),
      )
      .then(async ({ statusCode, body }) => {
        response.writeHead(statusCode, { 'content-type': 'application/json' });
        response.end(await body.text());
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  const url = await listen(forwarder, 0);
  return {
    url,
    stop: async () => {
      await close(forwarder);
      await agent.destroy();
    },
  };
}
