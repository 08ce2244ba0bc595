import { array, assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseDemand, parseChallenges } from '../../src/registry/challenge.ts';

const read = (...headers: string[]) =>
  parseChallenges(headers).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('parseChallenges', () => {
  test.each([
    {
      name: 'Docker Hub',
      headers: ['Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"'],
      expected: [
        [
          'bearer',
          { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:a/b:pull' },
        ],
      ],
    },
    {
      name: 'commas inside quotes',
      headers: ['Bearer realm="https://r/t",scope="repository:a/b:pull,push",service="s"'],
      expected: [['bearer', { realm: 'https://r/t', scope: 'repository:a/b:pull,push', service: 's' }]],
    },
    {
      name: 'escaped quotes',
      headers: [String.raw`Basic realm="a \"quoted\" \\ realm"`],
      expected: [['basic', { realm: String.raw`a "quoted" \ realm` }]],
    },
    {
      name: 'several challenges in one header',
      headers: ['Negotiate, Basic realm="r", BEARER Realm="https://r/t" , service=plain'],
      expected: [
        ['negotiate', {}],
        ['basic', { realm: 'r' }],
        ['bearer', { realm: 'https://r/t', service: 'plain' }],
      ],
    },
    {
      name: 'several headers, token68 data',
      headers: ['Negotiate YIIabc==', 'bearer realm = "https://r/t"'],
      expected: [
        ['negotiate', {}],
        ['bearer', { realm: 'https://r/t' }],
      ],
    },
    { name: 'an open quote', headers: ['Bearer realm="https://r/t'], expected: [['bearer', { realm: 'https://r/t' }]] },
    {
      name: 'the first of two equal parameters counts',
      headers: ['Bearer realm="https://a",realm="https://b"'],
      expected: [['bearer', { realm: 'https://a' }]],
    },
    { name: 'nothing', headers: ['', ' , ,'], expected: [] },
    { name: 'a parameter without a scheme', headers: ['realm="y", ,service=s'], expected: [] },
  ])('$name', ({ headers, expected }) => {
    expect(read(...headers)).toEqual(expected);
  });

  test('no text makes it throw, and every quoted value is read back', () => {
    assert(
      property(array(string({ unit: 'binary-ascii' })), (headers) => {
        chooseDemand(parseChallenges(headers));
      }),
    );
    assert(
      property(string(), (value) => {
        const quoted = value.replaceAll(/["\\]/g, String.raw`\$&`);
        expect(read(`Basic, Bearer realm="${quoted}", service="s"`)).toEqual([
          ['basic', {}],
          ['bearer', { realm: value, service: 's' }],
        ]);
      }),
    );
  });
});

describe('chooseDemand', () => {
  test.each([
    {
      name: 'Bearer before Basic',
      header: 'Basic realm="r", Bearer realm="https://r/t",error="insufficient_scope"',
      expected: { scheme: 'bearer', realm: 'https://r/t', error: 'insufficient_scope' },
    },
    {
      name: 'Bearer without a realm demands nothing',
      header: 'Bearer, Basic realm="r"',
      expected: { scheme: 'basic' },
    },
    { name: 'unknown schemes', header: 'Negotiate', expected: undefined },
  ])('$name', ({ header, expected }) => {
    expect(chooseDemand(parseChallenges([header]))).toEqual(expected);
  });
});
