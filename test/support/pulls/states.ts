import { digestOf, type Stored } from '../../../src/sandbox/registries/content.ts';
import type { SimulatedRegistries } from '../../../src/sandbox/registries/index.ts';
import type { Repository } from '../../../src/sandbox/registries/storage.ts';
import { hosts, logins } from './names.ts';

/** Pushes, accounts and outages: one repository for each state, so that cases share nothing. */
export function fillRegistries(registries: SimulatedRegistries): void {
  for (const [host, login] of Object.entries(logins)) {
    registries.change(host, { account: login });
    registries.change(host, { account: { ...login, username: 'guest', repositories: ['team/other'] } });
  }
  registries.change(hosts.ecr, {
    account: { username: 'AWS', password: 'expired', expiresAt: '2026-03-04T00:00:00Z' },
  });
  for (const host of Object.keys(logins)) {
    registries.change(host, { push: { repository: 'team/public', tags: ['1'] } });
    registries.change(host, { push: { repository: 'team/private', tags: ['1'], private: true } });
    for (const status of [404, 410, 429, 500, 502, 503, 504]) {
      const repository = `outage/${status}`;
      registries.change(host, { push: { repository, tags: ['1'] } });
      registries.change(host, { outage: { id: repository, path: `/v2/${repository}/`, status } });
    }
    registries.change(host, { push: { repository: 'outage/cut', tags: ['1'] } });
    registries.change(host, { outage: { id: 'outage/cut', path: '/v2/outage/cut/', disconnect: true } });
    registries.change(host, { outage: { id: 'token/down', path: 'token%2Fdown', status: 503 } });
  }
  registries.change(hosts.hub, { push: { repository: 'team/metered', tags: ['1'] } });
  registries.change(hosts.hub, {
    narrowQuota: { id: 'team', limit: 100, remaining: 0, only: ['team/metered'] },
  });
  registries.change(hosts.walled, { firewalled: true });
  registries.change(hosts.page, { html: true });
  spoilContent(registries);
}

/** Content that is incomplete, damaged, or of a kind that runtimes refuse. */
function spoilContent(registries: SimulatedRegistries): void {
  const push = (repository: string, more: { readonly platforms?: string[]; readonly docker?: boolean } = {}) => {
    registries.change(hosts.generic, {
      push: { repository, tags: ['1'], platforms: ['linux/amd64'], ...more },
    });
    const found = registries.registry(hosts.generic)?.state.storage.repositories.get(repository);
    if (found === undefined) throw new Error(`${repository} was not pushed`);
    return found;
  };
  const layerLost = push('content/layer-lost');
  layerLost.blobs.delete(manifestOf(layerLost).layers[0]?.digest ?? '');
  const configLost = push('content/config-lost');
  configLost.blobs.delete(manifestOf(configLost).config.digest);
  const childLost = push('content/child-lost', { platforms: ['linux/amd64', 'linux/arm64'] });
  for (const digest of childLost.manifests.keys()) {
    if (digest !== childLost.tags.get('1')) childLost.manifests.delete(digest);
  }
  const changed = push('content/changed');
  damage(changed, manifestOf(changed).layers[0]?.digest, (bytes) => Buffer.from(bytes).reverse());
  const short = push('content/short');
  damage(short, manifestOf(short).layers[0]?.digest, (bytes) => bytes.subarray(0, 100));
  const long = push('content/long');
  damage(long, manifestOf(long).layers[0]?.digest, (bytes) => Buffer.concat([bytes, Buffer.alloc(10)]));
  push('content/no-platform', { platforms: ['windows/amd64 10.0.20348.2113', 'linux/s390x'] });
  push('content/no-platform-docker', { platforms: ['windows/amd64', 'linux/s390x'], docker: true });
  push('content/other-platform', { platforms: ['linux/s390x'] });
  const old = push('content/schema1');
  put(old, oldManifest(old));
  put(push('content/chart'), chart(push('content/chart')));
  put(push('content/not-json'), { digest: '', mediaType: types.manifest, bytes: Buffer.from('<html></html>') });
  const notALayer = push('content/not-a-layer');
  put(notALayer, notAnArchive(notALayer));
}

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  schema1: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
};

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

function manifestOf(repository: Repository): Manifest {
  const stored = repository.manifests.get(repository.tags.get('1') ?? '');
  return JSON.parse(stored?.bytes.toString() ?? '{}') as Manifest;
}

function damage(repository: Repository, digest: string | undefined, change: (bytes: Buffer) => Buffer): void {
  const blob = repository.blobs.get(digest ?? '');
  if (blob === undefined) throw new Error('no such blob');
  repository.blobs.set(blob.digest, { ...blob, bytes: change(blob.bytes) });
}

/** Points the tag to this content, under its real digest. */
function put(repository: Repository, content: Stored): void {
  const digest = digestOf(content.bytes);
  repository.manifests.set(digest, { ...content, digest });
  repository.tags.set('1', digest);
}

/** An image from before 2016, without the signature needed to convert it. */
function oldManifest(repository: Repository): Stored {
  const { digest } = blob(repository, '', 'a layer of the old kind');
  const content = {
    schemaVersion: 1,
    name: 'content/schema1',
    tag: '1',
    architecture: 'amd64',
    fsLayers: [{ blobSum: digest }],
    history: [{ v1Compatibility: JSON.stringify({ id: 'ab'.repeat(32), os: 'linux', architecture: 'amd64' }) }],
  };
  return { digest: '', mediaType: types.schema1, bytes: Buffer.from(JSON.stringify(content)) };
}

/** A Helm chart: an artifact that isn't an image. */
function chart(repository: Repository): Stored {
  const config = blob(repository, 'application/vnd.cncf.helm.config.v1+json', '{"name":"chart","version":"1.0.0"}');
  const layer = blob(repository, 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'chart');
  return manifest(config, layer);
}

/** An image whose layer is text. */
function notAnArchive(repository: Repository): Stored {
  const text = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [digestOf(Buffer.from('text'))] },
  });
  const config = blob(repository, 'application/vnd.oci.image.config.v1+json', text);
  return manifest(config, blob(repository, 'application/vnd.oci.image.layer.v1.tar+gzip', 'this is no archive'));
}

function blob(repository: Repository, mediaType: string, text: string) {
  const bytes = Buffer.from(text);
  const digest = digestOf(bytes);
  repository.blobs.set(digest, { digest, mediaType, bytes });
  return { mediaType, digest, size: bytes.length };
}

function manifest(config: object, ...layers: readonly object[]): Stored {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.manifest, config, layers }));
  return { digest: '', mediaType: types.manifest, bytes };
}
