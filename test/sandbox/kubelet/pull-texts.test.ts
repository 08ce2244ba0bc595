import { afterEach, describe, expect, it } from 'vitest';
import type { Login } from '../../../src/sandbox/kubelet/pull/authorizer.ts';
import { PullFailure } from '../../../src/sandbox/kubelet/pull/failure.ts';
import { createNetwork } from '../../../src/sandbox/kubelet/pull/http.ts';
import { type PullingNode, pullImage } from '../../../src/sandbox/kubelet/pull/pull.ts';
import { imageContent, type Script, serving, startScripted } from './registry.ts';

const node: PullingNode = { os: 'linux', architecture: 'amd64', runtime: 'containerd://2.1.4', mirrors: [] };
const local: PullingNode = { ...node, runtime: 'containerd://1.7.27' };
const old: PullingNode = { ...node, runtime: 'containerd://1.6.20' };
const image = 'reg.example.org/team/app:v1';
const ours: Login = { username: 'ana', password: 'pw' };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function pull(
  script: Script,
  options: {
    readonly node?: PullingNode;
    readonly login?: Login;
    readonly image?: string;
    readonly mirror?: Script;
  } = {},
) {
  const registry = await startScripted(script);
  const mirror = options.mirror === undefined ? undefined : await startScripted(options.mirror);
  const registries = {
    'reg.example.org': registry.url,
    ...(mirror === undefined ? {} : { 'localhost:8578': mirror.url }),
  };
  const network = createNetwork(registries, 500);
  stops.push(registry.stop, network.close, ...(mirror === undefined ? [] : [mirror.stop]));
  const result = await pullImage(network, options.node ?? node, options.image ?? image, options.login).catch(
    (error: unknown) => {
      if (error instanceof PullFailure) return error;
      throw error;
    },
  );
  return { result, asked: registry.asked, mirrorAsked: mirror?.asked };
}

const textOf = (result: unknown) =>
  result instanceof PullFailure ? result.message : `pulled ${JSON.stringify(result)}`;
const errors = (code: string, message: string, detail?: unknown) =>
  JSON.stringify({ errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] });
const unauthorized = (base: string, more = '') => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${base}/token",service="reg"${more}` },
  body: errors('UNAUTHORIZED', 'authentication required'),
});
/** A registry with a token service that answers like this. */
const behindTokens =
  (token: Script, then: Script = () => ({ status: 404 })): Script =>
  (request, base) => {
    if (request.path.startsWith('/token')) return token(request, base);
    return request.authorization.startsWith('Bearer ')
      ? then(request, base)
      : unauthorized(base, ',scope="repository:team/app:pull"');
  };
const given = () => ({ status: 200, body: '{"token":"t"}' });
const query = 'scope=repository%3Ateam%2Fapp%3Apull&service=reg';
const prefix = 'failed to pull and unpack image "reg.example.org/team/app:v1": failed to resolve image: ';
const oldPrefix =
  'failed to pull and unpack image "reg.example.org/team/app:v1": failed to resolve reference "reg.example.org/team/app:v1": ';
const manifest = 'https://reg.example.org/v2/team/app/manifests/v1';

