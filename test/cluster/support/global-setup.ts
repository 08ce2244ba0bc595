import type { TestProject } from 'vitest/node';
import { clusterAssets } from '../../../scripts/cluster-assets.mjs';
import { startControlPlane } from './control-plane.ts';
import { openGivenCluster } from './given-cluster.ts';

/** The cluster that every test of `npm run test:cluster` shares. */
export interface TestCluster {
  readonly url: string;
  /** May do everything. */
  readonly token: string;
  readonly caPem: string;
  /** Path of kubectl. */
  readonly kubectl: string;
  /** For files of tests; goes with the cluster, also when the run is killed. */
  readonly directory: string;
  /** Undefined for a cluster that was there already: its audit log is not ours to read. */
  readonly auditFile: string | undefined;
  /** Paths of the programs; undefined for a cluster that was there already. */
  readonly binaries: Readonly<Record<string, string>> | undefined;
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: TestCluster;
  }
}

/** Starts a control plane, or uses the cluster of IMAGECHECK_TEST_KUBECONFIG. Gives the way to end it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['IMAGECHECK_TEST_KUBECONFIG'];
  if (given !== undefined && given !== '') {
    const { cluster, leave } = await openGivenCluster(given);
    project.provide('cluster', { ...cluster, auditFile: undefined, binaries: undefined });
    return leave;
  }
  const binaries = await clusterAssets(process.env['IMAGECHECK_TEST_KUBERNETES'] || '1.36');
  const plane = await startControlPlane({ binaries, controllers: true });
  project.provide('cluster', {
    url: plane.url,
    token: plane.adminToken,
    caPem: plane.caPem,
    kubectl: binaries['kubectl'] ?? 'kubectl',
    directory: plane.directory,
    auditFile: plane.auditFile,
    binaries,
  });
  return plane.stop;
}
