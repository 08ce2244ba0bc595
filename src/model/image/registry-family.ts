/** Registries whose refusals mean something of their own; the same words mean other things elsewhere. */
export type RegistryFamily = 'acr' | 'ecr' | 'ecr-public' | 'ghcr' | 'docker-hub' | 'other';

/** Anchored: a host is a vendor's only when the whole of it fits (design rule 6). */
const hosts: readonly (readonly [family: RegistryFamily, pattern: RegExp])[] = [
  ['acr', /^[a-z0-9]{1,50}(?:-[a-z0-9]{1,20})?(?:\.[a-z0-9]{1,30}\.data)?\.azurecr\.(?:io|cn|us)$/],
  [
    'ecr',
    /^\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9][a-z0-9_-]{0,40}\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.(?:aws|amazonwebservices\.com\.cn))$/,
  ],
  ['ecr-public', /^(?:public\.ecr\.aws|ecr-public\.aws\.com)$/],
  ['ghcr', /^ghcr\.io$/],
  [
    'docker-hub',
    /^(?:docker\.io|index\.docker\.io|registry-1\.docker\.io|auth\.docker\.io|registry\.hub\.docker\.com)$/,
  ],
];

/**
 * Whose registry a host is (docs/facts/registries.md). Upper case and a port do not matter; look-alikes are `other`.
 */
export function registryFamily(host: string): RegistryFamily {
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '');
  return hosts.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';
}
