import { z } from 'zod';
import { refusalHints } from '../providers/provider.ts';

/** One platform as OCI writes it, in a saved snapshot. */
export const platform = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().exactOptional(),
  osVersion: z.string().exactOptional(),
});

const rateLimit = z.object({
  limit: z.number(),
  remaining: z.number(),
  windowSeconds: z.number(),
  source: z.string().exactOptional(),
});
const refusal = {
  stage: z.enum(['token', 'request']),
  status: z.number(),
  code: z.string().exactOptional(),
  message: z.string(),
  hint: z.enum(refusalHints).exactOptional(),
};

/** How a probe ended, in a saved snapshot. */
export const outcome = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('found'),
    digest: z.string(),
    mediaType: z.string(),
    sizeBytes: z.number().exactOptional(),
    rateLimit: rateLimit.exactOptional(),
  }),
  z.object({
    kind: z.literal('not-found'),
    what: z.enum(['repository', 'tag', 'digest', 'unclear']),
    status: z.number(),
    code: z.string().exactOptional(),
    message: z.string(),
  }),
  z.object({ kind: z.literal('unauthorized'), ...refusal }),
  z.object({ kind: z.literal('forbidden'), ...refusal }),
  z.object({
    kind: z.literal('rate-limited'),
    message: z.string(),
    retryAfterMs: z.number().exactOptional(),
    rateLimit: rateLimit.exactOptional(),
  }),
  z.object({
    kind: z.literal('not-a-registry'),
    status: z.number(),
    contentType: z.string(),
    sample: z.string(),
    url: z.string(),
  }),
  z.object({
    kind: z.literal('unreachable'),
    how: z.enum([
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
    ]),
    message: z.string(),
    url: z.string(),
  }),
  z.object({ kind: z.literal('server-error'), status: z.number(), message: z.string(), url: z.string() }),
  z.object({ kind: z.literal('bad-content'), message: z.string(), url: z.string() }),
  z.object({
    kind: z.literal('not-probed'),
    why: z.enum(['spared', 'guarded', 'realm-not-allowed', 'deadline']),
    message: z.string(),
  }),
]);

/** A manifest's content, in a saved snapshot. */
export const manifest = z.object({
  digest: z.string(),
  mediaType: z.string(),
  artifactType: z.string().exactOptional(),
  body: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('index'),
      children: z.array(z.object({ digest: z.string(), platform: platform.exactOptional() })),
    }),
    z.object({ kind: z.literal('image'), configDigest: z.string(), layersBytes: z.number() }),
    z.object({ kind: z.enum(['schema1', 'artifact']) }),
  ]),
});

/** What an image's config says of it, in a saved snapshot. */
export const config = z.object({
  digest: z.string(),
  platform,
  created: z.string().exactOptional(),
  revision: z.string().exactOptional(),
  source: z.string().exactOptional(),
  env: z.array(z.string()),
});
