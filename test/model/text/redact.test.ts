import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/model/text/redact.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

const hex = 'e6693c20186f837fc393390135d8a598a96a833917917789d63766cab6c59582';
const jwt = 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJl';
const awsSecret = 'wJalrXUtnFEMI0K7MDENG0bPxRfiCYEXAMPLEKEY';

/** The secret must be gone, and every other word must stay. */
const secrets: readonly (readonly [title: string, text: string, secret: string, stays: string])[] = [
  ['GitHub classic token', 'login with ghp_16C7e42F292c6912E7710c838347Ae178B4a failed', 'ghp_16C7', 'failed'],
  ['GitHub fine-grained token', 'github_pat_11AAAAAAA0abcdefghijkl_mnopqrstuvwxyz denied', 'github_pat_11', 'denied'],
  ['Slack bot token', 'token xoxb-1234567890-abcdefghij', 'xoxb-1234', 'token'],
  ['Slack app token', 'xapp-1-A0123456789-987-abcdef rejected', 'xapp-1', 'rejected'],
  [
    'Slack webhook',
    'POST https://hooks.slack.com/services/T0001/B0002/abcdEFGH1234',
    'abcdEFGH1234',
    'hooks.slack.com',
  ],
  ['GitLab token', 'glpat-abcdefghij1234567890 expired', 'glpat-abc', 'expired'],
  ['Docker Hub token', 'dckr_pat_abcdefghij1234567890 used', 'dckr_pat_abc', 'used'],
  ['AWS key id', 'InvalidClientTokenId AKIAIOSFODNN7EXAMPLE', 'IOSFODNN7EXAMPLE', 'AKIA'],
  ['AWS session key id', 'key ASIAIOSFODNN7EXAMPLE expired', 'IOSFODNN7EXAMPLE', 'ASIA'],
  ['AWS secret key in an assignment', `AWS_SECRET_ACCESS_KEY=${awsSecret} next`, awsSecret, 'next'],
  ['AWS secret key on its own', `aws keys: ${awsSecret} end`, awsSecret, 'end'],
  ['JWT', `answer ${jwt} for repository:acme/web:pull`, jwt, 'repository:acme/web:pull'],
  ['ECR token', `docker login -u AWS -p eyJwYXlsb2FkIjoiQUJDREVGR0hJSktMTU5PUA== host`, 'eyJwYXls', 'docker login'],
  ['Authorization Basic', 'Authorization: Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz', 'Authorization: Basic'],
  ['Authorization Bearer in JSON', '{"Authorization": "Bearer abc.def"}', 'abc.def', 'Authorization'],
  [
    'Authorization in curl',
    "curl -H 'authorization: bearer abcdef' https://ghcr.io/v2/",
    'abcdef',
    'https://ghcr.io/v2/',
  ],
  ['bare bearer', 'sent Bearer abcdefghijklmnopqrstuvwxyz012345 to ghcr.io', 'abcdefghijklm', 'ghcr.io'],
  ['password in a URL', 'Get "https://bob:s3cr3t@reg.example.com/v2/": EOF', 's3cr3t', 'reg.example.com/v2/'],
  ['password with @ in a URL', 'redis://:p@ss@redis:6379/0', 'p@ss', 'redis:6379'],
  [
    'token as a user in a URL',
    'https://abcdefghij0123456789abcd@github.com/acme/web',
    'abcdefghij0123',
    'github.com/acme/web',
  ],
  [
    '.dockerconfigjson',
    '{"auths":{"ghcr.io":{"username":"bob","password":"hunter2","auth":"Ym9iOmh1bnRlcjI="}}}',
    'hunter2',
    'ghcr.io',
  ],
  ['auth of .dockerconfigjson', '{"auths":{"ghcr.io":{"auth":"Ym9iOmh1bnRlcjI="}}}', 'Ym9iOmh1', 'ghcr.io'],
  ['escaped JSON', '{\\"auths\\":{\\"ghcr.io\\":{\\"auth\\":\\"Ym9iOmh1bnRlcjI=\\"}}}', 'Ym9iOmh1', 'ghcr.io'],
  ['encoded .dockerconfigjson', '.dockerconfigjson: eyJhdXRocyI6eyJnaGNyLmlvIjp7fX19', 'eyJhdXRo', '.dockerconfigjson'],
  [
    'encoded, with line breaks inside',
    '.dockerconfigjson: ewogICJhdXRocyI6IHsKICAgICJnaGNyLmlvIjoge30KICB9Cn0=',
    'ewogICJhd',
    'dockerconfigjson',
  ],
  ['YAML password', 'username: bob\npassword: hunter2\nhost: ghcr.io', 'hunter2', 'host: ghcr.io'],
  [
    'private key',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----\nafter',
    'MIIEow',
    'after',
  ],
  ['private key, cut', 'key: -----BEGIN PRIVATE KEY-----\nMIIEow', 'MIIEow', 'key:'],
  ['SAS signature', 'https://x.blob.core.windows.net/d?sv=2023&sig=AbC%2Fdef%3D&se=2026', 'AbC%2F', 'se=2026'],
  [
    'S3 signature',
    'https://s3.amazonaws.com/b?X-Amz-Signature=abcdef0123&X-Amz-Date=2026',
    'abcdef0123',
    'X-Amz-Date=2026',
  ],
  ['token in a query', 'GET https://auth.example.com/x?access_token=abc123&scope=pull 401', 'abc123', 'scope=pull'],
  ['flag with =', 'kubectl create secret docker-registry r --docker-password=hunter2 -n prod', 'hunter2', '-n prod'],
  ['flag with a space', 'docker login --password hunter2 ghcr.io', 'hunter2', 'ghcr.io'],
  ['docker login -p', 'docker login ghcr.io -u bob -p hunter2', 'hunter2', '-u bob'],
  ['curl -u', 'curl -u bob:hunter2 https://ghcr.io/v2/', 'hunter2', 'https://ghcr.io/v2/'],
  ['cookie', 'Set-Cookie: session=abcdef; Path=/\nnext', 'abcdef', 'next'],
  ['quoted value', 'CLIENT_SECRET="two words" ok', 'two words', 'ok'],
  ['Azure client secret', 'value abc8Q~abcdefghijABCDEFGHIJ0123456789.-_~ wrong', '8Q~abcdef', 'wrong'],
];