describe('what containerd says when a pull fails', () => {
  const cases: readonly (readonly [what: string, script: Script, options: Parameters<typeof pull>[1], text: string])[] =
    [
      [
        'no anonymous token',
        behindTokens(() => ({ status: 403, body: errors('DENIED', 'requested access to the resource is denied') })),
        {},
        `${prefix}failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://reg.example.org/token?${query}: 403 Forbidden`,
      ],
      [
        'no anonymous token, 1.7',
        behindTokens(() => ({ status: 401 })),
        { node: local },
        `${oldPrefix}failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://reg.example.org/token?${query}: 401 Unauthorized`,
      ],
      [
        'no anonymous token, 1.6',
        behindTokens(() => ({ status: 403 })),
        { node: old },
        `${oldPrefix}failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden`,
      ],
      [
        'no token for a credential',
        behindTokens(() => ({ status: 403 })),
        { login: ours },
        `${prefix}failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://reg.example.org/token: 403 Forbidden`,
      ],
      [
        'POST is not known, GET refuses',
        behindTokens(({ method }) => ({ status: method === 'POST' ? 404 : 401 })),
        { login: ours },
        `${prefix}failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://reg.example.org/token?${query}: 401 Unauthorized`,
      ],
      [
        'HTML where a token belongs',
        behindTokens(() => ({ status: 200, body: '<html>' })),
        {},
        `${prefix}failed to authorize: failed to fetch anonymous token: unable to decode token response: invalid character '<' looking for beginning of value`,
      ],
      [
        'a token that grants nothing',
        behindTokens(given, (_request, base) => unauthorized(base, ',error="insufficient_scope"')),
        {},
        `${prefix}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
      ],
      [
        'Basic without credentials',
        () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="r",service="ecr.amazonaws.com"' } }),
        {},
        `${prefix}pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`,
      ],
      [
        'an expired ECR token',
        ({ authorization }) =>
          authorization === ''
            ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
            : {
                status: 403,
                body: errors('DENIED', 'Your authorization token has expired. Reauthenticate and try again.'),
              },
        { login: ours },
        `${prefix}unexpected status from HEAD request to ${manifest}: 403 Forbidden\ndenied: Your authorization token has expired. Reauthenticate and try again.`,
      ],
      [
        'the same in 1.7, which does not see the body',
        ({ authorization }) =>
          authorization === ''
            ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
            : { status: 403, body: errors('DENIED', 'expired') },
        { login: ours, node: local },
        `${oldPrefix}unexpected status from HEAD request to ${manifest}: 403 Forbidden`,
      ],
      [
        'the same in 1.6',
        () => ({ status: 403 }),
        { node: old },
        `${oldPrefix}pulling from host reg.example.org failed with status code [manifests v1]: 403 Forbidden`,
      ],
      ['not found', () => ({ status: 404 }), {}, `${prefix}reg.example.org/team/app:v1: not found`],
      ['not found, 1.6', () => ({ status: 404 }), { node: old }, `${oldPrefix}reg.example.org/team/app:v1: not found`],
      [
        'a digest that is not there',
        () => ({ status: 404 }),
        { image: `reg.example.org/team/app@sha256:${'a'.repeat(64)}` },
        `failed to pull and unpack image "reg.example.org/team/app@sha256:${'a'.repeat(64)}": failed to resolve image: reg.example.org/team/app@sha256:${'a'.repeat(64)}: not found`,
      ],
      [
        'a server error',
        () => ({ status: 503 }),
        {},
        `${prefix}unexpected status from HEAD request to ${manifest}: 503 Service Unavailable`,
      ],
      ['a cut connection', () => undefined, {}, `${prefix}failed to do request: Head "${manifest}": EOF`],
      [
        'a name that does not exist',
        () => ({ status: 200 }),
        { image: 'azureacr.io.example/x:1' },
        'failed to pull and unpack image "azureacr.io.example/x:1": failed to resolve image: failed to do request: Head "https://azureacr.io.example/v2/x/manifests/1": dial tcp: lookup azureacr.io.example: no such host',
      ],
      [
        'no child for the platform',
        serving(imageContent(['arm64', 's390x']), 'v1'),
        {},
        'failed to pull and unpack image "reg.example.org/team/app:v1": no match for platform in manifest: not found',
      ],
      [
        'a manifest of the old kind',
        () => ({
          status: 200,
          headers: {
            'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws',
            'docker-content-digest': `sha256:${'b'.repeat(64)}`,
            'content-length': '5',
          },
          body: 'xxxxx',
        }),
        {},
        'failed to pull and unpack image "reg.example.org/team/app:v1": schema 1 image manifests are no longer supported: invalid argument',
      ],
      [
        'a login page',
        () => ({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>' }),
        {},
        expect.stringMatching(/text\/html/) as unknown as string,
      ],
      [
        'an unreadable reference',
        () => ({ status: 200 }),
        { image: 'Reg/App:1' },
        'failed to parse image reference "Reg/App:1": invalid reference format',
      ],
    ];
  it.each(cases)('%s', async (_what, script, options, text) => {
    const { result } = await pull(script, options);
    expect(textOf(result)).toEqual(text);
  });

  it('a rate limit at the manifest, after five tries', async () => {
    const content = imageContent(['amd64']);
    const limited: Script = serving(content, 'v1', ({ method, path }) =>
      method === 'GET' && path.includes('/manifests/')
        ? { status: 429, body: errors('TOOMANYREQUESTS', 'You have reached your pull rate limit.') }
        : { status: 200 },
    );
    const { result, asked } = await pull(limited);
    const url = `https://reg.example.org/v2/team/app/manifests/${content.digest}`;
    expect(textOf(result)).toBe(
      `failed to pull and unpack image "reg.example.org/team/app:v1": failed to copy: httpReadSeeker: failed open: unexpected status from GET request to ${url}: 429 Too Many Requests\ntoomanyrequests: You have reached your pull rate limit.`,
    );
    expect(asked.filter((line) => line.startsWith('GET'))).toHaveLength(5);
    const in17 = await pull(limited, { node: local });
    expect(textOf(in17.result)).toContain(
      `unexpected status code ${url}: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.`,
    );
  });

  it('a layer that is missing, and one that was changed on the way', async () => {
    const content = imageContent(['amd64']);
    const layer = [...content.blobs].find(([, { type }]) => type.includes('layer'))?.[0] ?? '';
    const missing = await pull(
      serving(content, 'v1', ({ path }) => (path.includes(layer) ? { status: 404 } : { status: 200 })),
    );
    expect(textOf(missing.result)).toContain(
      `failed to copy: httpReadSeeker: failed open: could not fetch content descriptor ${layer} (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found`,
    );
    const changed = await pull((request, base) =>
      request.path.includes(layer) ? { status: 200, body: 'layer AMD64' } : serving(content, 'v1')(request, base),
    );
    expect(textOf(changed.result)).toMatch(
      new RegExp(
        `failed commit on ref "layer-${layer}": unexpected commit digest sha256:[a-f0-9]{64}, expected ${layer}: failed precondition`,
      ),
    );
  });

  it('gRPC codes: not found is told apart', async () => {
    const { result } = await pull(() => ({ status: 404 }));
    expect(result).toMatchObject({ code: 'NotFound' });
    expect((await pull(() => ({ status: 503 }))).result).toMatchObject({ code: 'Unknown' });
  });
});

