import { describe, expect, it } from 'vitest';
import type { PullingNode } from '../../../src/sandbox/kubelet/pull/pull.ts';
import { behindTokens, node, ours, prefix, pull, stopLater, textOf, unauthorized } from './pulling.ts';
import { imageContent, serving, startScripted } from './registry.ts';

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
    const { result } = await pull(origin, { node: mirrored, mirror: () => ({ status: 503 }) });
    expect(textOf(result)).toBe(text);
  });

  it('are tried first, with the name of their registry; the origin is the fallback', async () => {
    const content = imageContent(['amd64']);
    const { result, asked, mirrorAsked } = await pull(serving(content, 'v1'), {
      node: mirrored,
      mirror: () => ({ status: 404 }),
    });
    expect(result).toMatchObject({ digest: content.digest });
    expect(mirrorAsked?.[0]).toBe('HEAD /v2/team/app/manifests/v1?ns=reg.example.org');
    expect(asked[0]).toBe('HEAD /v2/team/app/manifests/v1');
  });

  it('serve only their own hosts', async () => {
    const elsewhere: PullingNode = { ...node, mirrors: [{ host: '*.azurecr.io', url: 'http://localhost:8578' }] };
    const { mirrorAsked } = await pull(() => ({ status: 404 }), { node: elsewhere, mirror: () => ({ status: 503 }) });
    expect(mirrorAsked).toEqual([]);
  });
});

describe('pulls that succeed', () => {
  it('choose the node’s platform from an index, and remember the index', async () => {
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

  it('accept a single manifest of another architecture without a warning', async () => {
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
    stopLater(elsewhere.stop);
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
