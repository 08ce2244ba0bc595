import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { RegistrySetting } from '../../src/model/settings/settings.ts';
import { type Credential, Secret } from '../../src/model/values/secret.ts';
import { type CredentialSource, createKeychain } from '../../src/registry/keychain.ts';
import { clock, credential, imageRef, reading, registrySetting } from '../support/registry-client.ts';

const now = () => new Date();
const nats = imageRef('docker.io', 'library/nats');

async function ownUser(registries: readonly RegistrySetting[], image = nats, workload?: string) {
  const keychain = createKeychain({ registries, now });
  const user = { kind: 'bot', ...(workload === undefined ? {} : { workload }) } as const;
  const held = await keychain.credentialsFor(image, user, reading());
  if (!held.known) throw new Error(held.why);
  expect(held.value.length > 0).toBe(keychain.entryFor(image, workload) !== undefined);
  return held.value.map((one) => one.credential.username)[0];
}

describe('the credential of an image', () => {
  const registries = [
    registrySetting('ghcr.io', { credential: credential('all'), appliesTo: ['dask-*'] }),
    registrySetting('ghcr.io', { pathPrefix: 'acme', credential: credential('acme') }),
    registrySetting('ghcr.io', { pathPrefix: 'acme/tools', endpoint: new URL('http://127.0.0.1:5000/tools') }),
    registrySetting('index.docker.io', { credential: credential('hub') }),
  ];

  test.each([
    ['ghcr.io', 'acme/app', 'acme'],
    ['ghcr.io', 'acme', 'acme'],
    ['ghcr.io', 'acmecorp/app', 'all'],
    ['ghcr.io', 'acme/tools/x', 'acme'],
    ['docker.io', 'library/nginx', 'hub'],
    ['ghcr.io:443', 'acme/app', undefined],
    ['quay.io', 'acme/app', undefined],
  ])('%s/%s has the credential of %s', async (registry, repository, username) => {
    expect(await ownUser(registries, imageRef(registry, repository))).toBe(username);
  });

  test.each([
    ['dask-workers', 'acmecorp/app', 'all'],
    ['web', 'acmecorp/app', undefined],
    ['dask-workers', 'acme/app', 'acme'],
    ['web', 'acme/app', 'acme'],
  ])('for the workload %s, %s has the credential of %s', async (workload, repository, username) => {
    expect(await ownUser(registries, imageRef('ghcr.io', repository), workload)).toBe(username);
  });

  test('of two entries for one host, the one that names the workload is tried first', async () => {
    const two = [
      registrySetting('docker.io', { credential: credential('everybody') }),
      registrySetting('docker.io', { credential: credential('monitoring'), appliesTo: ['nats', 'grafana'] }),
    ];
    const users = [await ownUser(two, nats, 'nats'), await ownUser(two, nats, 'web'), await ownUser(two, nats)];
    expect(users).toEqual(['monitoring', 'everybody', 'everybody']);
  });

  test('as the workload, every matching pull secret is given, the longest path first, and nothing else', async () => {
    const keychain = createKeychain({ registries, now });
    const entry = (key: string, secretName: string) => ({ key, secretName, credential: credential(secretName) });
    const pullSecrets = [entry('ghcr.io', 'host'), entry('quay.io', 'other'), entry('ghcr.io/acme', 'path')];
    const image = imageRef('ghcr.io', 'acme/app');
    const held = await keychain.credentialsFor(image, { kind: 'workload', pullSecrets }, reading());
    expect(held.known && held.value.map(({ source }) => source)).toEqual([
      { kind: 'pull-secret', secretName: 'path' },
      { kind: 'pull-secret', secretName: 'host' },
    ]);
    expect(await keychain.credentialsFor(image, { kind: 'workload', pullSecrets: [] }, reading())).toEqual({
      known: true,
      value: [],
    });
  });

  test('entries show where a credential is used, but not the credential', () => {
    const { entries } = createKeychain({ registries, now });
    expect(entries.map(({ host, pathPrefix }) => [host, pathPrefix].filter(Boolean).join('/'))).toEqual([
      'ghcr.io',
      'ghcr.io/acme',
      'index.docker.io',
    ]);
    expect(entries.flatMap((entry) => Object.keys(entry))).not.toContain('credential');
  });
});

