import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import type { Cause } from '../../src/model/finding/cause.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const failed = (image: string, error: string) =>
  `Failed to pull image "${image}": rpc error: code = Unknown desc = ${error}`;

/** For each kind of text a sibling, and beside it one that looks the same and is something else. */
const texts: readonly (readonly [name: string, text: string, cause: Cause])[] = [
  [
    'a sandbox image without a credential',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "reg.example.com/pause:3": failed to pull image "reg.example.com/pause:3": no basic auth credentials',
    'no_credentials',
  ],
  [
    'a network plugin with “denied”',
    'Failed to create pod sandbox: plugin type="calico" failed (add): error getting ClusterInformation: access denied',
    'not_image_related',
  ],
  [
    'a parent snapshot',
    failed(
      'reg.example.com/a:1',
      `failed to prepare extraction snapshot "x": parent snapshot ${digest} does not exist: not found`,
    ),
    'node_image_store',
  ],
  [
    'content that is gone from the node',
    failed(
      'reg.example.com/a:1',
      `failed to pull and unpack image "reg.example.com/a:1": blob ${digest} expected at /var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/${'ab'.repeat(32)}: blob not found: not found`,
    ),
    'node_image_store',
  ],
  [
    'content that is gone from the registry',
    failed(
      'reg.example.com/a:1',
      `failed to copy: httpReadSeeker: failed open: content at https://reg.example.com/v2/a/blobs/${digest} not found: not found`,
    ),
    'blob_fetch_failed',
  ],
  [
    'a name that is absent',
    failed('ghcr.io/acme/a:1', 'failed to resolve reference "ghcr.io/acme/a:1": ghcr.io/acme/a:1: not found'),
    'image_not_found',
  ],
  [
    'a full disk in the same place',
    failed(
      'reg.example.com/a:1',
      'failed to extract layer: write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs/x: no space left on device',
    ),
    'disk_full',
  ],
  [
    'a child of an index',
    failed('reg.example.com/a:1', `reading manifest ${digest} in reg.example.com/a: manifest unknown`),
    'index_incomplete',
  ],
  [
    'a reference by the digest that is absent',
    failed(`reg.example.com/a@${digest}`, `reading manifest ${digest} in reg.example.com/a: manifest unknown`),
    'image_not_found',
  ],
  [
    'zstd on an old runtime',
    failed(
      'reg.example.com/a:1',
      'failed to register layer: Error processing tar file(exit status 1): archive/tar: invalid tar header',
    ),
    'layer_extract_failed',
  ],
  [
    'a disk that became read-only',
    failed('reg.example.com/a:1', 'failed to extract layer sha256:aa: mkdir /x: read-only file system'),
    'layer_extract_failed',
  ],
  [
    'S3 that refuses',
    failed(
      'reg.example.com/a:1',
      'error parsing HTTP 403 response body: invalid character \'<\' looking for beginning of value: "<Error><Code>AccessDenied</Code></Error>"',
    ),
    'network_acl',
  ],
  [
    'S3 that is overloaded',
    failed('reg.example.com/a:1', 'fetching blob: StatusCode: 503, "<Error><Code>SlowDown</Code></Error>"'),
    'registry_5xx',
  ],
  [
    'Azure’s firewall at the blobs',
    failed(
      'shop.azurecr.io/a:1',
      'fetching blob: StatusCode: 403, "<Error><Code>AuthorizationFailure</Code><Message>This request is not authorized</Message></Error>"',
    ),
    'network_acl',
  ],
  [
    'a login page',
    failed(
      'reg.example.com/a:1',
      'invalid character \'<\' looking for beginning of value: "<html><form action=login>Sign in</form>"',
    ),
    'html_instead_of_manifest',
  ],
  [
    'the runtime’s own socket',
    failed(
      'reg.example.com/a:1',
      'connection error: desc = "transport: Error while dialing: dial unix /run/crio/crio.sock: connect: no such file or directory"',
    ),
    'node_configuration',
  ],
  [
    'a database’s socket',
    'could not connect: dial unix /tmp/.s.PGSQL.5432: connect: no such file or directory',
    'unknown',
  ],
  [
    'a webhook’s log about TLS',
    'http: TLS handshake error from 10.0.0.1:4711: remote error: tls: bad certificate',
    'unknown',
  ],
  [
    'a client certificate wanted',
    failed(
      'reg.example.com/a:1',
      'failed to do request: Head "https://reg.example.com/v2/a/manifests/1": remote error: tls: certificate required',
    ),
    'node_configuration',
  ],
  [
    'a CA that isn’t trusted',
    failed(
      'reg.example.com/a:1',
      'failed to do request: Head "https://reg.example.com/v2/a/manifests/1": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ),
    'tls_untrusted_ca',
  ],
  [
    'a signature that is missing',
    failed('reg.example.com/a:1', 'Source image rejected: A signature was required, but no signature exists'),
    'signature_policy',
  ],
  [
    'a plugin that can’t be run',
    'error execing credential provider plugin acr-credential-provider for image shop.azurecr.io/a: fork/exec /usr/bin/acr: exec format error',
    'credential_plugin',
  ],
  [
    'a start command that isn’t there',
    'Error: failed to create containerd task: exec: "/app/start": stat /app/start: no such file or directory',
    'application_crash',
  ],
  [
    'a vulnerable image in Harbor',
    failed(
      'harbor.example.com/a/b:1',
      'unknown: current image with 3 vulnerabilities cannot be pulled due to configured policy',
    ),
    'registry_policy',
  ],
  [
    'Docker Hub’s own limit',
    failed('nginx', 'toomanyrequests: You have reached your pull rate limit.'),
    'rate_limited',
  ],
  [
    'a namespace’s ResourceQuota',
    'Error creating: pods "a" is forbidden: exceeded quota: compute, requested: pods=1',
    'not_image_related',
  ],
  [
    'a Helm chart',
    failed('reg.example.com/chart:1', 'unsupported media type application/vnd.cncf.helm.config.v1+json'),
    'reference_format',
  ],
  [
    'a private image of somebody',
    'error building image: GET https://index.docker.io/v2/acme/base/manifests/1: UNAUTHORIZED: authentication required',
    'unauthorized',
  ],
  [
    'a builder’s stage that doesn’t exist',
    'error building image: GET https://index.docker.io/v2/library/base/manifests/1: UNAUTHORIZED: authentication required',
    'denied_or_absent',
  ],
];

describe('texts and their look-alikes', () => {
  it.each(texts)('%s', (_name, text, cause) => {
    expect(explainText(text).cause).toBe(cause);
  });

  it('is certain of “not found” only where the registry cannot be a cache', () => {
    const absent = (image: string) =>
      explainText(failed(image, `failed to resolve reference "${image}": ${image}: not found`));
    expect(absent('ghcr.io/acme/web:1')).toMatchObject({ cause: 'image_not_found', confidence: 'certain' });
    expect(absent('harbor.example.com/hub/web:1')).toMatchObject({ cause: 'image_not_found', confidence: 'likely' });
    expect(absent('docker.io/bitnami/redis:1')).toMatchObject({ cause: 'image_moved', confidence: 'likely' });
    expect(absent('harbor.example.com/hub/web:1').next).toContain('If harbor.example.com is a pull-through cache');
  });

  it('names the address that failed', () => {
    const refused = 'dial tcp [2001:db8::1]:443: connect: network is unreachable';
    const at = (url: string) =>
      explainText(failed('reg.example.com/a:1', `failed to do request: Head "${url}": ${refused}`)).meaning;
    expect(at('https://reg.example.com/v2/a/manifests/1')).toMatch(/address that failed is reg\.example\.com\..*IPv6/);
    expect(at('https://auth.example.com/token?service=x')).toContain('auth.example.com, the token service');
    expect(at('https://cdn.example.net/blobs/x?sig=1')).toContain('cdn.example.net, the blob host');
    expect(at('http://mirror.local/v2/a/manifests/1?ns=reg.example.com')).toContain('mirror.local, a mirror or cache');
    expect(
      explainText(
        'failed to do request: Head "https://reg.example.com/v2/": proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused',
      ).meaning,
    ).toContain('the proxy 10.0.0.9:3128');
  });

  it('gives builders no advice about pull secrets', () => {
    const { next } = explainText(
      'error building image: GET https://reg.example.com/v2/a/manifests/1: UNAUTHORIZED: authentication required',
    );
    expect(next).toContain('give the build a credential of its own');
    expect(explainText(failed('ghcr.io/a/b:1', 'unauthorized: authentication required')).next).toContain('pull secret');
  });

  it('survives lost quotation marks, columns and line breaks', () => {
    const text =
      'Warning  Failed  10m  kubelet  Failed to pull image "reg.example.com/my/app:1: rpc error: code = Unknown desc = Get https://bucket.example.net/x: dial tcp:\n   i/o timeout\nBack-off pulling image "reg.example.com/my/app:1';
    expect(explainText(text)).toMatchObject({ cause: 'network_timeout', image: 'reg.example.com/my/app:1' });
    expect(explainText(text.replaceAll('"', '')).cause).toBe('network_timeout');
  });

  it('quotes the innermost message if nothing matches', () => {
    const { cause, meaning, next } = explainText(
      failed('reg.example.com/a:1', 'failed to resolve: the blue moon is in the seventh house'),
    );
    expect(cause).toBe('unknown');
    expect(meaning).toContain('"the blue moon is in the seventh house"');
    expect(meaning).toContain('reg.example.com');
    expect(next).not.toContain('whole message');
  });

  it.each([
    ['Failed to mount: image volume "data": ErrImagePull: failed to resolve: no such host', 'image_volume'],
    ['Failed to pull image "a.io/b:1": manifest unknown', 'image'],
  ])('%s is about the %s', (text, subject) => {
    expect(explainText(text).subject).toBe(subject);
  });
});
