import { registryFamily } from '../../model/image/registry-family.ts';
import { type Provider, plainHabits } from './provider.ts';

const families: ReadonlySet<string> = new Set(['ecr', 'ecr-public']);
const expiredPattern = /authorization token has expired|security token included in the request is expired/i;

/** Amazon ECR, private (Basic with a token of 12 hours) and public (docs/facts/registries.md#ecr). */
export const ecr: Provider = {
  ...plainHabits,
  id: 'ecr',
  serves: (host) => families.has(registryFamily(host)),
  manifestUnknownMeans: () => 'tag',
  hint: ({ message }) => (expiredPattern.test(message) ? 'credential-expired' : undefined),
};
