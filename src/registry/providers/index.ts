import { acr } from './acr.ts';
import { dockerHub } from './docker-hub.ts';
import { ecr } from './ecr.ts';
import { generic } from './generic.ts';
import { ghcr } from './ghcr.ts';
import type { Provider } from './provider.ts';

/** All providers; the first that serves a host is its provider, and the last serves every host. */
export const providers: readonly Provider[] = [acr, ecr, ghcr, dockerHub, generic];

/** The provider of a host as image references write it. */
export function providerOf(host: string): Provider {
  const name = host.toLowerCase();
  return providers.find((provider) => provider.serves(name)) ?? generic;
}
