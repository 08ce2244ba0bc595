import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../../../src/sandbox/start.ts';
import { readConfig } from '../../../src/wire/configuration.ts';
import { type OpenReach, openReach } from '../../../src/wire/reach.ts';
import { kubeconfig } from './control-plane.ts';
import type { TestCluster } from './global-setup.ts';

/** Ways for the product into one cluster as several identities, with the registries of one sandbox. */
export interface Reaches {
  readonly as: (token: string) => Promise<OpenReach>;
  /** Closes all that were opened. */
  readonly close: () => Promise<void>;
}

export async function openReaches(cluster: TestCluster, sandbox: Sandbox): Promise<Reaches> {
  const directory = await mkdtemp(join(cluster.directory, 'reaches-'));
  const config = readConfig({ file: sandbox.product.ownConfig, env: sandbox.product.environment });
  const opened: OpenReach[] = [];
  return {
    as: async (token) => {
      const file = join(directory, `${opened.length}.yaml`);
      await writeFile(file, kubeconfig({ ...cluster, token }), { mode: 0o600 });
      const reach = await openReach(config, { id: 'test', access: { type: 'kubeconfig', files: [file] } });
      opened.push(reach);
      return reach;
    },
    close: async () => {
      await Promise.all(opened.map((reach) => reach.close()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
