import { registryFamily } from '../../model/registry-family.ts';
import { type Provider, plainHabits } from './provider.ts';

const networkPattern = /client with ip .* is not allowed|not allowed access|public network|firewall/i;

/** Azure Container Registry (registries.md 2.1, 2.7). Realms are on the registry's own host. */
export const acr: Provider = {
  ...plainHabits,
  id: 'acr',
  serves: (host) => registryFamily(host) === 'acr',
  refreshTokenUsers: ['00000000-0000-0000-0000-000000000000', '<token>'],
  manifestUnknownMeans: () => 'tag',
  hint: ({ status, anonymous, authorized, message }) =>
    status === 403 && (anonymous || !authorized || networkPattern.test(message)) ? 'network-acl' : undefined,
};
