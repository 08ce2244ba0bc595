import type { RefusalHint } from '../../model/image/outcome.ts';

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

/** An image of which is asked when it was pushed. */
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
  /** The distribution specification knows no push times; a few registries tell them through an API of their own. */
  pushSource(image: PushedImage): PushSource;
}

/** What registries do that follow the specification and nothing else; providers change what is different. */
export const plainHabits = {
  apiHost: (host) => host,
  tokenRealms: () => [],
  refreshTokenUsers: ['<token>'],
  metersManifests: false,
  manifestUnknownMeans: () => 'unclear',
  hint: () => undefined,
  pushSource: ({ host }) => ({ kind: 'untold', why: `${host} does not tell it to whoever pulls` }),
} as const satisfies Omit<Provider, 'id' | 'serves'>;
