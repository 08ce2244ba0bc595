import { at, type Fields, fields, type KubeObject, records, text } from '../cluster/objects/object.ts';
import type { ApiClient } from './api-client.ts';

/** Reads a Secret or ConfigMap of the pod's namespace; undefined when it does not exist (or may not be read). */
async function read(api: ApiClient, pod: KubeObject, plural: string, name: string): Promise<Fields | undefined> {
  const { status, body } = await api.send(
    'GET',
    `/api/v1/namespaces/${pod.metadata.namespace ?? ''}/${plural}/${name}`,
  );
  return status === 200 ? body : undefined;
}

/** The existing pull Secrets, and the names of the missing ones. */
export async function pullSecrets(
  api: ApiClient,
  pod: KubeObject,
  names: readonly string[],
): Promise<{ readonly found: readonly Fields[]; readonly missing: readonly string[] }> {
  const all = await Promise.all(names.map(async (name) => ({ name, secret: await read(api, pod, 'secrets', name) })));
  return {
    found: all.flatMap(({ secret }) => (secret === undefined ? [] : [secret])),
    missing: all.filter(({ secret }) => secret === undefined).map(({ name }) => name),
  };
}

/** Why a container's environment cannot be created (`CreateContainerConfigError`), in the kubelet's wording. */
export async function environmentProblem(
  api: ApiClient,
  pod: KubeObject,
  container: Fields,
): Promise<string | undefined> {
  const wanted = [...records(container, 'envFrom').flatMap(wholeSource), ...records(container, 'env').flatMap(oneKey)];
  for (const { plural, kind, name, key, optional } of wanted) {
    if (optional) continue;
    const found = await read(api, pod, plural, name);
    if (found === undefined) return `${kind.toLowerCase()} ${JSON.stringify(name)} not found`;
    const hasKey =
      key === undefined ||
      [fields(found, 'data'), fields(found, 'binaryData')].some((data) => Object.hasOwn(data, key));
    if (!hasKey) return `couldn't find key ${key} in ${kind} ${pod.metadata.namespace ?? ''}/${name}`;
  }
  return undefined;
}

interface Source {
  readonly plural: string;
  readonly kind: string;
  readonly name: string;
  readonly key?: string;
  readonly optional: boolean;
}

function wholeSource(entry: Fields): readonly Source[] {
  return [
    ...source(at(entry, 'secretRef'), 'secrets', 'Secret'),
    ...source(at(entry, 'configMapRef'), 'configmaps', 'ConfigMap'),
  ];
}

function oneKey(entry: Fields): readonly Source[] {
  const from = fields(entry, 'valueFrom');
  return [
    ...source(from['secretKeyRef'], 'secrets', 'Secret'),
    ...source(from['configMapKeyRef'], 'configmaps', 'ConfigMap'),
  ];
}

function source(reference: unknown, plural: string, kind: string): readonly Source[] {
  const name = text(reference, 'name');
  const key = text(reference, 'key');
  if (name === '') return [];
  return [{ plural, kind, name, optional: at(reference, 'optional') === true, ...(key === '' ? {} : { key }) }];
}

/** Why a volume cannot be mounted (event `FailedMount`); the pod waits in ContainerCreating. */
export async function volumeProblem(api: ApiClient, pod: KubeObject): Promise<string | undefined> {
  for (const volume of records(pod, 'spec', 'volumes')) {
    const secret = source(
      { name: text(volume, 'secret', 'secretName'), optional: at(volume, 'secret', 'optional') },
      'secrets',
      'secret',
    );
    const map = source(at(volume, 'configMap'), 'configmaps', 'configmap');
    for (const { plural, kind, name, optional } of [...secret, ...map]) {
      if (optional || (await read(api, pod, plural, name)) !== undefined) continue;
      return `MountVolume.SetUp failed for volume ${JSON.stringify(text(volume, 'name'))} : ${kind} ${JSON.stringify(name)} not found`;
    }
  }
  return undefined;
}
