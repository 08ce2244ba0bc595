import { imageOf } from '../../model/image/tags.ts';
import { providerOf } from '../../model/providers/index.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { cut, listed } from '../../model/text/words.ts';
import { type Editable, editableContainers } from './containers.ts';
import { refuse } from './refuse.ts';
import type { Refusal, RemedyWorld } from './remedy.ts';

/** A registry entry of the configuration that has a credential; its content is not here. */
export type RegistryCredential = RemedyWorld['credentials'][number];

/** `imagecheck-ghcr-io`: the same for everyone who names the registry in this way. */
export function secretNameFor(registry: string): string {
  const { host, path } = placeOf(registry);
  const words = `${host}/${path}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `imagecheck-${words}`.slice(0, 200).replace(/(?<!-)-+$/, '');
}

/** The key below `auths` that the kubelet matches to images of this registry. */
export function secretKey({ host, pathPrefix }: RegistryCredential): string {
  return providerOf(host).secretKey(host, pathPrefix);
}

/** Containers whose image this credential is for; of any registry if none is given. */
export function coveredContainers(snapshot: Snapshot, credential: RegistryCredential | undefined): readonly Editable[] {
  return editableContainers(snapshot).filter(({ image: text }) => {
    const image = imageOf(text);
    return image !== undefined && (credential === undefined || covers(credential, image.registry, image.repository));
  });
}

/**
 * The entry that `registry` means: by its name, or by host and path. If several entries of a host fit, the images
 * decide if they can; otherwise the person is asked.
 */
export function credentialFor(registry: string, world: RemedyWorld): RegistryCredential | Refusal {
  const { credentials, snapshot } = world;
  const byName = credentials.find(({ name }) => name === registry);
  if (byName !== undefined) return byName;
  const { host, path } = placeOf(registry);
  const ofHost = credentials.filter((one) => normalHost(one.host) === host);
  const exact = path === '' ? [] : ofHost.filter(({ pathPrefix }) => pathPrefix === path);
  const covering = path === '' ? ofHost.filter((one) => coveredContainers(snapshot, one).length > 0) : exact;
  const [first, ...more] = covering.length > 0 ? covering : path === '' ? ofHost : [];
  if (first === undefined) {
    const names = credentials.map(({ name }) => cut(name, 80));
    const line = `- name: ${cut(host, 80)}, registry: ${cut(registry, 120)}, usernameEnv: …, passwordEnv: …`;
    return refuse(
      `The configuration has no credential for ${cut(registry, 120)}.`,
      `Add to registries: of the worker's configuration: { ${line.slice(2)} }${names.length === 0 ? '' : `. It has credentials for: ${listed(names, 10)}.`}`,
    );
  }
  if (more.length === 0) return first;
  const choices = [first, ...more].map(
    ({ name, pathPrefix }) => `${name} (${host}${pathPrefix === undefined ? '' : `/${pathPrefix}`})`,
  );
  return refuse(
    `There are ${choices.length} credentials for ${host}: ${listed(choices, 10)}.`,
    'Say which one by its name.',
  );
}

function covers({ host, pathPrefix }: RegistryCredential, registry: string, repository: string): boolean {
  if (normalHost(host) !== normalHost(registry)) return false;
  return pathPrefix === undefined || repository === pathPrefix || repository.startsWith(`${pathPrefix}/`);
}

/** Host and path of the ways in which people write a registry: `https://index.docker.io/v1/`, `ghcr.io/acme`. */
function placeOf(registry: string): { readonly host: string; readonly path: string } {
  const bare = registry
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/(?<!\/)\/+$/, '');
  const slash = bare.indexOf('/');
  return slash < 0
    ? { host: normalHost(bare), path: '' }
    : { host: normalHost(bare.slice(0, slash)), path: bare.slice(slash + 1) };
}

/** A registry with several hosts counts as one registry. */
function normalHost(host: string): string {
  return providerOf(host).canonicalHost(host);
}
