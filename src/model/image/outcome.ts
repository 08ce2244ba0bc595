import type { RefusalHint } from '../providers/provider.ts';

/** A registry's quota as its headers tell it (Docker Hub: `ratelimit-limit`, `ratelimit-remaining`). */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number;
  /** Whose quota: an address or an account id, when the registry says so. */
  readonly source?: string;
}

/** Why no HTTP answer came, or none that could be trusted. */
export type Unreachable =
  | 'dns'
  | 'refused'
  | 'timeout'
  | 'reset'
  | 'tls-untrusted'
  | 'tls-name'
  | 'tls-expired'
  | 'tls-other'
  | 'http-on-https'
  | 'proxy'
  | 'other';

/** Every way a probe of a registry can end. Never thrown: an answer of any kind is what we came for. */
export type ProbeFailure =
  | {
      readonly kind: 'not-found';
      /** `unclear`: the registry answers the same for a missing repository and a missing tag. */
      readonly what: 'repository' | 'tag' | 'digest' | 'unclear';
      readonly status: number;
      readonly code?: string;
      readonly message: string;
    }
  | {
      /** 401 or 403. `stage` says who refused: the token service, or the registry after a token was had. */
      readonly kind: 'unauthorized' | 'forbidden';
      readonly stage: 'token' | 'request';
      readonly status: number;
      readonly code?: string;
      readonly message: string;
      readonly hint?: RefusalHint;
    }
  | {
      readonly kind: 'rate-limited';
      readonly message: string;
      readonly retryAfterMs?: number;
      readonly rateLimit?: RateLimit;
    }
  | {
      /** HTML, a login page, an empty body, or a redirect to another site where the protocol belongs. */
      readonly kind: 'not-a-registry';
      readonly status: number;
      readonly contentType: string;
      /** First 80 characters, untrusted. */
      readonly sample: string;
      readonly url: string;
    }
  | { readonly kind: 'unreachable'; readonly how: Unreachable; readonly message: string; readonly url: string }
  | { readonly kind: 'server-error'; readonly status: number; readonly message: string; readonly url: string }
  | {
      /** JSON of another shape, a digest that does not match its bytes, a body over the cap. */
      readonly kind: 'bad-content';
      readonly message: string;
      readonly url: string;
    }
  | {
      /** We chose not to ask: quota spared, address guarded, token realm not allowed, deadline spent. */
      readonly kind: 'not-probed';
      readonly why: 'spared' | 'guarded' | 'realm-not-allowed' | 'deadline';
      readonly message: string;
    };

/** A manifest that the registry resolved. `digest` is of the raw bytes or the registry's header for HEAD. */
export interface Resolved {
  readonly kind: 'found';
  readonly digest: string;
  readonly mediaType: string;
  readonly sizeBytes?: number;
  readonly rateLimit?: RateLimit;
}

export type ProbeOutcome = Resolved | ProbeFailure;

/** An answer that carries a value, or one of the failures above. */
export type RegistryAnswer<T> = { readonly kind: 'ok'; readonly value: T } | ProbeFailure;

/** One platform as OCI writes it. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

/** `linux/arm64/v8`, or `windows/amd64 10.0.20348.2113`. */
export function formatPlatform({ os, architecture, variant, osVersion }: Platform): string {
  const name = variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
  return osVersion === undefined ? name : `${name} ${osVersion}`;
}

/** A manifest's content, read by digest. */
export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly body:
    | {
        readonly kind: 'index';
        /** Attestations (`unknown/unknown`) are left out. */
        readonly children: readonly { readonly digest: string; readonly platform?: Platform }[];
      }
    | { readonly kind: 'image'; readonly configDigest: string; readonly layersBytes: number }
    | { readonly kind: 'schema1' | 'artifact' };
}

/** What an image's config says of it. */
export interface ImageConfig {
  readonly digest: string;
  readonly platform: Platform;
  /** ISO 8601; absent or the epoch in reproducible builds. */
  readonly created?: string;
  /** `org.opencontainers.image.revision`. */
  readonly revision?: string;
  /** `org.opencontainers.image.source`. */
  readonly source?: string;
  readonly env: readonly string[];
}
