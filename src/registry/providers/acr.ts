import { type Provider, plainHabits } from './provider.ts';

const HOST = /^[a-z0-9]{5,50}(?:-[a-z0-9]{1,20})?\.azurecr\.(?:io|cn|us)$/;
const NETWORK = /client with ip .* is not allowed|not allowed access|public network|firewall/i;

/** Azure Container Registry (registries.md 2.1, 2.7). Realms are on the registry's own host. */
export const acr: Provider = {
  ...plainHabits,
  id: 'acr',
  serves: (host) => HOST.test(host),
  refreshTokenUsers: ['00000000-0000-0000-0000-000000000000', '<token>'],
  manifestUnknownMeans: () => 'tag',
  hint: ({ status, anonymous, authorized, message }) =>
    status === 403 && (anonymous || !authorized || NETWORK.test(message)) ? 'network-acl' : undefined,
};
