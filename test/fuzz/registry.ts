import { credentialExpiry } from '../../src/kubernetes/read/credential-expiry.ts';
import { providers } from '../../src/model/providers/index.ts';
import { chooseDemand, parseChallenges } from '../../src/registry/challenge.ts';
import { nextLink } from '../../src/registry/link.ts';
import { readRateLimit, retryAfterMs } from '../../src/registry/rate.ts';
import {
  parseJson,
  readClaims,
  readImageConfig,
  readManifest,
  readReferrers,
  readRegistryError,
  readTags,
  readToken,
} from '../../src/registry/schema.ts';
import { json, jsonText, type Target, text } from './target.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 100 };
const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
const annotations = { 'org.opencontainers.image.created': '2026-01-01T00:00:00Z' };
const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 5 }];
const config = { ...descriptor, mediaType: 'application/vnd.oci.image.config.v1+json' };
const manifests: readonly unknown[] = [
  { schemaVersion: 2, manifests: [{ ...descriptor, platform, annotations }, descriptor] },
  { schemaVersion: 2, config, layers, annotations, subject: descriptor, artifactType: 'a/b' },
  { mediaType: 'application/vnd.oci.artifact.manifest.v1+json', artifactType: 'a/b' },
  { schemaVersion: 1, fsLayers: [{ blobSum: digest }], history: [{}] },
];
const configs: readonly unknown[] = [
  {
    ...platform,
    created: '2026-01-01T00:00:00Z',
    config: { User: '1000', Env: ['PATH=/bin'], Entrypoint: ['/a'], Cmd: null, Labels: { a: 'b' } },
    rootfs: { type: 'layers', diff_ids: [digest] },
    history: [{ created: '2026-01-01T00:00:00Z', created_by: 'RUN' }],
  },
];
const errors: readonly unknown[] = [
  { errors: [{ code: 'DENIED', message: 'requested access to the resource is denied', detail: [{ Type: 'a' }] }] },
  { error: 'invalid_scope', error_description: 'no' },
  { code: 403, message: 'no' },
  { details: 'incorrect username or password' },
];
const pushTimes: readonly unknown[] = [
  { tag: { digest, lastUpdateTime: '2026-01-01T00:00:00Z' } },
  { manifest: { digest, createdTime: '2026-01-01T00:00:00Z' } },
  { digest, last_updated: '2026-01-01T00:00:00Z', tag_last_pushed: '2026-01-01T00:00:00Z', images: [{ digest }] },
];
const claims = { exp: 1_800_000_000, access: [{ type: 'repository', name: 'a', actions: ['pull'] }] };
const jwt = ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'c2ln'].join('.');
const pushed = { host: 'acme.azurecr.io', repository: 'a', tag: '1', digest, isPinned: false };

function pushTimeOf(value: unknown): unknown {
  return providers.map((provider) => {
    const source = provider.pushSource({ ...pushed, host: provider.id === 'docker-hub' ? 'docker.io' : pushed.host });
    return source.kind === 'api' ? source.read(value) : undefined;
  });
}

const body = (input: string): Buffer => Buffer.from(input, 'latin1');
const now = new Date('2026-12-01T00:00:00Z');

export const registryTargets: readonly Target[] = [
  text(
    'WWW-Authenticate',
    ['registry/challenge.ts'],
    [
      'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull"',
      'Basic realm="a, \\"b\\"", Bearer realm=x, Negotiate YWJj==',
      // Every name could begin a scheme, and what follows a token68.
      `Bearer ${'pod/'.repeat(4000)}!`,
    ],
    (input) => chooseDemand(parseChallenges([input])),
  ),
  text(
    'Link',
    ['registry/link.ts'],
    ['</v2/a/tags/list?last=x&n=2>; rel="next"', '<a>; rel=prev, <b>; rel="x next"'],
    (input) => nextLink([input]),
  ),
  text(
    'Retry-After and quota',
    ['registry/rate.ts'],
    ['120', 'Wed, 21 Oct 2026 07:28:00 GMT', '100;w=21600'],
    (input) => [retryAfterMs(input, now), readRateLimit({ get: () => input, all: () => [input] })],
  ),
  jsonText('registry error', ['registry/schema.ts'], errors, (input) => readRegistryError(body(input))),
  jsonText(
    'answer of a token service',
    ['registry/schema.ts'],
    [{ token: jwt, access_token: 'a', expires_in: 300 }],
    (input) => {
      const token = readToken(body(input));
      return token === undefined ? undefined : readClaims(token.token);
    },
  ),
  json('claims of a token', ['registry/schema.ts'], [claims], (_, input) =>
    readClaims(`e30.${Buffer.from(input).toString('base64url')}.c2ln`),
  ),
  text('token', ['registry/schema.ts', 'kubernetes/read/credential-expiry.ts'], [jwt], (input) => [
    readClaims(input),
    credentialExpiry(input),
  ]),
  jsonText('manifest', ['registry/schema.ts'], manifests, (input) => {
    const parsed = parseJson(body(input));
    return parsed === undefined ? undefined : readManifest(digest, '', parsed.json);
  }),
  json('referrers', ['registry/schema.ts'], manifests, readReferrers),
  json(
    'tags',
    ['registry/schema.ts'],
    [
      { name: 'a', tags: ['1', 'latest'] },
      { name: 'a', tags: null },
    ],
    readTags,
  ),
  json('image configuration', ['registry/schema.ts'], configs, (value) => readImageConfig(digest, value)),
  json('push time', ['model/providers/acr.ts', 'model/providers/docker-hub.ts'], pushTimes, pushTimeOf),
];
