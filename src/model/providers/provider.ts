import type { Cause } from '../finding/cause.ts';
import type { Conclusion } from '../finding/conclusion.ts';

/**
 * What a refusal at this registry usually means; the provider knows its registry's habits (docs/facts/registries.md).
 * `never-published`: GHCR refuses an anonymous token with 403. `exists-private`: GHCR's 401. `absent-or-private`: Docker Hub
 * tells neither. `credential-expired`: the body says so. `network-acl`: ACR's 403 at /v2/ or for an anonymous token.
 */
export const refusalHints = [
  'never-published',
  'exists-private',
  'absent-or-private',
  'credential-expired',
  'network-acl',
] as const;
export type RefusalHint = (typeof refusalHints)[number];

/** What a registry or its token service said when it refused; what a provider judges. */
export interface RegistryRefusal {
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

/** An image whose push time is asked for. */
export interface PushedImage {
  /** As image references write it. */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest: string;
  /** The reference names the digest itself; a tag beside it is a comment. */
  readonly isPinned: boolean;
}

/** What a provider's own API says of a push: when (ISO 8601), and of which digests. */
export interface PushRecord {
  readonly at: string;
  readonly digests: readonly string[];
}

/** Where a provider tells when an image was pushed, or why nobody is asked. */
export type PushSource =
  | {
      readonly kind: 'api';
      /**
       * Another host of the same operator, which is asked as nobody. The registry itself, with the credential of the
       * probe, when left out.
       */
      readonly host?: string;
      /** Below the root of that host. */
      readonly path: string;
      /** Undefined for JSON of another shape. Never throws. */
      readonly read: (json: unknown) => PushRecord | undefined;
      /** What a refusal of the request means, as people would say it. */
      readonly refused: string;
      /** What a 404 means. */
      readonly absent: string;
    }
  | { readonly kind: 'untold'; readonly why: string };

/** How to read what a runtime reports of a refusal: the same words mean different things at different registries. */
export interface MessageHabits {
  /** A 403 of its token service: to a runtime that sent no credential, and to one of which that is not known. */
  readonly tokenForbidden: { readonly anonymous: Conclusion; readonly unclear: Conclusion };
  /** Its answer "denied: denied", where it says no more than that. */
  readonly deniedOnly?: Conclusion;
  /** A 403 without a word. */
  readonly bareForbidden?: Conclusion;
  /** What else its 401 can mean. */
  readonly unauthorizedAlso: readonly Cause[];
  /** What else its "not found" can mean. */
  readonly notFoundAlso: readonly Cause[];
}

/** What is particular to one kind of registry. A provider computes and nothing else; it knows no transport. */
export interface Provider {
  /** As messages name it: `acr`, `ghcr`. */
  readonly id: string;
  /** Whether it runs this host, in lower case and without a port: the whole name must fit. */
  serves(host: string): boolean;
  /** The one name by which images refer to it, in lower case, where a registry has several hosts. */
  canonicalHost(host: string): string;
  /** Host that speaks the protocol, where people use another name for it. */
  apiHost(host: string): string;
  /** Key below `auths` of a pull secret by which the kubelet finds the credential for this host and path. */
  secretKey(host: string, pathPrefix: string | undefined): string;
  /** Hosts besides the registry's own that issue its tokens, and so may receive its credentials. */
  tokenRealms(host: string): readonly string[];
  /** User names whose password is a refresh token, to be exchanged by POST. */
  readonly refreshTokenUsers: readonly string[];
  /** A GET of a manifest costs a pull of a quota. */
  readonly metersManifests: boolean;
  /** Artifact type of the images that nodes stream instead of pulling, where the registry makes them. */
  readonly streamingArtifactType?: string;
  /** Whether its "manifest unknown" proves that the repository exists. */
  manifestUnknownMeans(anonymous: boolean): 'tag' | 'unclear';
  /** What this refusal usually means here. */
  hint(refusal: RegistryRefusal): RefusalHint | undefined;
  readonly messages: MessageHabits;
  /** The distribution specification knows no push times; a few registries report them through an API of their own. */
  pushSource(image: PushedImage): PushSource;
}

/** Traits of a registry that follows the specification and nothing else; providers change what is different. */
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
  },
  pushSource: ({ host }) => ({ kind: 'untold', why: `${host} does not tell it to whoever pulls` }),
} as const satisfies Omit<Provider, 'id' | 'serves'>;
