import { readdirSync } from 'node:fs';
import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { providerOf, providers } from '../../../src/model/providers/index.ts';
import type { RefusalHint, RegistryRefusal } from '../../../src/model/providers/provider.ts';

describe('providerOf', () => {
  test.each([
    ['contoso.azurecr.io', 'acr'],
    ['shop.azurecr.cn', 'acr'],
    ['CONTOSO.azurecr.io', 'acr'],
    ['contoso.azurecr.io.example.net', 'generic'],
    ['contoso.azurecr.io-example.net', 'generic'],
    ['azurecr.io', 'generic'],
    ['evil.example/contoso.azurecr.io', 'generic'],
    ['contosoazurecr.io', 'generic'],
    ['contoso.azureacr.io', 'generic'],
    ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'ecr'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'ecr'],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'ecr'],
    ['public.ecr.aws', 'ecr-public'],
    ['123456789012.dkr.ecr.eu-central-1.amazonaws.com.example.net', 'generic'],
    ['12345.dkr.ecr.eu-central-1.amazonaws.com', 'generic'],
    ['x123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'generic'],
    ['public.ecr.aws.example.net', 'generic'],
    ['ghcr.io', 'ghcr'],
    ['ghcr.io.example.net', 'generic'],
    ['aghcr.io', 'generic'],
    ['ghcrxio', 'generic'],
    ['docker.io', 'docker-hub'],
    ['index.docker.io', 'docker-hub'],
    ['registry-1.docker.io', 'docker-hub'],
    ['evildocker.io', 'generic'],
    ['docker.io.example.net', 'generic'],
    ['quay.io', 'generic'],
    ['europe-west1-docker.pkg.dev', 'generic'],
    ['127.0.0.1:5000', 'generic'],
    ['', 'generic'],
  ])('%s is %s', (host, id) => {
    expect(providerOf(host).id).toBe(id);
  });

  test('every provider file is in the list, once, and the last serves every host', () => {
    const files = readdirSync(new URL('../../../src/model/providers/', import.meta.url))
      .map((file) => file.replace(/\.ts$/, ''))
      .filter((file) => file !== 'index' && file !== 'provider');
    expect(providers.map(({ id }) => id).sort()).toEqual(files.sort());
    expect(providers.at(-1)?.id).toBe('generic');
    assert(
      property(string({ unit: 'binary-ascii' }), (host) => {
        expect(providers).toContain(providerOf(host));
        providerOf(host).tokenRealms(host);
        providerOf(host).apiHost(host);
      }),
    );
  });
});

test.each([
  ['docker.io', 'registry-1.docker.io', ['auth.docker.io']],
  ['index.docker.io', 'registry-1.docker.io', ['auth.docker.io']],
  ['docker.io:5000', 'docker.io:5000', ['auth.docker.io']],
  ['ghcr.io', 'ghcr.io', []],
  ['registry.gitlab.com', 'registry.gitlab.com', ['gitlab.com']],
  ['constructor', 'constructor', []],
])('%s speaks at %s', (host, apiHost, realms) => {
  expect(providerOf(host).apiHost(host)).toBe(apiHost);
  expect(providerOf(host).tokenRealms(host)).toEqual(realms);
});

