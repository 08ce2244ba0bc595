import { type Provider, plainTraits } from './provider.ts';

const hostPattern =
  /^\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9][a-z0-9_-]{0,40}\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.(?:aws|amazonwebservices\.com\.cn))$/;
const expiredPattern = /authorization token has expired|security token included in the request is expired/i;

/** Amazon ECR's private registries: Basic with a token of 12 hours (docs/facts/registries.md#ecr). */
export const ecr: Provider = {
  ...plainTraits,
  id: 'ecr',
  serves: (host) => hostPattern.test(host),
  manifestUnknownMeans: () => 'tag',
  hint: ({ message }) => (expiredPattern.test(message) ? 'credential-expired' : undefined),
  messages: { ...plainTraits.messages, unauthorizedAlso: ['expired_credentials', 'no_credentials'] },
};
