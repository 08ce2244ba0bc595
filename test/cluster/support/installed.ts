import { join } from 'node:path';
import type { TestCluster } from './global-setup.ts';
import { type Kubectl, openKubectl } from './kubectl.ts';

/** imagecheck's service account as `manifests/` makes it, and the two ways into the cluster. */
export interface Installed {
  readonly admin: Kubectl;
  /** As the worker's service account, by a token of the TokenRequest API. */
  readonly worker: Kubectl;
  readonly close: () => Promise<void>;
}

/** The base with every component. */
export const installation = join(import.meta.dirname, '..', 'manifests');

/** The user that the audit log knows the worker as. */
export const workerUser = 'system:serviceaccount:imagecheck:imagecheck-worker';

/** User agent of requests that are made by hand, as the worker, to see them refused. */
export const policyProof = 'policy-proof';

/** Applies the base and all components, as the README says; a second time changes nothing. */
export async function install(cluster: TestCluster): Promise<Installed> {
  const admin = await openKubectl(cluster, cluster);
  await admin.run(['apply', '-k', installation]);
  const token = await admin.run(['-n', 'imagecheck', 'create', 'token', 'imagecheck-worker', '--duration=1h']);
  const worker = await openKubectl(cluster, { ...cluster, token: token.trim() });
  return {
    admin,
    worker,
    close: async () => {
      await Promise.all([admin.close(), worker.close()]);
    },
  };
}
