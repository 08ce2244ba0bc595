import { describe, expect, test } from 'vitest';
import { credential, imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { image, serve } from '../support/registry-images.ts';
import { json, type Reply, refusal, type SeenRequest, startRegistryServer } from '../support/registry-server.ts';
import { bearerRegistry, challengeFor, jwt } from '../support/registry-tokens.ts';

const { manifest } = image({ os: 'linux', architecture: 'amd64' });
const ok = () => serve(manifest);

/** Probes a well-known host whose server answers as that registry does (docs/facts/registries.md). */
async function probe(host: string, answer: (request: SeenRequest) => Reply, who?: ReturnType<typeof credential>) {
  const server = await startRegistryServer(answer);
  const client = registryClient({ registries: [registrySetting(host, { endpoint: new URL(server.origin) })] });
  return client.resolve(imageRef(host, 'owner/app'), reading(who === undefined ? {} : { credential: who }));
}

describe('GHCR', () => {
  const ghcr = (token: Reply, answer = ok as (request: SeenRequest) => Reply) =>
    bearerRegistry(answer, { realm: 'https://ghcr.io/token', service: 'ghcr.io', token: () => token });
  const denied = refusal(403, 'DENIED', 'requested access to the resource is denied');
  const token = json(200, { token: 'djE6b3duZXI=' });

  test.each([
    {
      name: 'never published',
      answer: ghcr(denied),
      expected: { kind: 'forbidden', stage: 'token', status: 403, code: 'DENIED', hint: 'never-published' },
    },
    {
      name: 'private',
      answer: ghcr(refusal(401, 'UNAUTHORIZED', 'authentication required')),
      expected: { kind: 'unauthorized', stage: 'token', hint: 'exists-private' },
    },
    {
      name: 'public, no such tag',
      answer: ghcr(token, () => refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown')),
      expected: { kind: 'not-found', what: 'tag' },
    },
  ])('$name', async ({ answer, expected }) => {
    expect(await probe('ghcr.io', answer)).toMatchObject(expected);
  });

  test('an outdated credential says nothing about the package', async () => {
    const outcome = await probe('ghcr.io', ghcr(denied), credential());
    expect(outcome).toMatchObject({ kind: 'forbidden', stage: 'token' });
    expect(outcome).not.toHaveProperty('hint');
  });

  test("an owner's credential cannot tell a missing package from a missing tag", async () => {
    const missing = ghcr(token, () => refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown'));
    expect(await probe('ghcr.io', missing, credential())).toMatchObject({ kind: 'not-found', what: 'unclear' });
  });
});

describe('Docker Hub', () => {
  const hub = (answer: (request: SeenRequest) => Reply, access: readonly object[] = []) =>
    bearerRegistry(answer, {
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      token: () => json(200, { token: jwt({ access }), expires_in: 300 }),
    });

  test.each([
    { name: 'insufficient_scope', error: 'insufficient_scope', access: [{ type: 'repository', actions: ['pull'] }] },
    { name: 'an empty grant', error: 'invalid_token', access: [] },
  ])('missing or private: $name', async ({ error, access }) => {
    const realm = 'https://auth.docker.io/token';
    const answer = hub((request) => {
      const challenge = challengeFor(request, { realm, service: 'registry.docker.io', error });
      return refusal(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
    }, access);
    expect(await probe('docker.io', answer)).toMatchObject({
      kind: 'unauthorized',
      stage: 'request',
      hint: 'absent-or-private',
    });
  });

  test('reports the limit in the registry’s words, and the quota', async () => {
    const limits = {
      'ratelimit-limit': '100;w=21600',
      'ratelimit-remaining': '0;w=21600',
      'docker-ratelimit-source': '192.0.2.1',
    };
    const message = 'You have reached your pull rate limit.';
    const answer = hub(() => refusal(429, 'TOOMANYREQUESTS', message, limits));
    expect(await probe('docker.io', answer)).toMatchObject({
      kind: 'rate-limited',
      rateLimit: { limit: 100, remaining: 0, windowSeconds: 21_600, source: '192.0.2.1' },
    });
  });
});

describe('ECR', () => {
  const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
  const challenge = { 'www-authenticate': `Basic realm="https://${host}/",service="ecr.amazonaws.com"` };
  const ecr = (answer: () => Reply) => (request: SeenRequest) =>
    request.headers.authorization === undefined
      ? { status: 401, headers: { ...challenge, 'content-type': 'text/plain' }, body: 'Not Authorized\n' }
      : answer();

  test('wants Basic with the user AWS', async () => {
    expect(await probe(host, ecr(ok), credential('AWS'))).toMatchObject({ kind: 'found' });
    expect(await probe(host, ecr(ok))).toMatchObject({ kind: 'unauthorized', status: 401, message: 'Not Authorized' });
  });

  test('says that a token has expired', async () => {
    const message = 'Your authorization token has expired. Reauthenticate and try again.';
    expect(
      await probe(
        host,
        ecr(() => refusal(403, 'DENIED', message)),
        credential('AWS'),
      ),
    ).toMatchObject({
      kind: 'forbidden',
      code: 'DENIED',
      message,
      hint: 'credential-expired',
    });
  });

  test('names a missing repository', async () => {
    const answer = ecr(() => refusal(404, 'NAME_UNKNOWN', "The repository with name 'x' does not exist"));
    expect(await probe(host, answer, credential('AWS'))).toMatchObject({ kind: 'not-found', what: 'repository' });
  });
});

test('public ECR keeps its own scope', async () => {
  const scopes: (string | null)[] = [];
  const server = await startRegistryServer(({ url, headers }) => {
    if (url.startsWith('/token')) {
      scopes.push(new URL(url, 'http://x').searchParams.get('scope'));
      return json(200, { token: 'opaque-token' });
    }
    const challenge = 'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"';
    return headers.authorization === undefined ? { status: 401, headers: { 'www-authenticate': challenge } } : ok();
  });
  const client = registryClient({
    registries: [registrySetting('public.ecr.aws', { endpoint: new URL(server.origin) })],
  });
  for (const name of ['a/b', 'c/d']) {
    expect(await client.resolve(imageRef('public.ecr.aws', name), reading())).toMatchObject({ kind: 'found' });
  }
  expect(scopes).toEqual(['aws']);
});

describe('ACR', () => {
  const host = 'contoso.azurecr.io';
  const acr = (answer: () => Reply, token?: Reply) =>
    bearerRegistry(answer, {
      realm: `https://${host}/token`,
      service: host,
      token: () => token ?? json(200, { access_token: jwt({ exp: Math.floor(Date.now() / 1000) + 4500 }) }),
    });

  test.each([
    { name: 'a firewall', answer: () => refusal(403, 'DENIED', "client with IP '192.0.2.7' is not allowed access.") },
    { name: 'no anonymous token', answer: acr(ok, refusal(403, 'DENIED', 'no')) },
  ])('the network refuses: $name', async ({ answer }) => {
    expect(await probe(host, answer)).toMatchObject({ kind: 'forbidden', hint: 'network-acl' });
  });

  test('tells a missing tag from a missing repository', async () => {
    const tag = acr(() => refusal(404, 'MANIFEST_UNKNOWN', 'manifest tagged by "v1" is not found'));
    expect(await probe(host, tag, credential())).toMatchObject({ kind: 'not-found', what: 'tag' });
    const repository = acr(() => refusal(404, 'NAME_UNKNOWN', 'repository "owner/app" is not found'));
    expect(await probe(host, repository, credential())).toMatchObject({ kind: 'not-found', what: 'repository' });
  });
});

test('one deadline for very many images causes no warning', async () => {
  const server = await startRegistryServer(bearerRegistry(ok));
  const client = registryClient({
    registries: [registrySetting('registry.test', { endpoint: new URL(server.origin) })],
  });
  const warnings: string[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning.message);
  process.on('warning', onWarning);
  const how = reading();
  const names = Array.from({ length: 300 }, (_, number) => `team/app-${number}`);
  const outcomes = await Promise.all(names.map((name) => client.resolve(imageRef('registry.test', name), how)));
  process.off('warning', onWarning);
  expect(outcomes.filter(({ kind }) => kind === 'found')).toHaveLength(300);
  expect(warnings).toEqual([]);
  expect(server.seen).toHaveLength(601);
});
