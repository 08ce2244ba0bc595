import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Fact, known } from '../../../src/model/values/fact.ts';
import { type SimulatedRegistries, startRegistries } from '../../../src/sandbox/registries/index.ts';
import { credential, imageRef, reading, registryClient, registrySetting } from '../../support/registry-client.ts';

const acr = 'contoso.azurecr.io';
const hub = 'docker.io';
const built = '2026-11-12T20:01:00Z';
const pushed = '2026-11-14T09:12:33.500Z';
const first = '2026-11-13T07:00:00.000Z';
const reader = credential('reader', 'reads-it');
const puller = credential('puller', 'pulls-it');

let registries: SimulatedRegistries;
let digest = '';

beforeAll(async () => {
  const hosts = [
    { host: acr, personality: 'acr' },
    { host: hub, personality: 'docker-hub' },
  ] as const;
  registries = await startRegistries({ hosts, now: () => new Date() });
  for (const host of [acr, hub]) {
    const image = { tags: ['2'], created: built, seed: 'the same twice' };
    for (const repository of ['acme/open', 'acme/closed']) {
      const isClosed = repository === 'acme/closed';
      registries.change(host, { push: { ...image, repository, pushed: first, private: isClosed } });
      digest = registries.change(host, { push: { ...image, repository, pushed } }).digest ?? '';
    }
    registries.change(host, { account: { username: 'reader', password: 'reads-it' } });
    registries.change(host, { account: { username: 'puller', password: 'pulls-it', readsMetadata: false } });
  }
});

afterAll(() => registries.stop());

const publicOnly = { known: false, why: 'Docker Hub reports it for public repositories only' } as const;
const noMetadata = { known: false, why: `${acr} reports it only to a credential with metadata/read` } as const;

test.each<{
  readonly name: string;
  readonly host: string;
  readonly repository: string;
  readonly as?: typeof reader;
  readonly by?: 'digest';
  readonly expected: Fact<string>;
}>([
  { name: 'ACR, a tag', host: acr, repository: 'acme/closed', as: reader, expected: known(pushed) },
  { name: 'ACR, a digest', host: acr, repository: 'acme/closed', as: reader, by: 'digest', expected: known(first) },
  { name: 'ACR, anonymous pull', host: acr, repository: 'acme/open', expected: known(pushed) },
  { name: 'ACR, a scope map that only pulls', host: acr, repository: 'acme/closed', as: puller, expected: noMetadata },
  { name: 'ACR, anonymous', host: acr, repository: 'acme/closed', expected: noMetadata },
  { name: 'Docker Hub, public', host: hub, repository: 'acme/open', expected: known(pushed) },
  { name: 'Docker Hub, private', host: hub, repository: 'acme/closed', as: reader, expected: publicOnly },
])('$name', async ({ host, repository, as, by, expected }) => {
  const settings = Object.entries(registries.endpoints).map(([name, url]) =>
    registrySetting(name, { endpoint: new URL(url) }),
  );
  const client = registryClient({ registries: settings });
  const image = imageRef(host, repository, by === 'digest' ? { digest } : { tag: '2' });
  const how = reading(as === undefined ? {} : { credential: as });
  expect(await client.pushedAt(image, digest, how)).toEqual(expected);
});

test('an outage of Docker Hub’s API does not affect its registry', async () => {
  onTestFinished(() => void registries.change(hub, { endOutage: 'busy' }));
  registries.change(hub, { outage: { id: 'busy', path: '/v2/namespaces', status: 429 } });
  const client = registryClient({
    registries: [registrySetting(hub, { endpoint: new URL(registries.endpoints[hub] ?? '') })],
  });
  const image = imageRef(hub, 'acme/open', { tag: '2' });
  expect(await client.resolve(image, reading())).toMatchObject({ kind: 'found', digest });
  expect(await client.pushedAt(image, digest, reading())).toMatchObject({
    known: false,
    why: expect.stringContaining('429'),
  });
});
