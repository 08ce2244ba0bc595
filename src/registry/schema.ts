import { z } from 'zod';
import { isTag } from '../model/image/image.ts';
import type { ImageConfig, Manifest } from '../model/image/outcome.ts';
import { foreignJson, foreignList } from '../model/values/foreign.ts';
import { mostValues } from './heap-limits.ts';

/** The JSON of a body; undefined if it isn't JSON, or has more values than memory allows. Never throws. */
export function parseJson(body: Buffer): { readonly json: unknown } | undefined {
  try {
    return foreignJson(new TextDecoder('utf-8', { fatal: true }).decode(body), mostValues());
  } catch {
    return undefined;
  }
}

const text = z.string().optional().catch(undefined);
const OneError = z.object({ code: text, message: text });
const Errors = z.union([
  z
    .object({ errors: foreignList(OneError, { most: 1, beyond: 'left out' }).refine((errors) => errors.length > 0) })
    .transform(({ errors }) => errors[0]),
  z
    .object({ error: z.string(), error_description: text })
    .transform(({ error, error_description }) => ({ code: error, message: error_description })),
  OneError.refine(({ code, message }) => code !== undefined || message !== undefined),
  z.object({ details: z.string() }).transform(({ details }) => ({ code: undefined, message: details })),
]);

/** An error as a registry reports it. */
export interface RegistryError {
  readonly code?: string;
  readonly message?: string;
}

/** The first error of a body: `{"errors":[…]}`, OAuth's `{"error":…}`, or a bare code and message. Never throws. */
export function readRegistryError(body: Buffer): RegistryError | undefined {
  const parsed = parseJson(body);
  const result = parsed === undefined ? undefined : Errors.safeParse(parsed.json);
  if (result?.success !== true || result.data === undefined) return undefined;
  const { code, message } = result.data;
  return { ...(code === undefined ? {} : { code }), ...(message === undefined ? {} : { message }) };
}

/** Servers refuse longer headers, and tokens are kept. */
const longestToken = 65_536;

const NonEmpty = z.string().min(1).max(longestToken).optional().catch(undefined);
const Token = z
  .object({
    token: NonEmpty,
    access_token: NonEmpty,
    expires_in: z.number().positive().optional().catch(undefined),
  })
  .transform(({ token, access_token, expires_in }) => ({ token: token ?? access_token, expiresInSeconds: expires_in }));

/** A token service's answer: `token` or `access_token` (ACR sends only that), `expires_in` in seconds. */
export function readToken(body: Buffer): { readonly token: string; readonly expiresInSeconds?: number } | undefined {
  const parsed = parseJson(body);
  const result = parsed === undefined ? undefined : Token.safeParse(parsed.json);
  if (result?.success !== true || result.data.token === undefined) return undefined;
  const { token, expiresInSeconds } = result.data;
  return { token, ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }) };
}

const firstFew = { most: 100, beyond: 'left out' } as const;
const Claims = z.object({
  exp: z.number().optional().catch(undefined),
  access: foreignList(z.object({ actions: foreignList(z.string(), firstFew).catch([]) }), firstFew)
    .nullable()
    .optional()
    .catch(undefined),
});

/** The unverified claims of a JWT: when it expires and whether it grants anything. Opaque tokens have none. */
export function readClaims(token: string): { readonly expiresAt?: Date; readonly emptyGrant: boolean } {
  const parts = token.split('.');
  const parsed = parts.length === 3 ? parseJson(Buffer.from(parts[1] ?? '', 'base64url')) : undefined;
  const claims = parsed === undefined ? undefined : Claims.safeParse(parsed.json).data;
  const { exp, access } = claims ?? {};
  const grants = access?.some(({ actions }) => actions.length > 0) ?? false;
  return {
    ...(exp === undefined || !Number.isSafeInteger(exp * 1000) ? {} : { expiresAt: new Date(exp * 1000) }),
    emptyGrant: access !== undefined && !grants,
  };
}

/** Longer media types do not exist (RFC 6838 section 4.2), and no platform has a longer name. */
const longestName = 255;

const Digest = z.string().regex(/^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/);
const Name = z.string().max(longestName);
const optionalName = Name.optional().catch(undefined);
const DescriptorPlatform = z
  .object({ os: Name, architecture: Name, variant: optionalName, 'os.version': optionalName })
  .optional()
  .catch(undefined);
const Descriptor = z.object({
  mediaType: optionalName,
  artifactType: optionalName,
  digest: Digest,
  platform: DescriptorPlatform,
  annotations: z.object({ 'vnd.docker.reference.type': z.string().optional() }).optional().catch(undefined),
});
const head = { mediaType: optionalName, artifactType: optionalName };
/** An image has one manifest for each platform; an index of referrers may name more, and is cut. */
const Index = z.object({ ...head, manifests: foreignList(Descriptor, { most: 1_000 }) });
const Referrers = z.object({ manifests: foreignList(Descriptor, { most: 1_000, beyond: 'left out' }) });
const Image = z.object({
  ...head,
  config: Descriptor,
  layers: foreignList(z.object({ size: z.number().nonnegative().catch(0) })),
});
const Artifact = z.object({
  ...head,
  mediaType: z.literal('application/vnd.oci.artifact.manifest.v1+json'),
});
const Schema1 = z.object({ schemaVersion: z.literal(1), fsLayers: foreignList(z.unknown()) });

const imageConfigTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** A manifest's meaning (docs/facts/registries.md#manifests), or undefined for JSON of another shape. Never throws. */
export function readManifest(digest: string, contentType: string, json: unknown): Manifest | undefined {
  const index = Index.safeParse(json);
  if (index.success) {
    const fallback = 'application/vnd.oci.image.index.v1+json';
    return {
      ...headOf(digest, contentType, index.data, fallback),
      body: { kind: 'index', children: children(index.data) },
    };
  }
  const image = Image.safeParse(json);
  if (image.success) return readImage(digest, contentType, image.data);
  const artifact = Artifact.safeParse(json);
  if (artifact.success) return { ...headOf(digest, contentType, artifact.data, ''), body: { kind: 'artifact' } };
  if (!Schema1.safeParse(json).success) return undefined;
  const mediaType = 'application/vnd.docker.distribution.manifest.v1+json';
  return { digest, mediaType: contentType || mediaType, body: { kind: 'schema1' } };
}

function readImage(digest: string, contentType: string, image: z.infer<typeof Image>): Manifest {
  const base = headOf(digest, contentType, image, 'application/vnd.oci.image.manifest.v1+json');
  const configType = image.config.mediaType ?? '';
  if (!imageConfigTypes.has(configType)) {
    return { ...base, artifactType: base.artifactType ?? configType, body: { kind: 'artifact' } };
  }
  const layersBytes = image.layers.reduce((sum, { size }) => sum + size, 0);
  return { ...base, body: { kind: 'image', configDigest: image.config.digest, layersBytes } };
}

function headOf(
  digest: string,
  contentType: string,
  { mediaType, artifactType }: { readonly mediaType?: string | undefined; readonly artifactType?: string | undefined },
  fallback: string,
): Pick<Manifest, 'digest' | 'mediaType' | 'artifactType'> {
  const named = contentType.startsWith('application/vnd.') ? contentType : undefined;
  return {
    digest,
    mediaType: mediaType ?? named ?? fallback,
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

type Children = Extract<Manifest['body'], { readonly kind: 'index' }>['children'];

function children({ manifests }: z.infer<typeof Index>): Children {
  return manifests.flatMap(({ digest, platform, annotations }) => {
    const attestation = annotations?.['vnd.docker.reference.type'] !== undefined;
    if (attestation || (platform?.os === 'unknown' && platform.architecture === 'unknown')) return [];
    return [{ digest, ...(platform === undefined ? {} : { platform: readPlatform(platform) }) }];
  });
}

function readPlatform(platform: {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly 'os.version'?: string | undefined;
}): ImageConfig['platform'] {
  const { os, architecture, variant, 'os.version': osVersion } = platform;
  return {
    os,
    architecture,
    ...(variant === undefined || variant === '' ? {} : { variant }),
    ...(osVersion === undefined || osVersion === '' ? {} : { osVersion }),
  };
}

/** Descriptors of a referrers index, attestations included. Undefined for JSON of another shape. */
export function readReferrers(
  json: unknown,
): readonly { readonly digest: string; readonly artifactType: string }[] | undefined {
  const index = Referrers.safeParse(json);
  return index.data?.manifests.map(({ digest, artifactType = '' }) => ({ digest, artifactType }));
}

/** At most this many tags of one repository are looked at. */
export const mostTags = 10_000;

const Tags = z.object({ tags: foreignList(z.string(), { most: mostTags, beyond: 'left out' }).nullable() });

/**
 * A page of `tags/list`; `null` is how some registries write an empty list. Tags that no reference can contain are left
 * out: otherwise a hostile list could fill the memory with a few endless tags.
 */
export function readTags(json: unknown): readonly string[] | undefined {
  const page = Tags.safeParse(json);
  return page.success ? (page.data.tags ?? []).filter(isTag) : undefined;
}

const label = z.string().max(2_048).optional().catch(undefined);
const Labels = z
  .object({ 'org.opencontainers.image.revision': label, 'org.opencontainers.image.source': label })
  .nullable()
  .optional()
  .catch(undefined);
const Config = z.object({
  os: Name.min(1),
  architecture: Name.min(1),
  variant: optionalName,
  'os.version': optionalName,
  created: optionalName,
  config: z
    .object({ Env: foreignList(z.string(), { most: 1_000 }).nullable().optional().catch(undefined), Labels })
    .nullable()
    .optional()
    .catch(undefined),
});

/** An image's config blob (image-spec config.md), or undefined for JSON of another shape. */
export function readImageConfig(digest: string, json: unknown): ImageConfig | undefined {
  const parsed = Config.safeParse(json);
  if (!parsed.success) return undefined;
  const { created, config } = parsed.data;
  const revision = config?.Labels?.['org.opencontainers.image.revision'];
  const source = config?.Labels?.['org.opencontainers.image.source'];
  return {
    digest,
    platform: readPlatform(parsed.data),
    ...(created === undefined || Number.isNaN(Date.parse(created)) ? {} : { created: new Date(created).toISOString() }),
    ...(revision === undefined ? {} : { revision }),
    ...(source === undefined ? {} : { source }),
    env: config?.Env ?? [],
  };
}
