import type { Conclusion } from '../finding/conclusion.ts';
import { type Provider, plainTraits } from './provider.ts';

const tokenForbidden: Conclusion = {
  cause: 'denied_or_absent',
  confidence: 'likely',
  also: ['image_never_published', 'image_not_found', 'forbidden'],
  meaning: 'GHCR refuses a token for this name. Usually the package was never published; otherwise it may not be read.',
  next: 'Check that the package exists under exactly this owner and name; add a pull secret only when it does.',
};

/**
 * GitHub's registry. For an anonymous caller its token service distinguishes what others do not: 403 for a package that
 * does not exist, 401 for a private one (docs/facts/registries.md#ghcr). With the owner's credential, a missing package
 * and a missing tag get the same answer.
 */
export const ghcr: Provider = {
  ...plainTraits,
  id: 'ghcr',
  serves: (host) => host === 'ghcr.io',
  manifestUnknownMeans: (anonymous) => (anonymous ? 'tag' : 'unclear'),
  hint: ({ stage, anonymous, status }) => {
    if (stage !== 'token' || !anonymous) return undefined;
    return status === 403 ? 'never-published' : 'exists-private';
  },
  messages: {
    ...plainTraits.messages,
    tokenForbidden: { anonymous: tokenForbidden, unclear: tokenForbidden },
    deniedOnly: {
      cause: 'forbidden',
      confidence: 'possible',
      also: ['denied_or_absent', 'expired_credentials', 'unauthorized'],
    },
    notFoundAlso: ['image_never_published'],
    mayBeCache: false,
  },
};
