import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Measured, startNode, temporaryDirectory } from './processes.ts';
import { type BenchRedis, startRedis } from './redis.ts';
import type { LoggedRequest, WorldAddresses } from './world.ts';
import type { Group } from './world-objects.ts';

/** Everything around the product: a filled cluster with its registries, a Slack, a Redis, each a process of its own. */
export interface Stage {
  readonly world: Measured;
  readonly slack: Measured;
  readonly redis: BenchRedis;
  readonly kubeconfig: string;
  /** Secrets in the product's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes a configuration that includes these sections, and returns its path. */
  config(mode: 'socket' | 'http', port?: number, sections?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Sets the delay of every request. */
  delay(clusterMs: number, registryMs: number): Promise<void>;
  /** The requests since the last call. */
  requests(): Promise<readonly LoggedRequest[]>;
  stop(): Promise<void>;
}

export const clusterId = 'bench';

export async function startStage(groups: readonly Group[]): Promise<Stage> {
  const directory = temporaryDirectory();
  const world = startNode(['bench/world.ts']);
  const slack = startNode(['bench/load.ts']);
  const redis = await startRedis();
  const addresses = await world.call<WorldAddresses>('start');
  await world.call('seed', groups);
  const app = await slack.call<{ apiUrl: string; channels: readonly string[]; env: Record<string, string> }>('start');
  const kubeconfig = join(directory, 'kubeconfig.yaml');
  await writeFile(kubeconfig, addresses.kubeconfig, { mode: 0o600 });
  return {
    world,
    slack,
    redis,
    kubeconfig,
    env: { ...app.env, IMAGECHECK_LOG_LEVEL: 'info' },
    config: async (mode, port, sections) => {
      const file = join(directory, `imagecheck-${mode}-${port ?? 0}.yaml`);
      // YAML accepts JSON.
      const content = {
        clusters: [{ id: clusterId, kubeconfig }],
        slack: { mode, apiUrl: app.apiUrl, channels: app.channels, ...(port === undefined ? {} : { port }) },
        redis: { url: redis.url },
        registries: Object.entries(addresses.registries).map(([registry, endpoint]) => ({
          name: registry,
          registry,
          endpoint,
        })),
        ...sections,
      };
      await writeFile(file, JSON.stringify(content));
      return file;
    },
    delay: async (clusterMs, registryMs) => await world.call('delay', { clusterMs, registryMs }),
    requests: async () => await world.call<readonly LoggedRequest[]>('takeLog'),
    stop: async () => {
      await Promise.all([world.stop(), slack.stop(), redis.stop()]);
    },
  };
}
