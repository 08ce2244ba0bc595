/** Image hosts of the pull cases, by their special trait. */
export const hosts = {
  ghcr: 'ghcr.io',
  hub: 'docker.io',
  acr: 'shop.azurecr.io',
  walled: 'walled.azurecr.io',
  mirrored: 'mirrored.azurecr.io',
  ecr: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
  generic: 'registry.example.org',
  page: 'page.example.org',
  odd: 'odd.example.org',
  refused: 'refused.example.org',
  nowhere: 'nowhere.invalid',
  untrusted: 'untrusted.example.org',
  expired: 'expired.example.org',
  misnamed: 'misnamed.example.org',
  plain: 'plain.example.org',
} as const;

const member = { username: 'ana', password: 'right' };

/** An account that may read everything, for each simulated registry that has states of its own. */
export const logins: Readonly<Record<string, { readonly username: string; readonly password: string }>> = {
  [hosts.ghcr]: member,
  [hosts.hub]: member,
  [hosts.acr]: member,
  [hosts.mirrored]: member,
  [hosts.ecr]: { username: 'AWS', password: 'right' },
  [hosts.generic]: member,
};
