import { registryFamily } from '../../model/image/registry-family.ts';
import { type Provider, plainHabits } from './provider.ts';

/**
 * GitHub's registry. Its token service tells an anonymous caller apart what others do not: 403 for a package that does
 * not exist, 401 for a private one (docs/facts/registries.md#ghcr). With a credential of the owner, a missing package
 * and a missing tag answer the same.
 */
export const ghcr: Provider = {
  ...plainHabits,
  id: 'ghcr',
  serves: (host) => registryFamily(host) === 'ghcr',
  manifestUnknownMeans: (anonymous) => (anonymous ? 'tag' : 'unclear'),
  hint: ({ stage, anonymous, status }) => {
    if (stage !== 'token' || !anonymous) return undefined;
    return status === 403 ? 'never-published' : 'exists-private';
  },
};
