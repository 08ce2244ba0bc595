import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RegistryClient } from '../../src/ports/registry.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { createKeychain } from '../../src/registry/keychain.ts';
import { credential, imageRef, reading, registrySetting } from '../support/registry-client.ts';
import {
  type DebianRegistry,
  debianRegistryMissing,
  startPasswordRegistry,
  startTokenRegistry,
  type TokenRegistry,
} from '../support/registry-debian.ts';
import { blob, descriptor, image, index } from '../support/registry-images.ts';

const HOST = 'registry.test';
const amd64 = image({ os: 'linux', architecture: 'amd64' }, ['REGISTRY=ghcr.io']);
const arm64 = image({ os: 'linux', architecture: 'arm64' });
const { digest: listDigest, ...rest } = index([
  { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
  { ...arm64, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
]);
// distribution refuses an index with missing children, so this one has no attestation.
const parsed = JSON.parse(rest.content) as { manifests: { platform: { os: string } }[] };
const list = blob(
  { ...parsed, manifests: parsed.manifests.filter(({ platform }) => platform.os !== 'unknown') },
  rest.mediaType,
);
const referrer = blob(
  {
    schemaVersion: 2,
    mediaType: rest.mediaType,
    manifests: [{ ...descriptor(amd64.manifest), artifactType: 'application/vnd.azure.artifact.streaming.v1' }],
  },
  rest.mediaType,
);

const missing = debianRegistryMissing();
const suite = (name: string): string => (missing === undefined ? name : `${name} (skipped: ${missing})`);

async function fill(registry: DebianRegistry, repository: string): Promise<void> {
  const blobs = [amd64, arm64].flatMap(({ config, layer }) => [config, layer]);
  await registry.push(repository, blobs, [
    [amd64.manifest],
    [arm64.manifest, 'arm'],
    [list, 'v1'],
    [referrer, list.digest.replace(':', '-')],
  ]);
}

function open(registry: DebianRegistry, tokenRealms: readonly string[] = []): RegistryClient {
  const setting = registrySetting(HOST, { endpoint: new URL(registry.origin), tokenRealms });
  const now = () => new Date();
  const keychain = createKeychain({ registries: [setting], now });
  return createRegistryClient({ registries: [setting], mirrors: [], proxy: {}, keychain, now });
}

/** Everything a check reads about an image, read in the same way. */
async function readAll(client: RegistryClient, repository: string, how: ReturnType<typeof reading>) {
  const ref = imageRef(HOST, repository);
  const resolved = await client.resolve(ref, how);
  if (resolved.kind !== 'found') return resolved;
  const manifest = await client.manifest(ref, resolved.digest, how);
  if (manifest.kind !== 'ok' || manifest.value.body.kind !== 'index') return manifest;
  const [first] = manifest.value.body.children;
  const child = await client.manifest(ref, first?.digest ?? '', how);
  if (child.kind !== 'ok' || child.value.body.kind !== 'image') return child;
  const config = await client.config(ref, child.value.body.configDigest, how);
  const tags = await client.tags(ref, how);
  const referrers = await client.referrers(ref, resolved.digest, how);
  return { resolved, children: manifest.value.body.children, config, tags, referrers };
}

const everything = {
  resolved: { kind: 'found', digest: list.digest, mediaType: list.mediaType, sizeBytes: list.content.length },
  children: [
    { digest: amd64.manifest.digest, platform: { os: 'linux', architecture: 'amd64' } },
    { digest: arm64.manifest.digest, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
  ],
  config: {
    kind: 'ok',
    value: { digest: amd64.config.digest, platform: { os: 'linux', architecture: 'amd64' }, env: ['REGISTRY=ghcr.io'] },
  },
  tags: { kind: 'ok', value: expect.arrayContaining(['v1', 'arm']) },
  referrers: {
    kind: 'ok',
    value: [{ digest: amd64.manifest.digest, artifactType: 'application/vnd.azure.artifact.streaming.v1' }],
  },
};

describe.skipIf(missing !== undefined)(suite("Debian's docker-registry with a password file"), () => {
  let registry: DebianRegistry;
  let client: RegistryClient;
  beforeAll(async () => {
    registry = await startPasswordRegistry();
    client = open(registry);
    await fill(registry, 'team/app');
  });
  afterAll(async () => {
    await client.close();
    await registry.close();
  });

  test('digest, platforms, config, tags and referrers are read', async () => {
    expect(await readAll(client, 'team/app', reading({ credential: credential() }))).toMatchObject(everything);
  });

  test('a single manifest by tag and by digest', async () => {
    const how = reading({ credential: credential() });
    const byTag = await client.resolve(imageRef(HOST, 'team/app', { tag: 'arm' }), how);
    expect(byTag).toMatchObject({ kind: 'found', digest: arm64.manifest.digest });
    const byDigest = await client.resolve(imageRef(HOST, 'team/app', { digest: amd64.manifest.digest }), how);
    expect(byDigest).toMatchObject({ kind: 'found', digest: amd64.manifest.digest });
  });

  test.each([
    { name: 'nobody', how: reading() },
    { name: 'a wrong password', how: reading({ credential: credential('bot', 'wrong') }) },
    { name: 'a wrong user', how: reading({ credential: credential('eve') }) },
  ])('$name is refused', async ({ how }) => {
    expect(await client.resolve(imageRef(HOST), how)).toMatchObject({
      kind: 'unauthorized',
      stage: 'request',
      status: 401,
      code: 'UNAUTHORIZED',
      message: 'authentication required',
    });
  });

  test('a missing tag and a missing repository look the same until tags are listed', async () => {
    const how = reading({ credential: credential() });
    const unclear = { kind: 'not-found', what: 'unclear', status: 404, code: 'MANIFEST_UNKNOWN' };
    expect(await client.resolve(imageRef(HOST, 'team/app', { tag: 'nope' }), how)).toMatchObject(unclear);
    expect(await client.resolve(imageRef(HOST, 'team/nope'), how)).toMatchObject(unclear);
    expect(await client.tags(imageRef(HOST, 'team/nope'), how)).toMatchObject({
      kind: 'not-found',
      what: 'repository',
      code: 'NAME_UNKNOWN',
    });
    expect(await client.config(imageRef(HOST), listDigest, how)).toMatchObject({ kind: 'not-found', what: 'digest' });
  });
});

describe.skipIf(missing !== undefined)(suite("Debian's docker-registry with tokens"), () => {
  let registry: TokenRegistry;
  let client: RegistryClient;
  beforeAll(async () => {
    registry = await startTokenRegistry();
    client = open(registry, [registry.tokenHost]);
    await fill(registry, 'team/app');
    await fill(registry, 'open/app');
  });
  afterAll(async () => {
    await client.close();
    await registry.close();
  });

  test('everything is read with one token', async () => {
    registry.tokenRequests.length = 0;
    expect(await readAll(client, 'team/app', reading({ credential: credential() }))).toMatchObject(everything);
    expect(registry.tokenRequests).toEqual(['bot repository:team/app:pull']);
  });

  test('an anonymous client reads public repositories, and only those', async () => {
    expect(await client.resolve(imageRef(HOST, 'open/app'), reading())).toMatchObject({ kind: 'found' });
    expect(await client.resolve(imageRef(HOST, 'team/app'), reading())).toMatchObject({
      kind: 'unauthorized',
      stage: 'request',
      status: 401,
      code: 'UNAUTHORIZED',
    });
  });

  test('a wrong password is refused by the token service', async () => {
    const how = reading({ credential: credential('bot', 'wrong-pass') });
    expect(await client.resolve(imageRef(HOST), how)).toEqual({
      kind: 'unauthorized',
      stage: 'token',
      status: 401,
      code: 'UNAUTHORIZED',
      message: 'wrong password',
    });
  });

  test('a token service that the configuration does not name gets no credential', async () => {
    const strict = open(registry);
    const outcome = await strict.resolve(imageRef(HOST), reading({ credential: credential() }));
    await strict.close();
    expect(outcome).toMatchObject({ kind: 'not-probed', why: 'realm-not-allowed' });
  });
});
