import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../../src/config.ts';
import type { RemediationFamily } from '../../../src/kubernetes/rights/worker-rights.ts';
import { remediationFamilies } from '../../../src/kubernetes/rights/worker-rights.ts';
import { productConfig } from '../../../src/sandbox/parts/product-config.ts';
import { readConfig } from '../../../src/wire/configuration.ts';
import { type OpenReach, openReach } from '../../../src/wire/reach.ts';
import { type Client, createClient } from '../../sandbox/cluster/client.ts';
import { type Nodes, startNodes } from '../../support/nodes.ts';
import type { TestCluster } from './global-setup.ts';
import { type Installed, install } from './installed.ts';
import { openPlace, type Place } from './remedies-place.ts';

/** The account of the configuration's credential for ghcr.io. */
export const robot = { username: 'robot', password: 'battery-staple' };

/** A control plane with nodes and registries, and one worker that has no writing rights but those that a place gives it. */
export interface Stage {
  readonly api: Client;
  readonly nodes: Nodes;
  readonly config: Config;
  readonly reach: OpenReach;
  readonly workerToken: string;
  /** A namespace of its own in which the worker has the rights of these families and no others. */
  place(name: string, families: readonly RemediationFamily[]): Promise<Place>;
  close(): Promise<void>;
}

/** Installs manifests/ with every policy; the writing rights are bound per namespace, as docs/rights.md offers. */
export async function openStage(cluster: TestCluster): Promise<Stage> {
  const installed = await install(cluster);
  await bindNowhere(installed);
  const nodes = await startNodes(cluster);
  nodes.registries.change('ghcr.io', { account: robot });
  const directory = await mkdtemp(join(cluster.directory, 'remedies-'));
  const config = await configOf(directory, installed, nodes);
  const reach = await openReach(config, {
    id: 'test',
    access: { type: 'kubeconfig', files: [installed.worker.kubeconfig] },
  });
  const api = createClient({ ...cluster, stop: () => Promise.resolve() });
  const workerToken = (
    await installed.admin.run(['-n', 'imagecheck', 'create', 'token', 'imagecheck-worker', '--duration=1h'])
  ).trim();
  const places: Place[] = [];
  const stage: Stage = {
    api,
    nodes,
    config,
    reach,
    workerToken,
    place: async (name, families) => {
      const place = await openPlace(stage, name, families);
      places.push(place);
      return place;
    },
    close: async () => {
      await Promise.all(places.map(({ namespace }) => api.removeNamespace(namespace)));
      await reach.close();
      await nodes.stop();
      await api.close();
      await rm(directory, { recursive: true, force: true });
      await installed.close();
    },
  };
  return stage;
}

async function bindNowhere({ admin }: Installed): Promise<void> {
  const bindings = remediationFamilies.map((family) => `clusterrolebinding/imagecheck-worker-${family}`);
  await admin.run(['delete', ...bindings]);
}

async function configOf(directory: string, { worker }: Installed, nodes: Nodes): Promise<Config> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const file = join(directory, 'imagecheck.yaml');
  const text = productConfig({
    clusterId: 'test',
    kubeconfig: worker.kubeconfig,
    slackApiUrl: 'http://127.0.0.1:9',
    redisUrl: 'redis://127.0.0.1:9',
    redisKeyPrefix: 'test',
    registries: nodes.registries.endpoints,
    signingPublicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    credentials: { 'ghcr.io': { usernameEnv: 'ROBOT_USER', passwordEnv: 'ROBOT_PASSWORD' } },
  });
  await writeFile(file, text, { mode: 0o600 });
  return readConfig({
    file,
    role: 'all',
    env: {
      SLACK_BOT_TOKEN: 'xoxb-1-1-a',
      SLACK_APP_TOKEN: 'xapp-1-A-1-a',
      ROBOT_USER: robot.username,
      ROBOT_PASSWORD: robot.password,
      IMAGECHECK_SIGNING_KEY: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    },
  });
}
