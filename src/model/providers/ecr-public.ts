import { ecr } from './ecr.ts';
import { type Provider, plainTraits } from './provider.ts';

const hosts: ReadonlySet<string> = new Set(['public.ecr.aws', 'ecr-public.aws.com']);
const { messages } = plainTraits;

/**
 * Amazon ECR Public, which issues an anonymous token to everyone: a refusal of one doesn't mean that the image is
 * private.
 */
export const ecrPublic: Provider = {
  ...ecr,
  id: 'ecr-public',
  serves: (host) => hosts.has(host),
  messages: {
    ...messages,
    tokenForbidden: { ...messages.tokenForbidden, anonymous: messages.tokenForbidden.unclear },
    mayBeCache: false,
  },
};