/** Nothing of these is secret: they must come back as they are. */
const harmless = [
  `Failed to pull image "ghcr.io/acme/web@sha256:${hex}": not found`,
  `docker.io/library/nginx:1.27@sha256:${hex}`,
  'failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden',
  'failed to fetch oauth token: unexpected status from GET request to https://ghcr.io/token?scope=repository%3Aacme%2Fweb%3Apull&service=ghcr.io: 403 Forbidden',
  'unable to retrieve auth token: invalid username/password: unauthorized: incorrect username or password',
  'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
  'Head "https://reg.example.com:5000/v2/web/manifests/1": no basic auth credentials',
  'WWW-Authenticate: Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:acme/web:pull"',
  'DENIED: Your authorization token has expired. Reauthenticate and try again.',
  'http://localhost:8578/v2/web/manifests/latest?ns=shop.azurecr.io: 503 Service Unavailable',
  'secret "aws-ecr-credentials" not found',
  '{"secretName":"regcred","token_type":"bearer"}',
  'imagePullSecrets: regcred is missing; imagePullSecret=regcred',
  'commit 1f2c9aa3b4d5e6f708192a3b4c5d6e7f80912a3b in aws account',
  'User: arn:aws:sts::123456789012:assumed-role/node/i-0abc is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:123456789012:repository/web',
  'docker login ghcr.io --password-stdin',
  'rpc error: code = Unknown desc = context deadline exceeded',
  'basic authentication is not supported',
];

describe('redact', () => {
  it.each(secrets)('%s', (_title, text, secret, stays) => {
    const result = redact(text);
    expect(result).not.toContain(secret);
    expect(result).toContain('[redacted]');
    expect(result).toContain(stays);
  });

  it.each(harmless)('keeps %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('is idempotent and never throws', () => {
    const piece = fc.oneof(
      fc.constantFrom(...secrets.map(([, text]) => text), ...harmless),
      fc.constantFrom(
        'password=',
        '"token":"',
        'Authorization: ',
        '://u:',
        '@',
        '[redacted]',
        '\n',
        ' ',
        '"',
        '=',
        '?sig=',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const once = redact(pieces.join(''));
        expect(redact(once)).toBe(once);
      }),
    );
  });

  it('takes linear time on long input', () => {
    const long = [
      'a',
      'password',
      'token=',
      '://',
      '"auth":"',
      '-----BEGIN PRIVATE KEY-----',
      'login -p ',
      'eyJ',
      ' ',
      '\n',
      'A0a',
      'curl -u ',
    ];
    for (const unit of long) {
      const text = unit.repeat(Math.ceil(200_000 / unit.length));
      expect(
        cpuMsOf(() => redact(text)),
        unit,
      ).toBeLessThan(1000);
    }
  });
});
