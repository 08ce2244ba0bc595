import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openReader, soon, temporaryFolder, writeKubeconfig } from '../support/kubernetes-reader.ts';
import { type Answer, startKubernetesServer, status } from '../support/kubernetes-server.ts';

const namespaces = '/api/v1/namespaces';
const empty: Answer = { body: { items: [], metadata: {} } };

describe('credential plugins', () => {
  /** A plugin that counts its runs in a file and prints a credential. */
  async function plugin(
    expiration: string,
    more = '',
  ): Promise<{ user: object; runs: () => Promise<number>; folder: string }> {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'bin'));
    const script = join(folder, 'bin', 'get-token');
    const credential = { token: '%TOKEN%', ...(expiration === '' ? {} : { expirationTimestamp: expiration }) };
    const body = JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: credential,
    });
    await writeFile(
      script,
      `#!/bin/sh\necho run >> "${folder}/runs"\n${more}\nn=$(wc -l < "${folder}/runs")\n` +
        `case "$KUBERNETES_EXEC_INFO" in *client.authentication.k8s.io/v1*) ;; *) exit 3;; esac\n` +
        `echo '${body}' | sed "s/%TOKEN%/$PREFIX-$1-$((n))/"\n`,
    );
    await chmod(script, 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './bin/get-token',
      args: ['arg'],
      env: [{ name: 'PREFIX', value: 'tok' }],
      interactiveMode: 'Never',
    };
    const runs = async (): Promise<number> => (await readFile(join(folder, 'runs'), 'utf8')).split('\n').length - 1;
    return { user: { exec }, runs, folder };
  }

  async function startPluginCluster(user: object, folder: string) {
    const server = await startKubernetesServer();
    onTestFinished(() => server.close());
    server.on(namespaces, () => empty);
    const kubeconfig = await writeKubeconfig({ server: server.url }, user, folder);
    return { server, reader: await openReader({ kubeconfig }) };
  }

  test('run once for many requests while their credential lasts', async () => {
    const { user, runs, folder } = await plugin('2099-01-01T00:00:00Z');
    const { server, reader } = await startPluginCluster(user, folder);
    await Promise.all(Array.from({ length: 8 }, () => reader.namespaces(soon())));
    expect(await reader.namespaces(soon())).toEqual({ known: true, value: [] });
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer tok-arg-1']));
    expect(await runs()).toBe(1);
  });

  test('run again when it has expired', async () => {
    const { user, folder } = await plugin('2020-01-01T00:00:00Z');
    const { server, reader } = await startPluginCluster(user, folder);
    await reader.namespaces(soon());
    await reader.namespaces(soon());
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer tok-arg-1',
      'Bearer tok-arg-2',
    ]);
  });

  test('run again when the server refuses it', async () => {
    const { user, folder } = await plugin('2099-01-01T00:00:00Z');
    const { server, reader } = await startPluginCluster(user, folder);
    server.on(namespaces, ({ headers }) =>
      headers.authorization === 'Bearer tok-arg-2' ? empty : status(401, 'Unauthorized', 'Unauthorized'),
    );
    expect(await reader.namespaces(soon())).toEqual({ known: true, value: [] });
  });

  test('two readers with the same user name share nothing', async () => {
    const one = await plugin('');
    const two = await plugin('', 'PREFIX=other');
    const first = await startPluginCluster(one.user, one.folder);
    const second = await startPluginCluster(two.user, two.folder);
    await first.reader.namespaces(soon());
    await second.reader.namespaces(soon());
    expect(first.server.requests[0]?.headers.authorization).toBe('Bearer tok-arg-1');
    expect(second.server.requests[0]?.headers.authorization).toBe('Bearer other-arg-1');
  });

  const failures = [
    {
      name: 'an error that repeats a secret',
      more: 'echo "POST https://sso.example/token?code=abc123 failed: client_secret=hunter2" >&2; exit 1',
      why: 'plugin failed: POST https://sso.example/token?code=[redacted] failed: client_secret=[redacted]',
    },
    { name: 'an error', more: 'echo "please log in" >&2; echo more >&2; exit 1', why: 'plugin failed: please log in' },
    { name: 'a silent error', more: 'exit 1', why: 'failed without an error message' },
    { name: 'no credential', more: 'echo "s3cret-token is not JSON"; exit 0', why: 'printed no ExecCredential' },
    { name: 'no status', more: 'echo "{}"; exit 0', why: 'printed no ExecCredential' },
  ];
  test.each(failures)('$name is said, without repeating what was printed', async ({ more, why }) => {
    const { user, folder } = await plugin('', more);
    const { reader } = await startPluginCluster(user, folder);
    const fact = await reader.namespaces(soon());
    expect(fact).toMatchObject({ known: false, why: expect.stringContaining(why) });
    expect(JSON.stringify(fact)).not.toContain('s3cret');
  });

  test('a plugin that is missing or hangs', async () => {
    const { user, folder } = await plugin('', 'exec sleep 1');
    const { reader } = await startPluginCluster(user, folder);
    expect(await reader.namespaces(soon(100))).toMatchObject({ why: expect.stringContaining('the time for reading') });
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin-anywhere' };
    const missing = await startPluginCluster({ exec }, await temporaryFolder());
    expect(await missing.reader.namespaces(soon())).toMatchObject({ why: expect.stringContaining('ENOENT') });
  });

  test('an OIDC user presents its token through the client package', async () => {
    const claims = Buffer.from(JSON.stringify({ exp: 4_000_000_000 })).toString('base64url');
    const token = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.c2ln`;
    const user = { 'auth-provider': { name: 'oidc', config: { 'id-token': token, 'client-id': 'x' } } };
    const { server, reader } = await startPluginCluster(user, await temporaryFolder());
    expect(await reader.namespaces(soon())).toMatchObject({ known: true });
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });
});
