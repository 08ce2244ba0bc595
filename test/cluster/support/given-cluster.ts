import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { TestCluster } from './global-setup.ts';

const Config = z.object({
  clusters: z.array(z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) })),
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
  const run = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(kubectl, ['--kubeconfig', kubeconfig, ...args])).stdout;
  const leave = async (): Promise<void> => {
    await run('delete', 'clusterrolebinding', namespace, '--ignore-not-found');
    await run('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false');
  };
  const [entry] = Config.parse(
    JSON.parse(await run('config', 'view', '--raw', '--minify', '--flatten', '-o=json')),
  ).clusters;
  if (entry === undefined) throw new Error(`${kubeconfig} names no cluster`);
  const nodes = await run('get', 'nodes', '-o=name');
  if (nodes.trim() !== '') throw new Error(`${kubeconfig} has nodes of its own, where the tests' pods would land`);
  try {
    await run('create', 'namespace', namespace);
    await run('-n', namespace, 'create', 'serviceaccount', 'admin');
    const account = `--serviceaccount=${namespace}:admin`;
    await run('create', 'clusterrolebinding', namespace, '--clusterrole=cluster-admin', account);
    const token = (await run('-n', namespace, 'create', 'token', 'admin', '--duration=2h')).trim();
    const { server, 'certificate-authority-data': ca } = entry.cluster;
    return { cluster: { url: server, token, caPem: Buffer.from(ca, 'base64').toString('utf8'), kubectl }, leave };
  } catch (error) {
    await leave();
    throw error;
  }
}
