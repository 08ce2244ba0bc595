import { registryFamily } from '../../model/registry-family.ts';
import { type Provider, plainHabits } from './provider.ts';

const FAMILIES: ReadonlySet<string> = new Set(['ecr', 'ecr-public']);
const EXPIRED = /authorization token has expired|security token included in the request is expired/i;

/** Amazon ECR, private (Basic with a token of 12 hours) and public (registries.md 3.2). */
export const ecr: Provider = {
  ...plainHabits,
  id: 'ecr',
  serves: (host) => FAMILIES.has(registryFamily(host)),
  manifestUnknownMeans: () => 'tag',
  hint: ({ message }) => (EXPIRED.test(message) ? 'credential-expired' : undefined),
};
