import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { TestCluster } from './global-setup.ts';
import { installation } from './installed.ts';

const Config = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) }),
  ]),
});
const namespace = 'imagecheck-test-admin';

/**
 * A cluster that was there already, spoken to as a service account that may do everything: so the tests need not know how
 * the kubeconfig signs in. It has to have no nodes of its own and to reach this machine by 127.0.0.1 for container logs.
 */
export async function openGivenCluster(
  kubeconfig: string,
): Promise<{ readonly cluster: Omit<TestCluster, 'auditFile' | 'binaries'>; readonly leave: () => Promise<void> }> {
  const kubectl = process.env['IMAGECHECK_KUBECTL'] || 'kubectl';
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-cluster-'));
  const run = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(kubectl, ['--kubeconfig', kubeconfig, ...args])).stdout;
  const leave = async (): Promise<void> => {
    await rm(directory, { recursive: true, force: true });
    await run('delete', '-k', installation, '--ignore-not-found', '--wait=false').catch(() => undefined);
    // Their nodes are gone, so nobody would confirm their end.
    const force = ['--all', '--force', '--grace-period=0'];
    await run('-n', 'imagecheck', 'delete', 'pods', ...force).catch(() => undefined);
    for (const what of ['clusterrolebinding', 'namespace']) {
      await run('delete', what, namespace, '--ignore-not-found', '--wait=false').catch(() => undefined);
    }
  };
  try {
    await run('version', '--client').catch((error: unknown) => {
      throw new Error('IMAGECHECK_TEST_KUBECONFIG needs kubectl in PATH, or its path in IMAGECHECK_KUBECTL', {
        cause: error,
      });
    });
    const nodes = await run('get', 'nodes', '-o=name');
    if (nodes.trim() !== '') throw new Error(`${kubeconfig} has nodes of its own, where the tests' pods would land`);
    const view = JSON.parse(await run('config', 'view', '--raw', '--minify', '--flatten', '-o=json')) as unknown;
    const [{ cluster }] = Config.parse(view).clusters;
    await run('create', 'namespace', namespace);
    await run('-n', namespace, 'create', 'serviceaccount', 'admin');
    const account = `--serviceaccount=${namespace}:admin`;
    await run('create', 'clusterrolebinding', namespace, '--clusterrole=cluster-admin', account);
    const token = (await run('-n', namespace, 'create', 'token', 'admin', '--duration=2h')).trim();
    const caPem = Buffer.from(cluster['certificate-authority-data'], 'base64').toString('utf8');
    return { cluster: { url: cluster.server, token, caPem, kubectl, directory }, leave };
  } catch (error) {
    await leave();
    throw error;
  }
}
