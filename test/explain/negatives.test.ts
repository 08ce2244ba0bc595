import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import type { Cause } from '../../src/model/finding/cause.ts';

/** Texts that are not about an image: errors of applications, other parts of Kubernetes, prose. */
const texts: readonly (readonly [text: string, cause: Cause])[] = [
  ['Permission denied (mkdir ~/.docker)', 'not_image_related'],
  ['mkdir /.docker: permission denied', 'not_image_related'],
  ['chown /tmp/kaniko: operation not permitted', 'not_image_related'],
  ['unknown field "securityContext"', 'not_image_related'],
  [
    'error: kaniko should only be run inside of a container, run with the --force flag if you are sure you want to continue',
    'not_image_related',
  ],
  ['pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation', 'not_image_related'],
  [
    'Traceback (most recent call last):\n  File "app.py", line 3, in <module>\n    main()\nKeyError: \'image\'',
    'unknown',
  ],
  [
    'Error: connect ECONNREFUSED 10.0.0.5:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1141:16)',
    'unknown',
  ],
  [
    'panic: runtime error: invalid memory address or nil pointer dereference\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:12',
    'unknown',
  ],
  [
    'java.net.ConnectException: Connection refused\n\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)',
    'unknown',
  ],
  ['failed to connect to database: dial tcp 10.0.0.5:5432: connect: connection refused', 'unknown'],
  ['requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.example.com/users', 'unknown'],
  ['requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://api.example.com/v1/users', 'unknown'],
  ['GET /images/logo.png 404 Not Found', 'unknown'],
  ['user not found', 'unknown'],
  ['HTTP 500 Internal Server Error while saving order', 'unknown'],
  ['The quick brown fox jumps over the lazy dog', 'unknown'],
  ['Could not find image for product 12: not found', 'unknown'],
  ['failed to load image thumbnail: permission denied', 'unknown'],
  ['django.db.utils.OperationalError: could not connect to server: Connection timed out', 'unknown'],
  ["ModuleNotFoundError: No module named 'requests'", 'unknown'],
  ['unauthorized user login attempt', 'unknown'],
  ['Successfully pulled image "nginx" in 1.2s (1.3s including waiting). Image size: 100 bytes.', 'not_image_related'],
  ['Container image "nginx:1" already present on machine', 'not_image_related'],
  ['0/3 nodes are available: 3 Insufficient cpu.', 'not_image_related'],
  [
    'Readiness probe failed: Get "http://10.0.0.1:8080/health": dial tcp 10.0.0.1:8080: connect: connection refused',
    'not_image_related',
  ],
  ['Readiness probe failed: HTTP probe failed with statuscode: 503', 'not_image_related'],
  ['MountVolume.SetUp failed for volume "x" : configmap "y" not found', 'not_image_related'],
  ['Error: configmap "app-config" not found', 'not_image_related'],
  ["Error: couldn't find key PASSWORD in Secret prod/db", 'not_image_related'],
  ['npm ERR! 404 Not Found - GET https://registry.npmjs.org/foo - Not found', 'unknown'],
  [
    'npm ERR! code E401 npm ERR! Unable to authenticate, need: Bearer authorization="https://registry.npmjs.org"',
    'unknown',
  ],
  ['helm upgrade failed: another operation (install/upgrade/rollback) is in progress', 'unknown'],
  ['schema registry returned 404 Not Found: subject orders-value', 'unknown'],
  ['kafka: client has run out of available brokers: dial tcp 10.0.0.1:9092: i/o timeout', 'unknown'],
  ['layer 3 of the model: forward pass failed with status: 400', 'unknown'],
  ['Liveness probe errored: rpc error: code = DeadlineExceeded desc = context deadline exceeded', 'unknown'],
  ['Failed to pull image "a.io/b:1": rpc error: code = Unavailable desc = error reading from server: EOF', 'unknown'],
  ['ERROR failed to load manifest.json: 404 Not Found', 'unknown'],
  ['AssertionError: expected status 403 but got 200', 'unknown'],
  ['Login failed for user sa', 'unknown'],
  ['Permission denied (publickey).', 'unknown'],
  ['bash: foo: command not found', 'unknown'],
  [
    'SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed: unable to get local issuer certificate (_ssl.c:1129) url=https://api.foo.com',
    'unknown',
  ],
  ['context canceled while serving request /api', 'unknown'],
  ['Image upload failed: 403 Forbidden', 'unknown'],
  ['Processing image cat.png: not found', 'unknown'],
  ['The registry office is closed; 404 Not Found', 'unknown'],
  ['docker compose up finished', 'unknown'],
  ['WARN token has been refreshed', 'unknown'],
  ['user token has expired, please log in again', 'unknown'],
  ['psycopg2.OperationalError: FATAL: password authentication failed for user "app"', 'unknown'],
  ['redis.exceptions.AuthenticationError: WRONGPASS invalid username-password pair or user is disabled.', 'unknown'],
  ['rpc error: code = PermissionDenied desc = caller does not have permission', 'unknown'],
  ['Error: 429 Too Many Requests from api.openai.com', 'unknown'],
];

describe('explainText stays silent', () => {
  it.each(texts)('%j is %s', (text, cause) => {
    expect(explainText(text).cause).toBe(cause);
  });
});
