import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImage } from '../../../src/model/image/image.ts';
import { matchingEntries } from '../../../src/model/image/keyring.ts';

function matches(keys: readonly string[], image: string): readonly string[] {
  const parsed = parseImage(image);
  if (!parsed.ok) throw new Error(parsed.reason);
  const entries = keys.map((key) => ({ key }));
  return matchingEntries(entries, parsed.image).map(({ key }) => key);
}

describe('matchingEntries', () => {
  it.each<[title: string, keys: readonly string[], image: string, wanted: readonly string[]]>([
    ['a bare host', ['ghcr.io'], 'ghcr.io/acme/web:1', ['ghcr.io']],
    ['a scheme', ['https://ghcr.io', 'http://ghcr.io'], 'ghcr.io/acme/web', ['https://ghcr.io', 'http://ghcr.io']],
    ['a slash at the end', ['ghcr.io/'], 'ghcr.io/acme/web', ['ghcr.io/']],
    ['/v1/ and /v2/', ['https://ghcr.io/v1/', 'ghcr.io/v2/'], 'ghcr.io/a/b', ['https://ghcr.io/v1/', 'ghcr.io/v2/']],
    ['/v2 without a slash is a path', ['https://ghcr.io/v2'], 'ghcr.io/acme/web', []],
    ['/v2/ in front of a path', ['https://ghcr.io/v2/acme'], 'ghcr.io/acme/web', ['https://ghcr.io/v2/acme']],
    ["Docker's key", ['https://index.docker.io/v1/'], 'nginx', ['https://index.docker.io/v1/']],
    ["Docker's key without a scheme", ['index.docker.io/v1/'], 'acme/web:2', ['index.docker.io/v1/']],
    ["Docker's key, host only", ['index.docker.io'], 'docker.io/acme/web:2', ['index.docker.io']],
    ["Docker's key without the slash", ['https://index.docker.io/v1'], 'nginx', []],
    ['docker.io', ['docker.io'], 'nginx', ['docker.io']],
    ['docker.io displaces the default', ['https://index.docker.io/v1/', 'docker.io'], 'nginx', ['docker.io']],
    ['another name of Docker Hub', ['registry-1.docker.io', 'hub.docker.com'], 'nginx', []],
    ["Docker's key elsewhere", ['https://index.docker.io/v1/'], 'ghcr.io/acme/web', []],
    ['a path', ['ghcr.io/acme', 'ghcr.io/other'], 'ghcr.io/acme/web', ['ghcr.io/acme']],
    [
      'longer paths first',
      ['ghcr.io', 'ghcr.io/acme/web', 'ghcr.io/acme'],
      'ghcr.io/acme/web',
      ['ghcr.io/acme/web', 'ghcr.io/acme', 'ghcr.io'],
    ],
    ['a path is a plain prefix', ['ghcr.io/ac'], 'ghcr.io/acme/web', ['ghcr.io/ac']],
    ['a path with a slash at the end', ['ghcr.io/acme/'], 'ghcr.io/acme/web', ['ghcr.io/acme/']],
    ['a path that is longer', ['ghcr.io/acme/web/api'], 'ghcr.io/acme/web', []],
    ['a path with a tag', ['ghcr.io/acme/web:1'], 'ghcr.io/acme/web:1', []],
    ['a port', ['reg.example.com:5000'], 'reg.example.com:5000/web', ['reg.example.com:5000']],
    ['a port that is missing', ['reg.example.com'], 'reg.example.com:5000/web', []],
    ['a port too many', ['reg.example.com:443'], 'reg.example.com/web', []],
    ['an IPv6 address', ['[::1]:5000'], '[::1]:5000/web', ['[::1]:5000']],
    ['a glob', ['*.azurecr.io'], 'shop.azurecr.io/web', ['*.azurecr.io']],
    ['a glob is one label', ['*.azurecr.io'], 'a.b.azurecr.io/web', []],
    ['a glob needs a label', ['*.azurecr.io'], 'azurecr.io/web', []],
    ['a glob within a label', ['shop*.azurecr.io'], 'shop-eu.azurecr.io/web', ['shop*.azurecr.io']],
    ['globs on both sides', ['*hop*eu*.azurecr.io'], 'shop-eu-1.azurecr.io/web', ['*hop*eu*.azurecr.io']],
    ['pieces may not overlap', ['ab*ba.example.com'], 'aba.example.com/web', []],
    [
      'a glob for a whole ECR',
      ['*.dkr.ecr.*.amazonaws.com'],
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/web',
      ['*.dkr.ecr.*.amazonaws.com'],
    ],
    ['no glob in a path', ['ghcr.io/*/web'], 'ghcr.io/acme/web', []],
    [
      'names before globs',
      ['*.azurecr.io', 'shop.azurecr.io'],
      'shop.azurecr.io/web',
      ['shop.azurecr.io', '*.azurecr.io'],
    ],
    ['upper case', ['GHCR.io'], 'ghcr.io/acme/web', []],
    ['nonsense', ['', ' ', 'ghcr.io:port', 'gh cr.io', '%zz', '://', 'ghcr.io\\x'], 'ghcr.io/acme/web', []],
    ['a look-alike in front', ['docker.io'], 'evildocker.io/acme/web', []],
    ['a look-alike behind', ['*.azurecr.io', 'shop.azurecr.io'], 'shop.azurecr.io.example.net/web', []],
    ['a look-alike of a key', ['ghcr.io.example.net'], 'ghcr.io/acme/web', []],
    ['a look-alike with a user', ['ghcr.io@example.net'], 'ghcr.io/acme/web', []],
  ])('%s', (_title, keys, image, wanted) => {
    expect(matches(keys, image)).toEqual(wanted);
  });

  it('keeps the order of the secrets for equal keys and gives back what it was given', () => {
    const entries = [
      { key: 'ghcr.io', secret: 'old' },
      { key: 'https://ghcr.io', secret: 'new' },
      { key: 'quay.io', secret: 'other' },
    ];
    const image = { registry: 'ghcr.io', repository: 'acme/web' };
    expect(matchingEntries(entries, image).map(({ secret }) => secret)).toEqual(['old', 'new']);
  });

  it('no key throws, and a host matches itself and nothing longer', () => {
    fc.assert(
      fc.property(fc.string(), fc.domain(), (key, host) => {
        const image = { registry: host, repository: 'acme/web' };
        matchingEntries([{ key }], image);
        expect(matchingEntries([{ key: host }], image)).toHaveLength(1);
        expect(matchingEntries([{ key: host }], { ...image, registry: `${host}.example.net` })).toEqual([]);
        expect(matchingEntries([{ key: host }], { ...image, registry: `evil${host}` })).toEqual([]);
      }),
    );
  });
});
