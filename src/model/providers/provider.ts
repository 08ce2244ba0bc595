import type { Cause } from '../finding/cause.ts';
import type { Conclusion } from '../finding/conclusion.ts';

/**
 * What a refusal at this registry usually means; the provider knows its registry's habits (docs/facts/registries.md).
 * `never-published`: GHCR refuses an anonymous token with 403. `exists-private`: GHCR's 401. `absent-or-private`:
 * Docker Hub doesn't say which. `credential-expired`: the body says so. `network-acl`: ACR's 403 at /v2/ or for an
 * anonymous token.
 */
export const refusalHints = [
  'never-published',
  'exists-private',
  'absent-or-private',
  'credential-expired',
  'network-acl',
] as const;
export type RefusalHint = (typeof refusalHints)[number];

/** What a registry or its token service said when it refused; the provider interprets it. */
export interface RegistryRefusal {
  readonly status: number;
  readonly stage: 'token' | 'request';
  /** The probe had no credential. */
  readonly anonymous: boolean;
  /** The refused request carried a token or a password. */
  readonly authorized: boolean;
  /** The token sent grants no access at all (its `access` claim is empty). */
  readonly emptyGrant: boolean;
  /** `error` of the challenge: `insufficient_scope`. */
  readonly challengeError?: string;
  readonly code?: string;
  readonly message: string;
}

/** An image whose push time is requested. */
export interface PushedImage {
  /** As image references write it. */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest: string;
  /** The reference contains the digest itself; a tag beside it is only a comment. */
  readonly isPinned: boolean;
}

/** What a provider's own API reports about a push: when (ISO 8601), and of which digests. */
export interface PushRecord {
  readonly at: string;
  readonly digests: readonly string[];
}

/** Where a provider reports when an image was pushed, or why there is nowhere to ask. */
export type PushSource =
  | {
      readonly kind: 'api';
      /**
       * Another host of the same operator, which is asked anonymously. Default: the registry itself, with the probe's
       * credential.
       */
      readonly host?: string;
      /** Path below the root of that host. */
      readonly path: string;
      /** Undefined for JSON of another shape. Never throws. */
      readonly read: (json: unknown) => PushRecord | undefined;
      /** What a refused request means, in words for people. */
      readonly refused: string;
      /** What a 404 means. */
      readonly absent: string;
    }
  | { readonly kind: 'untold'; readonly why: string };

/** How to read a runtime's report of a refusal: the same words mean different things at different registries. */
export interface MessageHabits {
  /** A 403 from its token service: for a runtime that sent no credential, and for one where that is unknown. */
  readonly tokenForbidden: { readonly anonymous: Conclusion; readonly unclear: Conclusion };
  /** Its answer "denied: denied", without any more detail. */
  readonly deniedOnly?: Conclusion;
  /** A 403 without a message. */
  readonly bareForbidden?: Conclusion;
  /** Other meanings of its 401. */
  readonly unauthorizedAlso: readonly Cause[];
  /** Other meanings of its "not found". */
  readonly notFoundAlso: readonly Cause[];
  /** Such a host may answer for another registry (Harbor, Artifactory, Nexus, a cache rule) and pass its failures on. */
  readonly mayBeCache: boolean;
  /** Words of its own rate limit, by which a cache that passes them on is recognised. */
  readonly limitWords?: RegExp;
  /** Whether a refusal for this repository means that it doesn’t exist, because all of its kind are public. */
  readonly isPublicOnly: (repository: string) => boolean;
  /** Where the publisher moved this repository, or what replaced the registry, in words; undefined if nothing moved. */
  readonly movedTo: (host: string, repository: string) => string | undefined;
}

/** The traits of one kind of registry. A provider only computes; it knows no transport. */
export interface Provider {
  /** Name used in messages: `acr`, `ghcr`. */
  readonly id: string;
  /** Whether it serves this host, given in lower case and without a port: the whole name must match. */
  serves(host: string): boolean;
  /** The one name by which images refer to it, in lower case, where a registry has several hosts. */
  canonicalHost(host: string): string;
  /** Host that speaks the protocol, where people use another name. */
  apiHost(host: string): string;
  /** Key below `auths` of a pull secret by which the kubelet finds the credential for this host and path. */
  secretKey(host: string, pathPrefix: string | undefined): string;
  /** Hosts besides the registry's own that issue its tokens, and so may receive its credentials. */
  tokenRealms(host: string): readonly string[];
  /** User names whose password is a refresh token, to be exchanged by POST. */
  readonly refreshTokenUsers: readonly string[];
  /** A GET of a manifest counts against the pull quota. */
  readonly metersManifests: boolean;
  /** Artifact type of the images that nodes stream instead of pulling, if the registry creates them. */
  readonly streamingArtifactType?: string;
  /** Whether its "manifest unknown" proves that the repository exists. */
  manifestUnknownMeans(anonymous: boolean): 'tag' | 'unclear';
  /** What this refusal usually means at this registry. */
  hint(refusal: RegistryRefusal): RefusalHint | undefined;
  readonly messages: MessageHabits;
  /** The distribution specification knows no push times; a few registries report them through their own API. */
  pushSource(image: PushedImage): PushSource;
}

/** Traits of a registry that only follows the specification; providers override what differs. */
export const plainTraits = {
  canonicalHost: (host) => host.toLowerCase(),
  apiHost: (host) => host,
  secretKey: (host, pathPrefix) => (pathPrefix === undefined ? host : `${host}/${pathPrefix}`),
  tokenRealms: () => [],
  refreshTokenUsers: ['<token>'],
  metersManifests: false,
  manifestUnknownMeans: () => 'unclear',
  hint: () => undefined,
  messages: {
    tokenForbidden: {
      anonymous: { cause: 'denied_or_absent', confidence: 'possible', also: ['forbidden', 'network_acl'] },
      unclear: { cause: 'forbidden', confidence: 'likely', also: ['denied_or_absent', 'expired_credentials'] },
    },
    unauthorizedAlso: ['no_credentials', 'denied_or_absent'],
    notFoundAlso: [],
    mayBeCache: true,
    isPublicOnly: () => false,
    movedTo: () => undefined,
  },
  pushSource: ({ host }) => ({ kind: 'untold', why: `${host} doesn’t report it to pull credentials` }),
} as const satisfies Omit<Provider, 'id' | 'serves'>;
