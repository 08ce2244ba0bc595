import { acr } from './acr.ts';
import { dockerHub } from './docker-hub.ts';
import { ecr } from './ecr.ts';
import { ecrPublic } from './ecr-public.ts';
import { generic } from './generic.ts';
import { ghcr } from './ghcr.ts';
import type { Provider } from './provider.ts';

/** All providers; the first that serves a host is its provider, and the last serves every host. */
export const providers: readonly Provider[] = [acr, ecr, ecrPublic, ghcr, dockerHub, generic];

/** The provider of a host as image references write it: case and port do not matter, lookalike hosts are `generic`. */
export function providerOf(host: string): Provider {
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '');
  return providers.find((provider) => provider.serves(name)) ?? generic;
}

/** The provider whose own rate limit a text speaks of, whichever host passes the text on; undefined if it names none. */
export function limiterIn(text: string): Provider | undefined {
  return providers.find(({ messages }) => messages.limitWords?.test(text) === true);
}
