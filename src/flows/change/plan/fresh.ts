import type { RegistryClient } from '../../../ports/registry.ts';

/**
 * The registries as they are from this moment on: an answer that was remembered before is not taken. A tag that moved
 * since the plan was shown must be seen, however short ago that was.
 */
export function freshRegistry(registry: RegistryClient, since: Date): RegistryClient {
  const notBefore = since.getTime();
  return { ...registry, resolve: (image, how) => registry.resolve(image, { ...how, notBefore }) };
}
