import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { credentialExpiry } from '../../../src/kubernetes/read/credential-expiry.ts';
import { SecretObject } from '../../../src/kubernetes/read/objects.ts';
import { pullSecretOf } from '../../../src/kubernetes/read/pull-secret.ts';
import { secret } from '../../support/kubernetes-objects.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const json = 'kubernetes.io/dockerconfigjson';
const legacy = 'kubernetes.io/dockercfg';

function read(type: string, key: string, content: unknown, annotations: Record<string, string> = {}) {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const { problem, entries } = pullSecretOf(SecretObject.parse(secret(type, key, text, annotations)));
  return {
    problem,
    entries: entries.map(({ key: host, credential }) => ({
      host,
      username: credential.username,
      password: credential.password.reveal(),
      ...(credential.expiresAt === undefined ? {} : { expiresAt: credential.expiresAt.toISOString() }),
    })),
  };
}

const ecrToken = base64(
  JSON.stringify({ payload: 'p', datakey: 'k', version: '2', type: 'DATA_KEY', expiration: 1_763_640_000 }),
);
const jwt = `${base64('{"alg":"RS256"}')}.${Buffer.from('{"exp":1763640000,"sub":"ü?"}').toString('base64url')}.sig`;
const expiresAt = '2025-11-20T12:00:00.000Z';

describe('entries', () => {
  const auths = (entry: object) => ({ auths: { 'ghcr.io': entry } });
  const cases = [
    { name: 'auth', content: auths({ auth: base64('bot:pw') }), wanted: { username: 'bot', password: 'pw' } },
    { name: 'colons', content: auths({ auth: base64('bot:a:b:c') }), wanted: { username: 'bot', password: 'a:b:c' } },
    {
      name: 'unpadded',
      content: auths({ auth: base64('bot:pass1').replace(/=+$/, '') }),
      wanted: { password: 'pass1' },
    },
    { name: 'line breaks', content: auths({ auth: `${base64('bot:pw')}\n` }), wanted: { password: 'pw' } },
    { name: 'two fields', content: auths({ username: 'bot', password: 'pw' }), wanted: { password: 'pw' } },
    {
      name: 'auth wins',
      content: auths({ username: 'x', password: 'y', auth: base64('bot:pw') }),
      wanted: { username: 'bot' },
    },
    {
      name: 'identity token beside',
      content: auths({ auth: base64('bot:pw'), identitytoken: 't' }),
      wanted: { password: 'pw' },
    },
    { name: 'ECR token', content: auths({ auth: base64(`AWS:${ecrToken}`) }), wanted: { username: 'AWS', expiresAt } },
    { name: 'JWT', content: auths({ username: '0000', password: jwt }), wanted: { expiresAt } },
  ];
  test.each(cases)('$name', ({ content, wanted }) => {
    const { problem, entries } = read(json, '.dockerconfigjson', content);
    expect(problem).toBeUndefined();
    expect(entries).toEqual([expect.objectContaining({ host: 'ghcr.io', ...wanted })]);
  });

  test('the legacy type has no auths', () => {
    const { entries } = read(legacy, '.dockercfg', { 'https://index.docker.io/v1/': { auth: base64('bot:pw') } });
    expect(entries).toEqual([{ host: 'https://index.docker.io/v1/', username: 'bot', password: 'pw' }]);
  });

  test('an annotation says when a password ends that does not say so itself', () => {
    const content = { auths: { a: { username: 'bot', password: 'pw' }, b: { username: 'AWS', password: ecrToken } } };
    const { entries } = read(json, '.dockerconfigjson', content, {
      'imagecheck.dev/expires-at': '2026-12-01T00:00:00Z',
    });
    expect(entries.map((entry) => entry.expiresAt)).toEqual(['2026-12-01T00:00:00.000Z', expiresAt]);
  });

  test('an entry with only an identity token is no credential for the kubelet', () => {
    const both = { auths: { a: { identitytoken: 't' }, b: { username: 'bot', password: 'pw' } } };
    expect(read(json, '.dockerconfigjson', both).entries.map(({ host }) => host)).toEqual(['b']);
    const { problem, entries } = read(json, '.dockerconfigjson', { auths: { a: { identitytoken: 't' } } });
    expect({ problem, entries }).toEqual({ problem: expect.stringContaining('identity tokens'), entries: [] });
  });
});

describe('unusable', () => {
  const good = { auths: { 'ghcr.io': { auth: base64('bot:pw') } } };
  const cases = [
    { name: 'Opaque', type: 'Opaque', key: '.dockerconfigjson', content: good, problem: 'its type is Opaque' },
    { name: 'other key', type: json, key: 'config.json', content: good, problem: 'it has no .dockerconfigjson' },
    { name: 'types mixed up', type: legacy, key: '.dockerconfigjson', content: good, problem: 'it has no .dockercfg' },
    { name: 'no JSON', type: json, key: '.dockerconfigjson', content: '{', problem: 'its content isn’t valid JSON' },
    { name: 'a list', type: json, key: '.dockerconfigjson', content: [], problem: 'not that of a Docker' },
    { name: 'no auths', type: json, key: '.dockerconfigjson', content: {}, problem: 'it names no registry' },
    {
      name: 'auth without colon',
      type: json,
      key: '.dockerconfigjson',
      content: { auths: { a: { auth: base64('bot') } } },
      problem: 'the auth of a',
    },
    {
      name: 'auth no base64',
      type: json,
      key: '.dockerconfigjson',
      content: { auths: { a: { auth: '%%%' } } },
      problem: 'the auth of a',
    },
    {
      name: 'one bad entry spoils all',
      type: json,
      key: '.dockerconfigjson',
      content: { auths: { ok: { auth: base64('bot:pw') }, bad: { auth: 'Ym90' } } },
      problem: 'the auth of bad',
    },
  ];
  test.each(cases)('$name', ({ type, key, content, problem }) => {
    expect(read(type, key, content)).toEqual({ problem: expect.stringContaining(problem), entries: [] });
  });
});

test('no content makes it throw, and no problem quotes a password', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.json().map((text) => `{"auths":{"a":${text}}}`),
      ),
      (content) => {
        for (const [type, key] of [
          [json, '.dockerconfigjson'],
          [legacy, '.dockercfg'],
        ] as const) {
          const { problem, entries } = read(type, key, content);
          expect(entries.length > 0).toBe(problem === undefined);
        }
      },
    ),
  );
});

test('any user and password survive', () => {
  const user = fc
    .string({ minLength: 1, unit: 'grapheme' })
    .filter((text) => !text.includes(':') && text.isWellFormed());
  const password = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(user, password, (username, secretText) => {
      const content = { auths: { h: { auth: base64(`${username}:${secretText}`) } } };
      expect(read(json, '.dockerconfigjson', content).entries).toMatchObject([{ username, password: secretText }]);
    }),
  );
});

test('expiry of anything never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.json().map(base64),
        fc.json().map((text) => `a.${base64(text)}.c`),
      ),
      (text) => {
        const at = credentialExpiry(text);
        expect(at === undefined || !Number.isNaN(at.getTime())).toBe(true);
      },
    ),
  );
});
