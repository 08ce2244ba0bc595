import { assert, json, oneof, property, string, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutSecrets } from '../../src/model/text/echoes.ts';
import { looksLikeHtml } from '../../src/registry/errors.ts';
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
import { printable, redactUrl } from '../../src/registry/text.ts';
import { jwt } from '../support/registry-tokens.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const body = (value: unknown) => Buffer.from(JSON.stringify(value));

test('no bytes and no JSON make a reader throw', () => {
  const bytes = oneof(
    uint8Array().map((array) => Buffer.from(array)),
    json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
    json().map((inner) =>
      Buffer.from(`{"errors":[${inner}],"token":${inner},"manifests":[{"digest":"${DIGEST}","platform":${inner}}]}`),
    ),
    json().map((inner) =>
      Buffer.from(`{"os":"linux","architecture":"amd64","config":${inner},"created":${inner},"tags":[${inner}]}`),
    ),
  );
  assert(
    property(bytes, (one) => {
      readRegistryError(one);
      readToken(one);
      const parsed = parseJson(one);
      readManifest(DIGEST, 'application/json', parsed?.json);
      readImageConfig(DIGEST, parsed?.json);
      readReferrers(parsed?.json);
      readTags(parsed?.json);
      looksLikeHtml({ body: one, headers: { get: () => undefined, all: () => [] } });
    }),
    { numRuns: 500 },
  );
  assert(
    property(string({ unit: 'binary' }), (text) => {
      readClaims(text);
      readClaims(`a.${text}.c`);
      printable(text);
      redactUrl(new URL(`https://h.test/?${text}`));
    }),
  );
});

describe('readRegistryError', () => {
  test.each([
    [{ errors: [{ code: 'DENIED', message: 'no', detail: null }] }, { code: 'DENIED', message: 'no' }],
    [{ errors: [{ code: 7, message: 'no' }] }, { message: 'no' }],
    [{ errors: [{}] }, {}],
    [{ errors: [] }, undefined],
    [
      { error: 'invalid_grant', error_description: 'expired' },
      { code: 'invalid_grant', message: 'expired' },
    ],
    [{ message: 'Not Found' }, { message: 'Not Found' }],
    [{ details: 'incorrect username or password' }, { message: 'incorrect username or password' }],
    [{ something: 'else' }, undefined],
    [null, undefined],
  ])('%j', (value, expected) => {
    expect(readRegistryError(body(value))).toEqual(expected);
  });
});

test.each([
  [
    { token: 'a', access_token: 'b', expires_in: 9 },
    { token: 'a', expiresInSeconds: 9 },
  ],
  [{ access_token: 'b' }, { token: 'b' }],
  [{ token: '', access_token: 'b', expires_in: 'soon' }, { token: 'b' }],
  [{ token: 'a', expires_in: -1 }, { token: 'a' }],
  [{ token: 5 }, undefined],
  ['a', undefined],
])('readToken %j', (value, expected) => {
  expect(readToken(body(value))).toEqual(expected);
});

test.each([
  [jwt({ exp: 1_800_000_000, access: [] }), { expiresAt: new Date(1_800_000_000_000), emptyGrant: true }],
  [jwt({ access: [{ type: 'repository', name: 'a', actions: ['pull'] }] }), { emptyGrant: false }],
  [jwt({ access: [{ type: 'repository', name: 'a', actions: [] }] }), { emptyGrant: true }],
  [jwt({ access: null }), { emptyGrant: true }],
  [jwt({ exp: 'later' }), { emptyGrant: false }],
  [jwt({ exp: 1e300 }), { emptyGrant: false }],
  ['opaque', { emptyGrant: false }],
])('readClaims %s', (token, expected) => {
  expect(readClaims(token)).toEqual(expected);
});

describe('readConfig', () => {
  test.each([
    [
      { os: 'linux', architecture: 'arm64', variant: 'v8', created: 'yesterday' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ],
    [
      { os: 'windows', architecture: 'amd64', 'os.version': '10.0.1', variant: '' },
      { os: 'windows', architecture: 'amd64', osVersion: '10.0.1' },
    ],
  ])('%j', (value, platform) => {
    expect(readImageConfig(DIGEST, value)).toEqual({ digest: DIGEST, platform, env: [] });
  });
  test.each([[{ os: 'linux' }], [{ os: '', architecture: 'amd64' }], [[]]])('%j is not a config', (value) => {
    expect(readImageConfig(DIGEST, value)).toBeUndefined();
  });
});

describe('texts', () => {
  test.each([
    ['a\u0000b\r\nc\u202Ed\u2028e', 'a b c d e'],
    [' x ', 'x'],
    ['😀'.repeat(301), `${'😀'.repeat(299)}…`],
  ])('printable %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  test('redactUrl keeps the path and the harmless parts of the query', () => {
    const url = new URL(
      'https://user:pw@h.test/token?service=s&scope=repository:a/b:pull&sig=x&access_token=y&ns=docker.io#z',
    );
    expect(redactUrl(url)).toBe('https://h.test/token?service=s&scope=repository:a/b:pull&ns=docker.io');
    expect(redactUrl(new URL('https://h.test/blob?X-Amz-Signature=1'))).toBe('https://h.test/blob');
  });

  test('withoutSecrets removes every secret except texts too short to be one', () => {
    expect(withoutSecrets('a hunter2 b hunter2 abc', ['hunter2', 'abc'])).toBe('a [secret] b [secret] abc');
  });
});
