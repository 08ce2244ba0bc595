import { describe, expect, it } from 'vitest';
import {
  behindTokens,
  errors,
  given,
  local,
  manifest,
  old,
  oldPrefix,
  ours,
  prefix,
  pull,
  query,
  textOf,
  unauthorized,
} from './pulling.ts';
import { imageContent, type Script, serving } from './registry.ts';

describe('containerd’s messages when a pull fails', () => {
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
        'POST is not supported, GET refuses',
        behindTokens(({ method }) => ({ status: method === 'POST' ? 404 : 401 })),
        { login: ours },
        `${prefix}failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://reg.example.org/token?${query}: 401 Unauthorized`,
      ],
      [
        'HTML instead of a token',
        behindTokens(() => ({ status: 200, body: '<html>' })),
        {},
        `${prefix}failed to authorize: failed to fetch anonymous token: unable to decode token response: invalid character '<' looking for beginning of value`,
      ],
      [
        'a token without any grant',
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
        'the same in 1.7, which does not read the body',
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
        'a digest that does not exist',
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
        `get image config descriptor: no match for platform in manifest ${imageContent(['arm64', 's390x']).digest}: not found`,
      ],
      [
        'no child for the platform, 1.7',
        serving(imageContent(['arm64', 's390x']), 'v1'),
        { node: local },
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
        expect.stringMatching(/text\/html/),
      ],
      [
        'an unreadable reference',
        () => ({ status: 200 }),
        { image: 'Reg/App:1' },
        'failed to parse image reference "Reg/App:1": invalid reference format: repository name (Reg/App) must be lowercase',
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

  it('a missing layer, and one that was corrupted in transit', async () => {
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

  it('gRPC codes distinguish not found', async () => {
    const { result } = await pull(() => ({ status: 404 }));
    expect(result).toMatchObject({ code: 'NotFound' });
    expect((await pull(() => ({ status: 503 }))).result).toMatchObject({ code: 'Unknown' });
  });
});
