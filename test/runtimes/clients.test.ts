import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageRef } from '../../src/model/image/image.ts';
import { formatPlatform, type Manifest } from '../../src/model/image/outcome.ts';
import { Secret } from '../../src/model/values/secret.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { createKeychain } from '../../src/registry/keychain.ts';
import { type SimulatedRegistries, startRegistries } from '../../src/sandbox/registries/index.ts';
import { clock, reading, registrySetting } from '../support/registry-client.ts';
import { craneAppend, otherClients, regctl, type Site } from './support/clients.ts';
import { type Login } from './support/cri.ts';

const hosts = [
  { host: 'ghcr.io', personality: 'ghcr' },
  { host: 'docker.io', personality: 'docker-hub' },
  { host: 'shop.azurecr.io', personality: 'acr' },
  { host: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', personality: 'ecr' },
  { host: 'registry.example.org', personality: 'generic' },
] as const;
const login: Login = { username: 'AWS', password: 'right' };
const wrong: Login = { username: 'AWS', password: 'wrong' };
const repository = 'team/app';
const manyTags = Array.from({ length: 230 }, (_, index) => `build-${index}`);

/** Our client remembers answers for a while; moved on where something was changed behind its back. */
const time = clock();
let registries: SimulatedRegistries;
let ours: ReturnType<typeof createRegistryClient>;
beforeAll(async () => {
  registries = await startRegistries({ hosts, now: () => new Date() });
  const settings = Object.entries(registries.endpoints).map(([host, url]) =>
    registrySetting(host, { endpoint: new URL(url) }),
  );
  ours = createRegistryClient({
    registries: settings,
    mirrors: [],
    proxy: {},
    keychain: createKeychain({ registries: settings, now: time.now }),
    now: time.now,
  });
  for (const { host } of hosts) {
    registries.change(host, { account: login });
    const platforms = ['linux/amd64', 'linux/arm64/v8', 'windows/amd64 10.0.20348.2113'];
    registries.change(host, { push: { repository, tags: ['multi', 'latest'], platforms } });
    registries.change(host, { push: { repository, tags: ['single'], platforms: ['linux/arm64'], docker: true } });
    registries.change(host, { push: { repository: 'team/private', tags: ['1'], private: true } });
    registries.change(host, { push: { repository: 'team/many', tags: manyTags } });
  }
});
afterAll(async () => {
  await ours.close();
  await registries.stop();
});

const siteOf = (host: string, as?: Login): Site => {
  const address = new URL(registries.endpoints[host] ?? '').host;
  return { address, ...(as === undefined ? {} : { login: as }) };
};
const how = (as?: Login) =>
  reading(as === undefined ? {} : { credential: { username: as.username, password: new Secret(as.password) } });
const image = (host: string, path: string, tag = ''): ImageRef => ({
  registry: host,
  repository: path,
  ...(tag === '' ? {} : { tag }),
});

async function resolved(ref: ImageRef, as: Login | undefined = login): Promise<string> {
  const outcome = await ours.resolve(ref, how(as));
  if (outcome.kind !== 'found') throw new Error(`${ref.repository}: ${JSON.stringify(outcome)}`);
  return outcome.digest;
}

async function ourManifest(ref: ImageRef): Promise<Manifest> {
  const answer = await ours.manifest(ref, await resolved(ref), how(login));
  if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer));
  return answer.value;
}

