import { type Provider, plainTraits } from './provider.ts';

/** Hosted registries whose token service is known to live on another host of the same operator. */
const realmsByHost: ReadonlyMap<string, readonly string[]> = new Map([
  ['registry.gitlab.com', ['gitlab.com']],
  ['lscr.io', ['ghcr.io']],
  ['nvcr.io', ['authn.nvidia.com']],
]);

/** Registries that were shut down, by the end of their hosts, with what became of their images. */
const retired: readonly (readonly [suffix: string, successor: string])[] = [
  ['.bintray.io', 'wherever its publisher moved it when Bintray was shut down; its documentation says where'],
];

/** Every other registry: Harbor, Quay, Artifactory, GitLab, Nexus, Google Artifact Registry, distribution itself. */
export const generic: Provider = {
  ...plainTraits,
  id: 'generic',
  serves: () => true,
  tokenRealms: (host) => realmsByHost.get(host) ?? [],
  messages: {
    ...plainTraits.messages,
    movedTo: (host) => retired.find(([suffix]) => host.endsWith(suffix))?.[1],
  },
};
