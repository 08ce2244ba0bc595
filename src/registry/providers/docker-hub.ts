import { type Provider, plainHabits } from './provider.ts';

const HOSTS: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/**
 * Docker Hub (registries.md 5). It issues a token for anything; a repository that is missing or private shows only as an
 * empty grant and `insufficient_scope`.
 */
export const dockerHub: Provider = {
  ...plainHabits,
  id: 'docker-hub',
  serves: (host) => HOSTS.has(host),
  apiHost: () => 'registry-1.docker.io',
  tokenRealms: () => ['auth.docker.io'],
  metersManifests: true,
  manifestUnknownMeans: () => 'tag',
  hint: ({ stage, status, challengeError, emptyGrant, code }) =>
    stage === 'request' &&
    (status === 401 || status === 403) &&
    (challengeError === 'insufficient_scope' || emptyGrant || code?.toUpperCase() === 'DENIED')
      ? 'absent-or-private'
      : undefined,
};