describe('hint', () => {
  const anonymousToken = { stage: 'token', anonymous: true, authorized: false } as const;
  const credentialToken = { stage: 'token', anonymous: false, authorized: true } as const;
  const withToken = { stage: 'request', anonymous: false, authorized: true } as const;
  const bare = { stage: 'request', anonymous: true, authorized: false } as const;
  test.each<{
    readonly name: string;
    readonly host: string;
    readonly refusal: Partial<RegistryRefusal>;
    readonly hint?: RefusalHint;
  }>([
    {
      name: 'GHCR, anonymous token 403',
      host: 'ghcr.io',
      refusal: { ...anonymousToken, status: 403 },
      hint: 'never-published',
    },
    {
      name: 'GHCR, anonymous token 401',
      host: 'ghcr.io',
      refusal: { ...anonymousToken, status: 401 },
      hint: 'exists-private',
    },
    { name: 'GHCR, a credential refused', host: 'ghcr.io', refusal: { ...credentialToken, status: 403 } },
    { name: 'GHCR, a token that is not enough', host: 'ghcr.io', refusal: { ...withToken, status: 403 } },
    {
      name: 'Docker Hub, insufficient_scope',
      host: 'docker.io',
      refusal: { ...bare, authorized: true, status: 401, challengeError: 'insufficient_scope' },
      hint: 'absent-or-private',
    },
    {
      name: 'Docker Hub, an empty grant',
      host: 'docker.io',
      refusal: { ...withToken, status: 401, emptyGrant: true },
      hint: 'absent-or-private',
    },
    { name: 'Docker Hub, a wrong password', host: 'docker.io', refusal: { ...credentialToken, status: 401 } },
    {
      name: 'ECR, expired',
      host: '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
      refusal: {
        ...withToken,
        status: 403,
        message: 'Your authorization token has expired. Reauthenticate and try again.',
      },
      hint: 'credential-expired',
    },
    {
      name: 'ECR, not authorized',
      host: '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
      refusal: { ...bare, status: 401, message: 'Not Authorized' },
    },
    {
      name: 'ACR, 403 before any token',
      host: 'contoso.azurecr.io',
      refusal: { ...bare, status: 403 },
      hint: 'network-acl',
    },
    {
      name: 'ACR, anonymous token 403',
      host: 'contoso.azurecr.io',
      refusal: { ...anonymousToken, status: 403 },
      hint: 'network-acl',
    },
    {
      name: 'ACR, 403 in words',
      host: 'contoso.azurecr.io',
      refusal: { ...withToken, status: 403, message: "client with IP '192.0.2.7' is not allowed access" },
      hint: 'network-acl',
    },
    {
      name: 'ACR, a token that is not enough',
      host: 'contoso.azurecr.io',
      refusal: { ...withToken, status: 403, message: 'denied' },
    },
    { name: 'ACR, 401', host: 'contoso.azurecr.io', refusal: { ...anonymousToken, status: 401 } },
    { name: 'another registry, anonymous token 403', host: 'quay.io', refusal: { ...anonymousToken, status: 403 } },
  ])('$name', ({ host, refusal, hint }) => {
    expect(providerOf(host).hint({ emptyGrant: false, message: '', ...bare, status: 401, ...refusal })).toBe(hint);
  });
});

test.each([
  { host: 'ghcr.io', anonymous: true, what: 'tag' },
  { host: 'ghcr.io', anonymous: false, what: 'unclear' },
  { host: 'docker.io', anonymous: true, what: 'tag' },
  { host: 'contoso.azurecr.io', anonymous: false, what: 'tag' },
  { host: 'public.ecr.aws', anonymous: true, what: 'tag' },
  { host: 'quay.io', anonymous: false, what: 'unclear' },
])('manifest unknown at $host, anonymous $anonymous: $what', ({ host, anonymous, what }) => {
  expect(providerOf(host).manifestUnknownMeans(anonymous)).toBe(what);
});

test.each([
  ['docker.io', 'docker.io', 'https://index.docker.io/v1/'],
  ['Registry-1.docker.io', 'docker.io', 'https://index.docker.io/v1/'],
  ['registry.hub.docker.com', 'docker.io', 'https://index.docker.io/v1/'],
  ['index.docker.io:443', 'docker.io', 'https://index.docker.io/v1/'],
  ['docker.io.example.net', 'docker.io.example.net', 'docker.io.example.net/acme'],
  ['xdocker.io', 'xdocker.io', 'xdocker.io/acme'],
  ['GHCR.io', 'ghcr.io', 'GHCR.io/acme'],
  ['shop.azurecr.io', 'shop.azurecr.io', 'shop.azurecr.io/acme'],
  ['quay.example:5000', 'quay.example:5000', 'quay.example:5000/acme'],
])('%s is called %s, and its key in a pull secret is %s', (host, canonical, key) => {
  const provider = providerOf(host);
  expect(provider.canonicalHost(host)).toBe(canonical);
  expect(provider.secretKey(host, 'acme')).toBe(key);
});

test.each([
  ['shop.azurecr.io', true],
  ['shop.azurecr.io.example.net', false],
  ['xazurecr.io', false],
  ['ghcr.io', false],
])('%s streams artifacts: %s', (host, streams) => {
  expect(providerOf(host).streamingArtifactType !== undefined).toBe(streams);
});

test.each([
  { host: 'shop.azurecr.io', anonymous: 'network_acl', unclear: 'forbidden' },
  { host: 'shop.azurecr.io.example.net', anonymous: 'denied_or_absent', unclear: 'forbidden' },
  { host: 'ghcr.io', anonymous: 'denied_or_absent', unclear: 'denied_or_absent' },
  { host: 'docker.io', anonymous: 'forbidden', unclear: 'forbidden' },
  { host: 'public.ecr.aws', anonymous: 'forbidden', unclear: 'forbidden' },
  { host: 'quay.io', anonymous: 'denied_or_absent', unclear: 'forbidden' },
])('a refused token at $host: $anonymous without a credential, else $unclear', ({ host, anonymous, unclear }) => {
  const { tokenForbidden } = providerOf(host).messages;
  expect(tokenForbidden.anonymous.cause).toBe(anonymous);
  expect(tokenForbidden.unclear.cause).toBe(unclear);
});
