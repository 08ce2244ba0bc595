import type { ImageProbe } from '../../model/snapshot/snapshot.ts';
import { type Fact, unknown, valueOr } from '../../model/values/fact.ts';
import type { Container, EnvEntry } from '../../model/workload/workload.ts';
import type { ClusterReader, Lookup, Reading } from '../../ports/cluster.ts';

/** The contents of the ConfigMaps that containers name. */
export type ConfigMaps = ReadonlyMap<string, Lookup<Readonly<Record<string, string>>>>;

/** Reads every ConfigMap that the containers name, each once. Secrets are named, but their values are never read. */
export async function readConfigMaps(
  namespace: string,
  containers: readonly Container[],
  cluster: Pick<ClusterReader, 'configMap'>,
  reading: Reading,
): Promise<ConfigMaps> {
  const sources = containers.flatMap(({ env, envFrom }) => [
    ...env.map(({ from }) => from),
    ...envFrom.map(({ source }) => source),
  ]);
  const names = [...new Set(sources.flatMap((source) => configMapOf(source) ?? []))];
  const read = names.map(async (name) => [name, await cluster.configMap(namespace, name, reading)] as const);
  return new Map(await Promise.all(read));
}

/**
 * The environment that a container starts with: the image's own, then `envFrom`, then `env`; later entries override
 * earlier ones.
 */
export function effectiveEnvironment(
  container: Container,
  maps: ConfigMaps,
  image: ImageProbe | undefined,
): readonly EnvEntry[] {
  const own = image === undefined ? [] : valueOr(image.configs, []).flatMap(({ env }) => env);
  const merged = new Map<string, EnvEntry>();
  for (const line of own) {
    const at = line.indexOf('=');
    if (at > 0) merged.set(line.slice(0, at), { name: line.slice(0, at), value: line.slice(at + 1), from: 'image' });
  }
  for (const { source, prefix } of container.envFrom) {
    for (const [key, value] of Object.entries(valuesOf(source, maps) ?? {})) {
      merged.set(prefix + key, { name: prefix + key, value, from: source, key });
    }
  }
  for (const entry of container.env) {
    const value = entry.value ?? valueOf(valuesOf(entry.from, maps), entry.key ?? entry.name);
    merged.set(entry.name, value === undefined ? entry : { ...entry, value });
  }
  return [...merged.values()];
}

/** ConfigMaps that could not be read, for "Couldn't read"; one that does not exist does not count. */
export function unreadConfigMaps(maps: ConfigMaps): Readonly<Record<string, Fact<unknown>>> {
  return Object.fromEntries(
    [...maps].flatMap(([name, found]) =>
      found.kind === 'unknown' ? [[`ConfigMap ${name}`, unknown(found.why, found.missingRight)] as const] : [],
    ),
  );
}

/** Only the ConfigMap's own keys: someone may ask for a key called `constructor`. */
function valueOf(values: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return values !== undefined && Object.hasOwn(values, key) ? values[key] : undefined;
}

function configMapOf(source: string): string | undefined {
  return source.startsWith('configMap/') ? source.slice('configMap/'.length) : undefined;
}

function valuesOf(source: string, maps: ConfigMaps): Readonly<Record<string, string>> | undefined {
  const name = configMapOf(source);
  const found = name === undefined ? undefined : maps.get(name);
  return found?.kind === 'found' ? found.value : undefined;
}
