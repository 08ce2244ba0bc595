import type { Config } from '../config.ts';
import { UserError } from '../errors.ts';
import type { Reach } from '../flows/collect/collect.ts';
import type { KubernetesReader } from '../kubernetes/cluster-reader.ts';
import type { Right } from '../kubernetes/connection/right.ts';
import type { ByteBudget } from '../memory/byte-budget.ts';
import type { ClusterSetting } from '../model/settings/settings.ts';
import type { ContentCache } from '../ports/registry.ts';
import type { RegistryTimeouts } from '../registry/dispatchers.ts';

/** What a flow reads, with a way to close it. */
export interface OpenReach extends Reach {
  /** Changes the cluster over the reader's connection. */
  readonly changes: KubernetesReader['changes'];
  /**
   * Which of these permissions are missing, as `get secrets`; a permission that cannot be checked counts as present.
   */
  missingRights(rights: readonly Right[], signal: AbortSignal): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The requested cluster; the only one if none was named. Throws a `UserError` that lists the clusters. */
export function chooseCluster(config: Pick<Config, 'clusters'>, id: string | undefined): ClusterSetting {
  const ids = config.clusters.map((cluster) => cluster.id).join(', ');
  if (id !== undefined) {
    const found = config.clusters.find((cluster) => cluster.id === id);
    if (found === undefined)
      throw new UserError(`no cluster ${id} in the configuration.`, { remedy: `It has: ${ids}.` });
    return found;
  }
  const [only, ...more] = config.clusters;
  if (only === undefined) {
    throw new UserError('no cluster configured.', {
      remedy: 'Set KUBECONFIG or pass --kubeconfig FILE.',
    });
  }
  if (more.length > 0)
    throw new UserError('the configuration has several clusters.', { remedy: `Choose one with -c: ${ids}.` });
  return only;
}

/** The reader of one cluster of the configuration. */
export async function openReader(
  config: Config,
  { access, id }: ClusterSetting,
  bytes?: ByteBudget,
): Promise<KubernetesReader> {
  const { createClusterReader } = await import('../kubernetes/cluster-reader.ts');
  return createClusterReader({
    id,
    proxy: config.proxy,
    answerTimeoutMs: config.timeouts.clusterRequestMs,
    ...(bytes === undefined ? {} : { bytes }),
    ...(access.type === 'in-cluster'
      ? { inCluster: access }
      : {
          kubeconfig: access.files.join(':'),
          ...(access.context === undefined ? {} : { context: access.context }),
        }),
  });
}

/** The real adapters that a diagnosis reads through: one cluster and the registries as its nodes reach them. */
export async function openReach(config: Config, cluster: ClusterSetting, content?: ContentCache): Promise<OpenReach> {
  const [{ createByteBudget }, { formatRight }, { createRegistryClient }, { createKeychain }] = await Promise.all([
    import('../memory/byte-budget.ts'),
    import('../kubernetes/connection/right.ts'),
    import('../registry/client.ts'),
    import('../registry/keychain.ts'),
  ]);
  const { id } = cluster;
  // One budget for whatever this process reads, so that many answers at once do not fill its heap.
  const bytes = createByteBudget();
  const reader = await openReader(config, cluster, bytes);
  const now = () => new Date();
  const keychain = createKeychain({ registries: config.registries, now });
  const registry = createRegistryClient({
    registries: config.registries,
    keychain,
    mirrors: config.mirrors.filter((mirror) => mirror.cluster === id),
    proxy: config.proxy,
    timeouts: requestTimes(config.timeouts),
    now,
    ...(content === undefined ? {} : { content }),
  });
  return {
    cluster: reader,
    changes: reader.changes,
    registry,
    keychain,
    placeholders: config.placeholders,
    pullBytesPerSecond: config.pulls.slowestBytesPerSecond,
    messages: config.messages,
    credentials: config.registries.flatMap(({ credential }) => credential ?? []),
    now,
    missingRights: async (rights, signal) => {
      const answers = await reader.canI(rights, { signal });
      return answers.flatMap(({ right, allowed }) => (allowed.known && !allowed.value ? [formatRight(right)] : []));
    },
    close: async () => {
      await Promise.all([reader.close(), registry.close()]);
    },
  };
}

/** The limit of a request holds for all of it: a registry that drips does not get it anew with every byte. */
function requestTimes({ registryConnectMs, registryRequestMs }: Config['timeouts']): RegistryTimeouts {
  const each = { headersMs: registryRequestMs, bodyMs: registryRequestMs, totalMs: registryRequestMs };
  return { connectMs: registryConnectMs, ...each };
}
