import { type Fact, known, unknown } from '../../model/values/fact.ts';
import { type Container, type WorkloadKind, workloadKinds } from '../../model/workload/workload.ts';
import type { Reading } from '../../ports/cluster.ts';
import { core, workloadResources } from './kinds.ts';
import { ServiceAccountObject, WorkloadObject } from './objects.ts';
import { type ClusterSource, listObjects } from './read.ts';
import { secretNames } from './template.ts';
import { workloadOf } from './workloads.ts';

/** Which objects the workloads of a namespace name: what a worker would have to get by name. */
export interface NamesInUse {
  readonly namespace: string;
  readonly serviceAccounts: readonly string[];
  readonly configMaps: readonly string[];
  readonly pullSecrets: readonly string[];
}

interface Used {
  readonly account: string;
  readonly configMaps: readonly string[];
  readonly pullSecrets: readonly string[];
}

/**
 * Reads the templates of all workloads and all service accounts of a namespace; unknown if any of it cannot be read.
 */
export async function namesInUse(
  source: ClusterSource,
  namespace: string,
  reading: Reading,
): Promise<Fact<NamesInUse>> {
  const [accounts, ...lists] = await Promise.all([
    listObjects(
      source,
      {
        resource: core('serviceaccounts'),
        namespace,
        schema: ServiceAccountObject,
        project: ({ imagePullSecrets }) => secretNames(imagePullSecrets),
      },
      reading,
    ),
    ...workloadKinds.map((kind) => usedBy(source, kind, namespace, reading)),
  ]);
  const used: Used[] = [];
  for (const list of lists) {
    if (!list.known) return list;
    used.push(...list.value);
  }
  if (!accounts.known) return unknown(accounts.why, accounts.missingRight);
  return known({
    namespace,
    serviceAccounts: sorted(['default', ...used.map(({ account }) => account)]),
    configMaps: sorted(used.flatMap(({ configMaps }) => configMaps)),
    pullSecrets: sorted([...accounts.value.flat(), ...used.flatMap(({ pullSecrets }) => pullSecrets)]),
  });
}

function usedBy(
  source: ClusterSource,
  kind: WorkloadKind,
  namespace: string,
  reading: Reading,
): Promise<Fact<readonly Used[]>> {
  const project = (object: WorkloadObject): Used => {
    const { template } = workloadOf({ kind, namespace, name: object.metadata.name }, object, { owners: [] });
    return {
      account: template.serviceAccount,
      configMaps: template.containers.flatMap(configMapsOf),
      pullSecrets: template.pullSecretNames,
    };
  };
  return listObjects(
    source,
    { resource: workloadResources[kind], namespace, schema: WorkloadObject, project },
    reading,
  );
}

function configMapsOf({ env, envFrom }: Container): readonly string[] {
  const sources = [...env.map(({ from }) => from), ...envFrom.map(({ source }) => source)];
  return sources.flatMap((source) => (source.startsWith('configMap/') ? [source.slice('configMap/'.length)] : []));
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name) => name !== ''))].sort((left, right) => left.localeCompare(right));
}
