import * as fc from 'fast-check';
import type { Platform, ProbeOutcome } from '../../src/model/image/outcome.ts';
import { type Fact, known, unknown } from '../../src/model/values/fact.ts';
import { digestOf } from './probes.ts';
import { minutesAgo } from './snapshot.ts';

/** Names from a small pool, some of them absurd, so that things refer to each other. */
export const names = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('web', 'worker', 'init') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom('', '__proto__', 'constructor', '<!channel>', '\u0000') },
);
export const digests = fc.constantFrom('a', 'b', 'c').map(digestOf);
export const images = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'ghcr.io/acme/web:1',
      'ghcr.io/acme/web:latest',
      'nginx',
      `r.test:5000/a/b@${digestOf('a')}`,
      'Bad Image:',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2000 }) },
);
export const texts = fc.oneof(
  fc.constantFrom(
    'failed to fetch anonymous token: 403 Forbidden',
    'x: not found',
    '503 Service Unavailable http://localhost:8578/v2/x?ns=y',
    'toomanyrequests',
    'exec format error',
    'no space left on device',
    'Expecting value: line 1 column 1 (char 0)',
    'Unable to locate credentials',
    'low on resource: memory',
  ),
  fc.string({ unit: 'binary', maxLength: 3000 }),
);
export const times = fc.oneof(
  fc.integer({ min: -100, max: 100_000 }).map(minutesAgo),
  fc.constantFrom('1970-01-01T00:00:00Z', 'not a time', '', '9999999-99'),
);
export const platforms: fc.Arbitrary<Platform> = fc.record(
  {
    os: fc.constantFrom('linux', 'windows', ''),
    architecture: fc.constantFrom('amd64', 'arm64', 'arm', ''),
    variant: fc.constantFrom('v7', 'v8', '?'),
    osVersion: fc.constantFrom('10.0.20348.1', 'x'),
  },
  { requiredKeys: ['os', 'architecture'] },
);

export function facts<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> {
  return fc.oneof(
    { weight: 3, arbitrary: value.map((one) => known(one)) },
    { weight: 1, arbitrary: texts.map((why) => unknown<T>(why)) },
    { weight: 1, arbitrary: fc.constant(unknown<T>('forbidden', 'list things')) },
  );
}

export function few<T>(value: fc.Arbitrary<T>, maxLength = 3): fc.Arbitrary<T[]> {
  return fc.array(value, { maxLength });
}

/** A record whose optional fields may all be absent. */
export function partly<T extends object>(
  required: { [K in keyof T]: fc.Arbitrary<T[K]> },
  optional: object,
): fc.Arbitrary<T & object> {
  return fc.record(
    { ...required, ...optional },
    {
      requiredKeys: Object.keys(required) as (keyof T)[],
    },
  ) as fc.Arbitrary<T & object>;
}

export const outcomes = fc.oneof(
  digests.map((digest) => ({ kind: 'found', digest, mediaType: 'x' })),
  fc.record({
    kind: fc.constant('not-found'),
    what: fc.constantFrom('tag', 'repository', 'digest', 'unclear'),
    status: fc.constant(404),
    message: texts,
  }),
  partly(
    {
      kind: fc.constantFrom('unauthorized', 'forbidden'),
      stage: fc.constantFrom('token', 'request'),
      status: fc.constantFrom(401, 403),
      message: texts,
    },
    {
      hint: fc.constantFrom(
        'never-published',
        'exists-private',
        'absent-or-private',
        'credential-expired',
        'network-acl',
      ),
      code: names,
    },
  ),
  fc.record({ kind: fc.constant('rate-limited'), message: texts }),
  fc.record({
    kind: fc.constant('not-a-registry'),
    status: fc.constant(200),
    contentType: texts,
    sample: texts,
    url: texts,
  }),
  fc.record({
    kind: fc.constant('unreachable'),
    how: fc.constantFrom('dns', 'timeout', 'tls-name', 'other'),
    message: texts,
    url: texts,
  }),
  fc.record({
    kind: fc.constantFrom('server-error', 'bad-content'),
    status: fc.constant(503),
    message: texts,
    url: texts,
  }),
  fc.record({
    kind: fc.constant('not-probed'),
    why: fc.constantFrom('spared', 'guarded', 'realm-not-allowed', 'deadline'),
    message: texts,
  }),
) as unknown as fc.Arbitrary<ProbeOutcome>;
