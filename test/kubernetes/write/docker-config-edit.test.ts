import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authKeys, newDockerConfig, setAuth } from '../../../src/kubernetes/write/docker-config-edit.ts';

const entry = { username: 'robot', password: 'p"\\:ß' };
const written = { ...entry, auth: Buffer.from('robot:p"\\:ß').toString('base64') };

describe('setAuth', () => {
  it.each([
    ['{}', '{"auths":{"ghcr.io":X}}'],
    ['{"auths":{}}', '{"auths":{"ghcr.io":X}}'],
    [' { "a" : 1 } ', ' {"auths":{"ghcr.io":X}, "a" : 1 } '],
    ['{"auths":{"ghcr.io":{"auth":"old"}}}', '{"auths":{"ghcr.io":X}}'],
    ['{"auths": { "ghcr.io" : null , "q\\"}":[{}]}}', '{"auths": { "ghcr.io" : X , "q\\"}":[{}]}}'],
    ['{"auths":{"gh\\u0063r.io":1}}', '{"auths":{"gh\\u0063r.io":X}}'],
    ['{"x":{"auths":{}},"auths":{"a":1.0e400}}', '{"x":{"auths":{}},"auths":{"ghcr.io":X,"a":1.0e400}}'],
    ['{"auths":{"__proto__":{"auth":"a"}}}', '{"auths":{"ghcr.io":X,"__proto__":{"auth":"a"}}}'],
  ])('%s', (before, after) => {
    const edited = setAuth(before, 'ghcr.io', entry);
    expect(edited).toMatchObject({ ok: true, content: after.replace('X', () => JSON.stringify(written)) });
  });

  it.each(['', 'nope', '[]', 'null', '"auths"', '{"auths":[1]}', '{"auths":"x"}', '{"auths":null}', '{"auths":{}'])(
    'refuses %j',
    (content) => {
      expect(setAuth(content, 'ghcr.io', entry)).toMatchObject({ ok: false });
      expect(authKeys(content)).toBeUndefined();
    },
  );

  it('keeps all that any configuration holds, and sets the entry', () => {
    const config = fc.record({ auths: fc.dictionary(fc.string(), fc.jsonValue()) }, { requiredKeys: [] });
    const spacing = fc.constantFrom(0, 1, '\t');
    fc.assert(
      fc.property(config, fc.jsonValue(), fc.string(), spacing, (some, other, key, space) => {
        const before = { ...some, other };
        const edited = setAuth(JSON.stringify(before, null, space), key, entry);
        if (!edited.ok) throw new Error(edited.why);
        const expected = JSON.parse(JSON.stringify({ ...before, auths: { ...some.auths, [key]: written } }));
        expect(JSON.parse(edited.content)).toEqual(expected);
        expect(setAuth(edited.content, key, entry)).toMatchObject({ content: edited.content });
      }),
    );
  });

  it('throws for no text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.string(), (text, key) => {
        const edited = setAuth(text, key, entry);
        if (edited.ok) expect(JSON.parse(edited.content).auths[key]).toEqual(written);
      }),
    );
  });

  it('a new one has one entry', () => {
    expect(JSON.parse(newDockerConfig('https://index.docker.io/v1/', entry))).toEqual({
      auths: { 'https://index.docker.io/v1/': written },
    });
  });
});