describe('mirrors', () => {
  const mirrored: PullingNode = { ...node, mirrors: [{ host: '*.example.org', url: 'http://localhost:8578' }] };
  const at = 'http://localhost:8578/v2/team/app/manifests/v1?ns=reg.example.org: 503 Service Unavailable';
  it.each([
    ['404', () => ({ status: 404 }), `${prefix}unexpected status from HEAD request to ${at}`],
    [
      '401 without an answer to it',
      (_request: unknown, base: string) => unauthorized(base, ',error="insufficient_scope"'),
      `${prefix}unexpected status from HEAD request to ${at}`,
    ],
    ['503', () => ({ status: 503 }), `${prefix}unexpected status from HEAD request to ${at}`],
  ] as const)('a 503 of the mirror hides the origin’s %s', async (_what, origin, text) => {
    const { result } = await pull(origin as Script, { node: mirrored, mirror: () => ({ status: 503 }) });
    expect(textOf(result)).toBe(text);
  });

  it('are asked first, with the registry they stand for; the origin helps out', async () => {
    const content = imageContent(['amd64']);
    const { result, asked, mirrorAsked } = await pull(serving(content, 'v1'), {
      node: mirrored,
      mirror: () => ({ status: 404 }),
    });
    expect(result).toMatchObject({ digest: content.digest });
    expect(mirrorAsked?.[0]).toBe('HEAD /v2/team/app/manifests/v1?ns=reg.example.org');
    expect(asked[0]).toBe('HEAD /v2/team/app/manifests/v1');
  });

  it('serve only the hosts they are for', async () => {
    const elsewhere: PullingNode = { ...node, mirrors: [{ host: '*.azurecr.io', url: 'http://localhost:8578' }] };
    const { mirrorAsked } = await pull(() => ({ status: 404 }), { node: elsewhere, mirror: () => ({ status: 503 }) });
    expect(mirrorAsked).toEqual([]);
  });
});

describe('pulls that succeed', () => {
  it('take the node’s child of an index, and remember the index', async () => {
    const content = imageContent(['arm64', 'amd64']);
    const { result, asked } = await pull(serving(content, 'v1'));
    const child = content.manifests[1];
    expect(result).toMatchObject({
      digest: content.digest,
      manifestDigest: child?.digest,
      configDigest: child?.config,
      repository: 'reg.example.org/team/app',
      platform: { architecture: 'amd64' },
      entrypoint: ['/bin/run'],
    });
    expect(asked.slice(0, 3)).toEqual([
      'HEAD /v2/team/app/manifests/v1',
      `GET /v2/team/app/manifests/${content.digest}`,
      `GET /v2/team/app/manifests/${child?.digest ?? ''}`,
    ]);
  });

  it('take a single manifest of another architecture without a word', async () => {
    const { result } = await pull(serving(imageContent(['arm64']), 'v1'));
    expect(result).toMatchObject({ platform: { architecture: 'arm64' } });
  });

  it('send a credential by POST, an identity token as refresh token, and never along a redirect', async () => {
    const content = imageContent(['amd64']);
    const forms: string[] = [];
    const elsewhere = await startScripted(({ authorization }) => ({
      status: authorization === '' ? 200 : 400,
      body: 'layer amd64',
    }));
    stops.push(elsewhere.stop);
    const script = behindTokens(
      ({ method, body }) => {
        forms.push(`${method} ${body}`);
        return { status: 200, body: '{"access_token":"t"}' };
      },
      (request, base) =>
        request.path.includes([...content.blobs].find(([, { type }]) => type.includes('layer'))?.[0] ?? '-')
          ? { status: 307, headers: { location: `${elsewhere.url}/blob` } }
          : serving(content, 'v1')(request, base),
    );
    expect((await pull(script, { login: ours })).result).toMatchObject({ digest: content.digest });
    expect(forms[0]).toBe(
      'POST scope=repository%3Ateam%2Fapp%3Apull&service=reg&client_id=containerd-client&grant_type=password&username=ana&password=pw',
    );
    await pull(script, { login: { username: '', password: 'identity' } });
    expect(forms.at(-1)).toContain('grant_type=refresh_token&refresh_token=identity');
  });
});
