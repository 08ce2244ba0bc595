import { z } from 'zod';
import { refusalHints } from '../providers/provider.ts';
import type { DeepReadonly } from '../values/deep-readonly.ts';

/** A registry's quota as reported by its headers (Docker Hub: `ratelimit-limit`, `ratelimit-remaining`). */
export const RateLimit = z.object({
  limit: z.number(),
  remaining: z.number(),
  windowSeconds: z.number(),
  /** Whose quota it is: an address or an account id, if the registry reports it. */
  source: z.string().exactOptional(),
});
export type RateLimit = DeepReadonly<z.infer<typeof RateLimit>>;

/** Why no HTTP response came, or none that could be trusted. */
export const Unreachable = z.enum([
  'dns',
  'refused',
  'timeout',
  'reset',
  'tls-untrusted',
  'tls-name',
  'tls-expired',
  'tls-other',
  'http-on-https',
  'proxy',
  'other',
]);
export type Unreachable = z.infer<typeof Unreachable>;

/** Every way a probe of a registry can end. Never thrown: any kind of answer is a result. */
export const ProbeFailure = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('not-found'),
    /** `unclear`: the registry gives the same answer for a missing repository and a missing tag. */
    what: z.enum(['repository', 'tag', 'digest', 'unclear']),
    status: z.number(),
    code: z.string().exactOptional(),
    message: z.string(),
  }),
  z.object({
    /** 401 or 403. `stage` says who refused: the token service, or the registry once a token had been obtained. */
    kind: z.enum(['unauthorized', 'forbidden']),
    stage: z.enum(['token', 'request']),
    status: z.number(),
    code: z.string().exactOptional(),
    message: z.string(),
    hint: z.enum(refusalHints).exactOptional(),
  }),
  z.object({
    kind: z.literal('rate-limited'),
    message: z.string(),
    retryAfterMs: z.number().exactOptional(),
    rateLimit: RateLimit.exactOptional(),
  }),
  z.object({
    /** HTML, a login page, an empty body, or a redirect to another site instead of the registry protocol. */
    kind: z.literal('not-a-registry'),
    status: z.number(),
    contentType: z.string(),
    /** First 80 characters, untrusted. */
    sample: z.string(),
    url: z.string(),
  }),
  z.object({ kind: z.literal('unreachable'), how: Unreachable, message: z.string(), url: z.string() }),
  z.object({ kind: z.literal('server-error'), status: z.number(), message: z.string(), url: z.string() }),
  z.object({
    /** JSON of an unexpected shape, a digest that does not match its bytes, or a body over the limit. */
    kind: z.literal('bad-content'),
    message: z.string(),
    url: z.string(),
  }),
  z.object({
    /** We chose not to ask: quota saved, address guarded, token realm not allowed, deadline used up. */
    kind: z.literal('not-probed'),
    why: z.enum(['spared', 'guarded', 'realm-not-allowed', 'deadline']),
    message: z.string(),
  }),
]);
export type ProbeFailure = DeepReadonly<z.infer<typeof ProbeFailure>>;

/**
 * A manifest that the registry resolved. `digest` is computed over the raw bytes, or for HEAD the registry's header.
 */
export const Resolved = z.object({
  kind: z.literal('found'),
  digest: z.string(),
  mediaType: z.string(),
  sizeBytes: z.number().exactOptional(),
  rateLimit: RateLimit.exactOptional(),
});
export type Resolved = DeepReadonly<z.infer<typeof Resolved>>;

/** How a probe ended: the manifest, or why there is none. */
export const ProbeOutcome = z.discriminatedUnion('kind', [Resolved, ProbeFailure]);
export type ProbeOutcome = DeepReadonly<z.infer<typeof ProbeOutcome>>;

/** A response with a value, or one of the failures above. */
export type RegistryAnswer<T> = { readonly kind: 'ok'; readonly value: T } | ProbeFailure;

/** One OCI platform. */
export const Platform = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().exactOptional(),
  osVersion: z.string().exactOptional(),
});
export type Platform = DeepReadonly<z.infer<typeof Platform>>;

/** `linux/arm64/v8`, or `windows/amd64 10.0.20348.2113`. */
export function formatPlatform({ os, architecture, variant, osVersion }: Platform): string {
  const name = variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
  return osVersion === undefined ? name : `${name} ${osVersion}`;
}

/** A manifest's content, read by digest. */
export const Manifest = z.object({
  digest: z.string(),
  mediaType: z.string(),
  artifactType: z.string().exactOptional(),
  body: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('index'),
      /** Attestations (`unknown/unknown`) are left out. */
      children: z.array(z.object({ digest: z.string(), platform: Platform.exactOptional() })),
    }),
    z.object({ kind: z.literal('image'), configDigest: z.string(), layersBytes: z.number() }),
    z.object({ kind: z.enum(['schema1', 'artifact']) }),
  ]),
});
export type Manifest = DeepReadonly<z.infer<typeof Manifest>>;

/** The facts of an image's config. */
export const ImageConfig = z.object({
  digest: z.string(),
  platform: Platform,
  /** ISO 8601; absent or the epoch in reproducible builds. */
  created: z.string().exactOptional(),
  /** `org.opencontainers.image.revision`. */
  revision: z.string().exactOptional(),
  /** `org.opencontainers.image.source`. */
  source: z.string().exactOptional(),
  /** Size of the image's layers as they are transferred, from its manifest. */
  layersBytes: z.number().exactOptional(),
  env: z.array(z.string()),
});
export type ImageConfig = DeepReadonly<z.infer<typeof ImageConfig>>;