describe.each(otherClients)('$name reads what we read', (other) => {
  describe.each(hosts)('at $personality', ({ host, personality }) => {
    // skopeo looks for its own platform's image in an index, and so is asked for what is one.
    it.each(['multi', 'single'])('the digest of %s', async (tag) => {
      const digest = await resolved(image(host, repository, tag));
      expect(await other.digest(siteOf(host, login), `${repository}:${tag}`)).toEqual({
        ok: true,
        output: expect.stringContaining(digest),
      });
    });

    it('the manifest, to the byte, and its platforms', async () => {
      const ref = image(host, repository, 'multi');
      const { digest, body } = await ourManifest(ref);
      const { ok, output } = await other.manifest(siteOf(host, login), `${repository}:multi`);
      expect(ok).toBe(true);
      const bytes = output.replace(/\n$/, '');
      expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest);
      expect(
        body.kind === 'index' && body.children.map(({ platform }) => platform && formatPlatform(platform)),
      ).toEqual(platformsOf(bytes));
    });

    it('all tags, over pages', async () => {
      const answer = await ours.tags(image(host, 'team/many'), how(login));
      const { output } = await other.tags(siteOf(host, login), 'team/many');
      const names = output.trim().split('\n').sort();
      expect(names).toEqual(manyTags.toSorted());
      expect(answer.kind === 'ok' && answer.value.toSorted()).toEqual(names);
    });

    it.each([
      { what: 'a missing tag', path: repository, tag: 'nowhere', as: login },
      { what: 'a missing repository', path: 'team/never', tag: '1', as: login },
      { what: 'a wrong password', path: 'team/private', tag: '1', as: wrong },
      { what: 'nobody at a private image', path: 'team/private', tag: '1', as: undefined },
    ])('the refusal of $what', async ({ path, tag, as }) => {
      const outcome = await ours.resolve(image(host, path, tag), how(as));
      const { ok, output } = await other.digest(siteOf(host, as), `${path}:${tag}`);
      expect(ok).toBe(false);
      expect({ kind: outcome.kind, output }).toEqual({
        kind: expect.any(String),
        output: expect.stringMatching(wordsFor(outcome.kind)),
      });
      expect(personality).toBeDefined();
    });
  });

  it.each(hosts)('and copies to $personality what we read there', async ({ host }) => {
    const from = siteOf('registry.example.org', login);
    for (const tag of ['multi', 'single']) {
      const target = `copied/by-${other.name}`;
      const copied = await other.copy(from, `${repository}:${tag}`, siteOf(host, login), `${target}:${tag}`);
      expect(copied).toEqual({ ok: true, output: expect.any(String) });
      const [there, here] = [image(host, target, tag), image('registry.example.org', repository, tag)];
      expect(await resolved(there)).toBe(await resolved(here));
      const manifest = await ourManifest(there);
      const children = manifest.body.kind === 'index' ? manifest.body.children.map(({ digest }) => digest) : [];
      for (const digest of children) {
        expect(await ours.manifest(there, digest, how(login))).toMatchObject({ kind: 'ok' });
      }
    }
  });
});

it.each(hosts)('crane pushes to $personality an image that we read', async ({ host }) => {
  const { ok, output } = await craneAppend(siteOf(host, login), `${repository}:single`, 'pushed/app:1', `for ${host}`);
  expect(ok).toBe(true);
  const digest = await resolved(image(host, 'pushed/app', '1'));
  expect(output.trim()).toBe(`${siteOf(host).address}/pushed/app@${digest}`);
  const { body } = await ourManifest(image(host, 'pushed/app', '1'));
  if (body.kind !== 'image') throw new Error(`pushed as ${body.kind}`);
  expect(await ours.config(image(host, 'pushed/app', '1'), body.configDigest, how(login))).toMatchObject({
    kind: 'ok',
  });
});

it.each(hosts)('regctl attaches to an image at $personality what we list', async ({ host }) => {
  const site = siteOf(host, login);
  const ref = image(host, repository, 'single');
  const subject = await resolved(ref);
  expect(await ours.referrers(ref, subject, how(login))).toEqual({ kind: 'ok', value: [] });
  const types = ['application/vnd.example.sbom', 'application/vnd.example.signature'];
  for (const artifactType of types) {
    const put = [
      'artifact',
      'put',
      '--artifact-type',
      artifactType,
      '--subject',
      `${site.address}/${repository}:single`,
    ];
    expect(await regctl([site], ...put, '--file', import.meta.filename)).toEqual({
      ok: true,
      output: expect.any(String),
    });
  }
  const list = ['artifact', 'list', '--format', '{{range .Descriptors}}{{.Digest}} {{.ArtifactType}}\n{{end}}'];
  const { output } = await regctl([site], ...list, `${site.address}/${repository}:single`);
  const theirs = output.trim().split('\n').sort();
  time.forward(3_600_000);
  const answer = await ours.referrers(ref, subject, how(login));
  if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer));
  expect(answer.value.map(({ digest, artifactType }) => `${digest} ${artifactType}`).sort()).toEqual(theirs);
  expect(theirs.map((line) => line.split(' ')[1] ?? '').sort()).toEqual(types);
  const one = await ours.referrers(ref, subject, { ...how(login), artifactType: types[0] ?? '' });
  expect(one).toMatchObject({ kind: 'ok', value: [{ artifactType: types[0] }] });
});

/** The platforms of an index as another client shows it. */
function platformsOf(bytes: string): readonly string[] {
  const { manifests } = JSON.parse(bytes) as {
    readonly manifests: readonly { readonly platform: Readonly<Record<string, string>> }[];
  };
  return manifests.map(({ platform: { os = '', architecture = '', variant, ...rest } }) => {
    const osVersion = rest['os.version'];
    return formatPlatform({
      os,
      architecture,
      ...(variant === undefined ? {} : { variant }),
      ...(osVersion === undefined ? {} : { osVersion }),
    });
  });
}

/** What a client's error must hold where we say this kind. */
function wordsFor(kind: string): RegExp {
  switch (kind) {
    case 'not-found':
      return /MANIFEST_UNKNOWN|NAME_UNKNOWN|manifest unknown|name unknown|not found|\b404\b/i;
    case 'unauthorized':
    case 'forbidden':
      return /unauthorized|denied|forbidden|authentication required|\b40[13]\b/i;
    default:
      return /^nothing else is expected: $/;
  }
}
