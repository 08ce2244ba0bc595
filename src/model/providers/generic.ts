import { type Provider, plainTraits } from './provider.ts';

/** Hosted registries whose token service is known to live on another host of the same operator. */
const realmsByHost: ReadonlyMap<string, readonly string[]> = new Map([
  ['registry.gitlab.com', ['gitlab.com']],
  ['lscr.io', ['ghcr.io']],
  ['nvcr.io', ['authn.nvidia.com']],
]);

/** Every other registry: Harbor, Quay, Artifactory, GitLab, Nexus, Google Artifact Registry, distribution itself. */
export const generic: Provider = {
  ...plainTraits,
  id: 'generic',
  serves: () => true,
  tokenRealms: (host) => realmsByHost.get(host) ?? [],
};
