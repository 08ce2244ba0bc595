import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCredentials } from '../../../src/kubernetes/connection/credentials.ts';
import { openReader, soon, temporaryFolder, writeKubeconfig } from '../../support/kubernetes-reader.ts';
import { type Answer, startKubernetesServer, status, type TestServer } from '../../support/kubernetes-server.ts';
import { startTlsServer, tlsText } from '../../support/kubernetes-tls.ts';

const namespaces = '/api/v1/namespaces';
const empty: Answer = { body: { items: [], metadata: {} } };

describe('credentials', () => {
  const seen = (server: TestServer): (string | undefined)[] =>
    server.requests.map(({ headers }) => headers.authorization);

  const plain = [
    { name: 'none', user: {}, header: undefined },
    { name: 'token', user: { token: 'abc\n' }, header: 'Bearer abc' },
    { name: 'password', user: { username: 'bot', password: 'a:b' }, header: `Basic ${btoa('bot:a:b')}` },
  ];
  test.each(plain)('$name', async ({ user, header }) => {
    const server = await startKubernetesServer();
    onTestFinished(() => server.close());
    server.on(namespaces, () => empty);
    const reader = await openReader({ kubeconfig: await writeKubeconfig({ server: server.url }, user) });
    await reader.namespaces(soon());
    expect(seen(server)).toEqual([header]);
  });

  test('impersonation', async () => {
    const server = await startKubernetesServer();
    onTestFinished(() => server.close());
    const user = { token: 't', as: 'ana', 'as-groups': ['dev', 'ops'] };
    const reader = await openReader({ kubeconfig: await writeKubeconfig({ server: server.url }, user) });
    await reader.namespaces(soon());
    expect(server.requests[0]?.headers).toMatchObject({
      'impersonate-user': 'ana',
      'impersonate-group': 'dev, ops',
    });
  });

  test('a rotated token file is read again after a while, and at once after a 401', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'token');
    await writeFile(path, 'one\n');
    let nowMs = 0;
    const access = { server: 'http://x', skipTlsVerify: false, proof: { kind: 'token-file', path } } as const;
    const credentials = createCredentials(access, () => nowMs);
    const header = async (): Promise<unknown> => {
      const presented = await credentials.present();
      return presented.ok ? presented.value.headers.authorization : presented.why;
    };
    expect(await header()).toBe('Bearer one');
    await writeFile(path, 'two');
    nowMs = 29_000;
    expect(await header()).toBe('Bearer one');
    nowMs = 31_000;
    expect(await header()).toBe('Bearer two');
    await writeFile(path, 'three');
    expect(credentials.forget()).toBe(true);
    expect(await header()).toBe('Bearer three');
    await rename(path, `${path}.gone`);
    credentials.forget();
    expect(await header()).toBe('Bearer three');
  });

  test('a token that the server no longer accepts is read again once', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'token'), 'old');
    const server = await startKubernetesServer();
    onTestFinished(() => server.close());
    server.on(namespaces, ({ headers }) =>
      headers.authorization === 'Bearer new' ? empty : status(401, 'Unauthorized', 'Unauthorized'),
    );
    const reader = await openReader({
      kubeconfig: await writeKubeconfig({ server: server.url }, { tokenFile: 'token' }, folder),
    });
    expect(await reader.namespaces(soon())).toMatchObject({ known: false, why: expect.stringContaining('401') });
    expect(seen(server)).toEqual(['Bearer old', 'Bearer old']);
    await writeFile(join(folder, 'token'), 'new');
    expect(await reader.namespaces(soon())).toMatchObject({ known: true });
  });

  test('in the cluster the mounted token and CA are used', async () => {
    const server = await startTlsServer();
    const directory = await temporaryFolder();
    await writeFile(join(directory, 'token'), 'mounted');
    await writeFile(join(directory, 'ca.crt'), await tlsText('ca.crt'));
    const reader = await openReader({ inCluster: { host: '127.0.0.1', port: String(server.port), directory } });
    expect(await reader.namespaces(soon())).toMatchObject({ known: true });
    expect(seen(server)).toEqual(['Bearer mounted']);
    const without = await openReader({ inCluster: { host: '127.0.0.1', directory: join(directory, 'none') } });
    expect(await without.namespaces(soon())).toMatchObject({ why: expect.stringContaining('no credentials') });
  });
});
