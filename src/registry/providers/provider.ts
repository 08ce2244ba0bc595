import type { RefusalHint } from '../../model/outcome.ts';

/** What a registry or its token service said when it refused; what a provider judges. */
export interface Refusal {
  readonly status: number;
  readonly stage: 'token' | 'request';
  /** No credential was given for the probe. */
  readonly anonymous: boolean;
  /** The refused request carried a token or a password. */
  readonly authorized: boolean;
  /** The token that was sent grants no access at all (its `access` claim is empty). */
  readonly emptyGrant: boolean;
  /** `error` of the challenge: `insufficient_scope`. */
  readonly challengeError?: string;
  readonly code?: string;
  readonly message: string;
}

/** The habits of one kind of registry. A provider knows no transport; the transport knows no provider. */
export interface Provider {
  /** As messages name it: `acr`, `ghcr`. */
  readonly id: string;
  /** Whether it runs this host: the whole name must fit. */
  serves(host: string): boolean;
  /** Host that speaks the protocol, where people use another name for it. */
  apiHost(host: string): string;
  /** Hosts besides the registry's own that issue its tokens, and so may receive its credentials. */
  tokenRealms(host: string): readonly string[];
  /** User names whose password is a refresh token, to be exchanged by POST. */
  readonly refreshTokenUsers: readonly string[];
  /** A GET of a manifest costs a pull of a quota. */
  readonly metersManifests: boolean;
  /** Whether its "manifest unknown" proves that the repository exists. */
  manifestUnknownMeans(anonymous: boolean): 'tag' | 'unclear';
  /** What this refusal usually means here. */
  hint(refusal: Refusal): RefusalHint | undefined;
}

/** What registries do that follow the specification and nothing else; providers change what is different. */
export const plainHabits = {
  apiHost: (host) => host,
  tokenRealms: () => [],
  refreshTokenUsers: ['<token>'],
  metersManifests: false,
  manifestUnknownMeans: () => 'unclear',
  hint: () => undefined,
} as const satisfies Omit<Provider, 'id' | 'serves'>;
