import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { writeKubeconfig } from '../support/kubernetes-reader.ts';
import { startKubernetesServer } from '../support/kubernetes-server.ts';

const reader = new URL('../../src/kubernetes/cluster-reader.ts', import.meta.url);

/** Files of the client package that a process has loaded after it read the namespaces of a cluster. */
async function loadedFiles(kubeconfig: string): Promise<string[]> {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { createClusterReader } = await import(${JSON.stringify(reader.href)});
    const cluster = await createClusterReader({ id: 'test', kubeconfig: ${JSON.stringify(kubeconfig)} });
    const fact = await cluster.namespaces({ signal: AbortSignal.timeout(10_000) });
    await cluster.close();
    console.log(JSON.stringify({ fact, loaded: loaded.filter((url) => url.includes('client-node')) }));`;
  const run = promisify(execFile);
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd });
  const { fact, loaded } = JSON.parse(stdout);
  expect(fact).toEqual({ known: true, value: [] });
  return loaded;
}

const exec = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'echo',
  args: [JSON.stringify({ kind: 'ExecCredential', status: { token: 'x' } })],
};
const cases = [
  { name: 'a token loads nothing of the client package', user: { token: 'x' }, wanted: [] },
  { name: 'a credential plugin loads one file of it', user: { exec }, wanted: ['exec_auth.js'] },
];
test.each(cases)('$name', async ({ user, wanted }) => {
  const server = await startKubernetesServer();
  server.serve('/api/v1/namespaces', 'Namespace', []);
  try {
    const loaded = await loadedFiles(await writeKubeconfig({ server: server.url }, user));
    expect(loaded.map((url) => url.split('/').at(-1))).toEqual(wanted);
  } finally {
    await server.close();
  }
});
