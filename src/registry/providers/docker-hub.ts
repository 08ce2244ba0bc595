import { registryFamily } from '../../model/registry-family.ts';
import { type Provider, plainHabits } from './provider.ts';

/** The names under which images are referred to; one registry. */
const hubNames: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/**
 * Docker Hub (registries.md 5). It issues a token for anything; a repository that is missing or private shows only as an
 * empty grant and `insufficient_scope`.
 */
export const dockerHub: Provider = {
  ...plainHabits,
  id: 'docker-hub',
  serves: (host) => registryFamily(host) === 'docker-hub',
  apiHost: (host) => (hubNames.has(host) ? 'registry-1.docker.io' : host),
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
