import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import { matchLogLine } from '../../src/explain/log-lines.ts';
import { rules } from '../../src/explain/rules/index.ts';

const known: readonly (readonly [line: string, id: string])[] = [
  ['exec /usr/local/bin/kaniko-executor: exec format error', 'exec-format'],
  ['standard_init_linux.go:228: exec user process caused: exec format error', 'exec-format'],
  ['json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)', 'page-instead-of-json'],
  ["invalid character '<' looking for beginning of value", 'page-instead-of-json'],
  ['SyntaxError: Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON', 'page-instead-of-json'],
  ['SyntaxError: Unexpected token < in JSON at position 0', 'page-instead-of-json'],
  ["Unexpected character encountered while parsing value: <. Path '', line 0, position 0.", 'page-instead-of-json'],
  ['Unable to locate credentials. You can configure credentials by running "aws configure".', 'aws-no-credentials'],
  ['NoCredentialProviders: no valid providers in chain. Deprecated.', 'aws-no-credentials'],
  ['CredentialsProviderError: Could not load credentials from any providers', 'aws-no-credentials'],
  [
    'An error occurred (ExpiredToken) when calling GetAuthorizationToken: The security token included in the request is expired',
    'credential-expired',
  ],
  ['An error occurred (InvalidClientTokenId): The security token included in the request is invalid', 'aws-bad-keys'],
  ['SignatureDoesNotMatch: The request signature we calculated does not match', 'aws-bad-keys'],
  [
    'AccessDenied: User: arn:aws:sts::1:assumed-role/x is not authorized to perform: sts:AssumeRole on resource: y',
    'assume-role-denied',
  ],
  [
    'AccessDeniedException: User: arn:aws:sts::1:x is not authorized to perform: ecr:GetAuthorizationToken',
    'iam-denied',
  ],
  ['DENIED: Your authorization token has expired. Reauthenticate and try again.', 'credential-expired'],
  ['toomanyrequests: You have reached your pull rate limit.', 'too-many-requests'],
  [
    'error checking push permissions -- make sure you entered the correct tag name: unexpected status code 401 Unauthorized',
    'push-permissions',
  ],
  ['trying to reuse blob sha256:abc at destination: 403 denied', 'push-reuse-blob'],
  ['mkdir /.docker: permission denied', 'builder-home'],
  ['mkdir /root/.docker/: permission denied', 'builder-home'],
  ['chown /tmp/kaniko: operation not permitted', 'builder-rights'],
  ['newuidmap: write to uid_map failed: Operation not permitted', 'builder-rights'],
  ['/usr/local/bin/kaniko-executor: line 1: Not: not found', 'builder-binary'],
  ['java.lang.OutOfMemoryError: Java heap space', 'out-of-memory'],
  ['write /data/x: no space left on device', 'disk-full'],
  ['GET https://ghcr.io/v2/acme/web/manifests/1: MANIFEST_UNKNOWN: manifest unknown', 'not-found'],
];

/** Lines of the application: nothing of them may leave a worker. */
const own = [
  '',
  '2026-11-21 10:00:00 INFO started on port 8080',
  'Traceback (most recent call last):',
  '  File "/app/main.py", line 12, in <module>',
  "KeyError: 'customer_id'",
  'Error: connect ECONNREFUSED 10.0.0.5:5432',
  'GET /health 200',
  'GET /users/42 404 Not Found',
  'POST /login 401 Unauthorized user=ana@example.com',
  'user ana@example.com is not authorized to perform this action',
  'AccessDenied: User is not authorized to perform: s3:GetObject on resource: customers',
  'password authentication failed for user "app"',
  'customer token has expired, sending mail',
  '<html><body>report</body></html>',
  'pulling customer records for invoice 7',
  'psycopg2.OperationalError: connection timed out',
];

describe('matchLogLine', () => {
  it.each(known)('%j is %s', (line, id) => {
    const found = matchLogLine(line);
    expect(found?.id).toBe(id);
    expect(explainText(line).cause).toBe(found?.cause);
  });

  it.each(own)('keeps %j in the worker', (line) => {
    expect(matchLogLine(line)).toBeUndefined();
  });

  it('uses only rules that are meant for logs', () => {
    const meant = rules.filter(({ inLogs }) => inLogs === true).map(({ id }) => id);
    expect(meant).toContain('exec-format');
    expect(meant).not.toContain('status');
    expect(matchLogLine('Back-off pulling image "web"')).toBeUndefined();
  });
});
