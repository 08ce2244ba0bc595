import type { Pod, PullSecret, Snapshot } from '../../model/snapshot/snapshot.ts';
import { type Fact, known, unknown, valueOr } from '../../model/values/fact.ts';
import { isUsernameSecret } from '../../model/values/secret.ts';
import type { Workload } from '../../model/workload/workload.ts';
import type { ClusterReader, Lookup, PullSecretContent, Reading } from '../../ports/cluster.ts';
import type { KeyringEntry } from '../../ports/keychain.ts';

/** The pull secrets of a workload: what checks may see of them, and the credentials for probing as the workload. */
export interface SecretsSeen {
  readonly serviceAccount: Snapshot['serviceAccount'];
  readonly pullSecrets: readonly PullSecret[];
  readonly keyring: readonly KeyringEntry[];
}

type Reach = Pick<ClusterReader, 'serviceAccount' | 'pullSecret'>;

/**
 * Reads the Secrets that the pods name. A service account's list counts only for pods that name none themselves: it is
 * copied at admission (docs/facts/kubernetes.md#pull-credentials), so existing pods show what they really got.
 */
export async function readPullSecrets(
  workload: Workload,
  podsRead: Promise<Fact<readonly Pod[]>>,
  cluster: Reach,
  reading: Reading,
): Promise<SecretsSeen> {
  const { namespace } = workload.ref;
  const { serviceAccount: accountName, pullSecretNames } = workload.template;
  const early = new Map(pullSecretNames.map((name) => [name, cluster.pullSecret(namespace, name, reading)]));
  const account = await cluster.serviceAccount(namespace, accountName, reading);
  const accountNames = account.kind === 'found' ? account.value.pullSecretNames : [];
  const pods = valueOr(await podsRead, []);
  const podNames = pods.flatMap((pod) => pod.pullSecretNames);
  const used = [...new Set([...pullSecretNames, ...(pullSecretNames.length === 0 ? accountNames : []), ...podNames])];
  const contents = await Promise.all(
    used.map(async (name) => [name, await (early.get(name) ?? cluster.pullSecret(namespace, name, reading))] as const),
  );
  return {
    serviceAccount:
      account.kind === 'found'
        ? known({ name: accountName, ...account.value })
        : unknown(
            account.kind === 'absent' ? `service account ${accountName} does not exist` : account.why,
            rightOf(account),
          ),
    pullSecrets: contents.map(([name, content]) => ({
      name,
      referencedBy: pullSecretNames.includes(name) || !accountNames.includes(name) ? 'pod' : 'serviceAccount',
      content: describe(content),
    })),
    keyring: contents.flatMap(([secretName, content]) =>
      content.kind === 'found' && content.value.problem === undefined
        ? content.value.entries.map(({ key, credential }) => ({ key, secretName, credential }))
        : [],
    ),
  };
}

function rightOf(lookup: Lookup<unknown>): string | undefined {
  return lookup.kind === 'unknown' ? lookup.missingRight : undefined;
}

function describe(content: Lookup<PullSecretContent>): PullSecret['content'] {
  if (content.kind === 'absent') return known({ state: 'missing' });
  if (content.kind === 'unknown') return unknown(content.why, content.missingRight);
  const { type, problem, createdAt, entries } = content.value;
  if (problem !== undefined) return known({ state: 'unusable', type, problem });
  return known({
    state: 'usable',
    type,
    createdAt,
    entries: entries.map(({ key, credential }) => ({
      key,
      username: isUsernameSecret(credential) ? '[redacted]' : credential.username,
      ...(credential.expiresAt === undefined ? {} : { expiresAt: credential.expiresAt.toISOString() }),
    })),
  });
}