describe('a credential that has to be fetched', () => {
  const entry = registrySetting('shop.azurecr.io', { name: 'shop', credential: credential('placeholder') });

  /** A keychain whose source returns these answers in turn and counts its calls. */
  function fetching(...answers: (Credential | Error | Promise<Credential>)[]) {
    const time = clock();
    const asked: string[] = [];
    const source: CredentialSource = async ({ name }) => {
      asked.push(name);
      const answer = await answers.shift();
      if (answer instanceof Error) throw answer;
      return answer === undefined ? { kind: 'absent' } : { kind: 'found', value: answer };
    };
    const keychain = createKeychain({ registries: [entry], now: time.now, source });
    const user = async (signal?: AbortSignal) => {
      const found = await keychain.credentialOf('shop', signal === undefined ? reading() : { signal });
      return found.kind === 'found' ? found.value.credential.username : found;
    };
    return { keychain, asked, time, user };
  }

  const until = (username: string, expiresAt: string): Credential => ({
    username,
    password: new Secret('s3cret-pass'),
    expiresAt: new Date(expiresAt),
  });

  test('is kept until shortly before it expires, and then fetched again', async () => {
    const { asked, time, user } = fetching(
      until('first', '2026-05-01T01:00:00Z'),
      until('second', '2026-05-01T02:00:00Z'),
    );
    expect([await user(), await user()]).toEqual(['first', 'first']);
    time.forward(3_600_000 - 30_001);
    expect(await user()).toBe('first');
    time.forward(1);
    expect([await user(), await user()]).toEqual(['second', 'second']);
    expect(asked).toHaveLength(2);
  });

  test('that has already expired, or has no expiry, is fetched every time', async () => {
    const { asked, user } = fetching(until('over', '2026-04-30T00:00:00Z'), credential('endless'), credential('new'));
    expect([await user(), await user(), await user()]).toEqual(['over', 'endless', 'new']);
    expect(asked).toHaveLength(3);
  });

  test('is fetched once for all callers at the same time', async () => {
    const { promise, resolve } = Promise.withResolvers<Credential>();
    const { asked, user, keychain } = fetching(promise);
    const image = imageRef('shop.azurecr.io', 'web');
    const waiting = [user(), user(), keychain.credentialsFor(image, { kind: 'bot' }, reading())];
    resolve(until('one', '2026-05-01T01:00:00Z'));
    expect(await Promise.all(waiting)).toMatchObject(['one', 'one', { value: [{ credential: { username: 'one' } }] }]);
    expect(asked).toHaveLength(1);
  });

  test('a caller that times out does not end the wait of the others', async () => {
    const { promise, resolve } = Promise.withResolvers<Credential>();
    const { asked, user } = fetching(promise);
    const hasty = new AbortController();
    const early = user(hasty.signal);
    const patient = user();
    hasty.abort();
    expect(await early).toEqual({
      kind: 'unknown',
      why: 'timed out waiting for the credential of shop',
    });
    resolve(credential('one'));
    expect(await patient).toBe('one');
    expect(asked).toHaveLength(1);
  });

  test('that cannot be fetched is unknown, does not quote the source, and is fetched again', async () => {
    const { user, keychain } = fetching(new Error('POST refresh_token=s3cret-pass failed'), credential('later'));
    const failed = await user();
    expect(failed).toEqual({
      kind: 'unknown',
      why: 'the credential of shop is not available: its source failed',
    });
    expect(await user()).toBe('later');
    const held = await keychain.credentialOf('shop', reading());
    expect(`${JSON.stringify(held)} ${inspect(held, { depth: 9 })} ${JSON.stringify(failed)}`).not.toContain('s3cret');
  });

  test('of an entry that does not exist is absent', async () => {
    const { keychain, asked } = fetching(credential('one'));
    expect(await keychain.credentialOf('other', reading())).toEqual({ kind: 'absent' });
    expect(asked).toEqual([]);
  });
});
