import { createHash } from 'node:crypto';
import type { Reply } from './registry-server.ts';

/** Bytes with their digest and media type. */
export interface Blob {
  readonly digest: string;
  readonly mediaType: string;
  readonly content: string;
}

const OCI = 'application/vnd.oci.image';

/** Content under its digest. */
export function blob(value: unknown, mediaType: string): Blob {
  const content = typeof value === 'string' ? value : JSON.stringify(value);
  return { digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, mediaType, content };
}

/** A small image: config, one layer, manifest. */
export function image(platform: { readonly os: string; readonly architecture: string }, env: readonly string[] = []) {
  const config = blob(
    {
      ...platform,
      created: '2026-01-02T03:04:05Z',
      config: {
        Env: env,
        Labels: {
          'org.opencontainers.image.revision': '88a216e',
          'org.opencontainers.image.source': 'https://example.com/r',
        },
      },
      rootfs: { type: 'layers', diff_ids: [] },
    },
    `${OCI}.config.v1+json`,
  );
  const layer = blob(`layer of ${platform.architecture}`, `${OCI}.layer.v1.tar`);
  const manifest = blob(
    { schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config: descriptor(config), layers: [descriptor(layer)] },
    `${OCI}.manifest.v1+json`,
  );
  return { config, layer, manifest };
}

/** An index over images, with an attestation, which isn't a platform. */
export function index(images: readonly { readonly manifest: Blob; readonly platform: object }[]): Blob {
  const [first] = images;
  const attestation = {
    ...descriptor(blob({ attests: first?.manifest.digest }, `${OCI}.manifest.v1+json`)),
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  };
  const manifests = images.map(({ manifest, platform }) => ({ ...descriptor(manifest), platform }));
  return blob(
    { schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests: [...manifests, attestation] },
    `${OCI}.index.v1+json`,
  );
}

export function descriptor({ digest, mediaType, content }: Blob) {
  return { mediaType, digest, size: Buffer.byteLength(content) };
}

/** How a registry serves it. */
export function serve({ content, mediaType, digest }: Blob, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status: 200,
    headers: {
      'content-type': mediaType,
      'content-length': String(Buffer.byteLength(content)),
      'docker-content-digest': digest,
      ...headers,
    },
    body: content,
  };
}
