import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPrivateKey, keyTexts, privateKeyText, publicKeyText } from '../../src/config/signing-keys.ts';
import { mistakes, parse } from './outside.ts';

function pair(type: 'ed25519' | 'x25519' = 'ed25519') {
  const keys = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  const text = (format: 'der' | 'pem', half: 'privateKey' | 'publicKey') => {
    const kind = half === 'privateKey' ? 'pkcs8' : 'spki';
    const key = keys[half].export({ format, type: kind } as never) as Buffer | string;
    return typeof key === 'string' ? key : key.toString('base64');
  };
  return {
    privateKey: text('der', 'privateKey'),
    publicKey: text('der', 'publicKey'),
    privatePem: text('pem', 'privateKey'),
    publicPem: text('pem', 'publicKey'),
  };
}

const keys = pair();
const other = pair();
const bot = { SLACK_BOT_TOKEN: 'x', SLACK_APP_TOKEN: 'x' };
const cluster = 'clusters: [{id: dev}]\n';
const quoted = JSON.stringify;

describe('signing', () => {
  it.each([
    ['base64', keys.privateKey],
    ['PEM', keys.privatePem],
    ['PEM in one line', keys.privatePem.replaceAll('\n', '\\n')],
  ])('reads the private key of a bot (%s) and derives its public key', (_, text) => {
    for (const role of ['bot', 'all'] as const) {
      const { signing } = parse(cluster, { role, env: { ...bot, IMAGECHECK_SIGNING_KEY: text } });
      expect(signing.privateKey?.reveal()).toBe(keys.privatePem);
      expect(signing.publicKeys).toEqual([keys.publicKey]);
    }
  });

  it('never reads it for a worker or a terminal', () => {
    for (const role of ['worker', 'terminal'] as const) {
      expect(parse(cluster, { role, env: { IMAGECHECK_SIGNING_KEY: keys.privateKey } }).signing).toEqual({
        publicKeys: [],
      });
    }
  });

  it('reads public keys from the list and the file, each only once', () => {
    const text = `signing: {publicKeys: [${quoted(keys.publicPem)}, "${keys.publicKey}"], publicKeysFile: keys.txt}`;
    for (const file of [`# old\n${keys.publicKey}\n\n${other.publicKey} # new\n`, keys.publicPem + other.publicPem]) {
      const { signing } = parse(text, { role: 'worker', files: { 'keys.txt': file } });
      expect(signing.publicKeys).toEqual([keys.publicKey, other.publicKey]);
    }
    expect(mistakes(`${cluster}signing: {publicKeysFile: keys.txt}`, { role: 'bot', env: bot })).toEqual([]);
    // First votes and requests of the old key still count at the bot.
    const files = { 'keys.txt': other.publicKey };
    const { signing } = parse(`${cluster}signing: {publicKeysFile: keys.txt}`, { role: 'bot', env: bot, files });
    expect(signing.publicKeys).toEqual([other.publicKey]);
  });

  it.each<[string, string, string]>([
    ['publicKeys', `["${keys.privateKey}"]`, 'this is a private key'],
    ['publicKeys', `[${quoted(keys.privatePem)}]`, 'this is a private key'],
    ['publicKeys', `[${quoted(keys.privatePem.replaceAll('\n', '\\n'))}]`, 'this is a private key'],
    ['publicKeys', `["${pair('x25519').publicKey}"]`, 'expected an Ed25519 public key'],
    ['publicKeys', `["${keys.publicKey.slice(0, -8)}"]`, 'expected an Ed25519 public key'],
    ['publicKeys', '[abc]', 'expected an Ed25519 public key'],
    ['publicKeysFile', 'missing.txt', 'cannot be read'],
    ['publicKeysFile', 'empty.txt', 'contains none'],
    ['publicKeysFile', 'private.txt', 'this is a private key'],
    ['privateKey', 'x', 'write privateKeyEnv with the name of the variable'],
    ['privateKeyEnv', `"${keys.privateKey}"`, 'expected the name of an environment variable'],
    // It would be valid as a name, and one key in eight is.
    ['privateKeyEnv', 'MC4CAQAwBQYDK2VwBCIEILmLKc2S7YRbIb4RVwJRGBOmjQHq4Y0FKCjQbdgAfvJM', 'this is a private key'],
  ])('%s: %s', (key, value, wanted) => {
    const files = { 'empty.txt': '# none\n', 'private.txt': keys.privateKey };
    const found = mistakes(`redis: {}\nsigning: {${key}: ${value}}`, { role: 'worker', files });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^imagecheck\.yaml:2: signing\./);
    expect(found[0]).toContain(wanted);
    for (const secret of [keys.privateKey, keys.privateKey.slice(20, 40)]) expect(found[0]).not.toContain(secret);
  });

  it.each([pair('x25519').privateKey, keys.publicKey, keys.publicPem, 'nonsense', keys.privateKey.slice(0, 40)])(
    'refuses anything else in the variable without repeating it: %#',
    (text) => {
      const found = mistakes(cluster, { role: 'bot', env: { ...bot, IMAGECHECK_SIGNING_KEY: text } });
      expect(found).toEqual([
        expect.stringContaining('signing.privateKeyEnv: the variable named here holds no Ed25519'),
      ]);
      expect(found[0]).not.toContain(text);
    },
  );

  it('does not print its key', () => {
    const config = parse(cluster, { role: 'bot', env: { ...bot, IMAGECHECK_SIGNING_KEY: keys.privateKey } });
    for (const text of [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config)]) {
      expect(text).not.toContain('PRIVATE KEY');
      expect(text).not.toContain(keys.privateKey.slice(20, 60));
    }
  });
});

it('reads any text without throwing an error itself', () => {
  const piece = fc.constantFrom(
    '-----BEGIN PUBLIC KEY-----',
    '-----END PUBLIC KEY-----',
    keys.publicKey,
    '\n',
    '#',
    'MC4CAQ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), piece), { maxLength: 5 }), (pieces) => {
      const text = pieces.join('');
      for (const each of keyTexts(text)) publicKeyText(each);
      expect(privateKeyText(text)).toBeUndefined();
      expect(isPrivateKey(text)).toBe(false);
    }),
  );
});
