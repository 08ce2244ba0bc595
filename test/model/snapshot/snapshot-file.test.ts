import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ProbeOutcome } from '../../../src/model/image/outcome.ts';
import { redactSnapshot } from '../../../src/model/snapshot/redact-snapshot.ts';
import { Snapshot } from '../../../src/model/snapshot/snapshot.ts';
import { readSnapshot, writeSnapshot } from '../../../src/model/snapshot/snapshot-file.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';
import { samplesOf } from '../../support/every-field.ts';
import {
  aConfig,
  amd64,
  anIndex,
  as,
  digestOf,
  found,
  html,
  notFound,
  notProbed,
  refused,
  serverError,
  unreachable,
  viaMirror,
} from '../../support/probes.ts';
import {
  aContainer,
  aLog,
  aNode,
  anEvent,
  aSecret,
  aSnapshot,
  crashed,
  env,
  minutesAgo,
  missingSecret,
} from '../../support/snapshot.ts';

const limits = { limit: 100, remaining: 9, windowSeconds: 21_600, source: '203.0.113.7' };
const outcomes: readonly ProbeOutcome[] = [
  found('one'),
  { kind: 'found', digest: digestOf('x'), mediaType: 'm', sizeBytes: 7, rateLimit: limits },
  notFound('tag'),
  refused(401, { code: 'UNAUTHORIZED', hint: 'exists-private' }),
  refused(403, { stage: 'request' }),
  { kind: 'rate-limited', message: 'toomanyrequests', retryAfterMs: 1000, rateLimit: limits },
  html,
  unreachable('tls-name'),
  serverError(),
  { kind: 'bad-content', message: 'not JSON', url: 'https://registry.invalid' },
  notProbed('spared'),
];

/** A snapshot of a workload in much trouble, with most fields that a snapshot can have. */
const full: Snapshot = {
  ...aSnapshot({
    podCount: 2,
    containers: [
      aContainer({
        env: env({ REGISTRY: 'ghcr.io' }),
        envFrom: [{ source: 'configMap/app', prefix: 'X_' }],
        command: ['sh', '-c'],
        args: ['sleep', 'infinity'],
      }),
    ],
    state: crashed(1, 'Error', 'exec format error'),
    pod: {
      deletedAt: minutesAgo(1),
      unschedulable: 'no node',
      statusReason: 'Evicted',
      statusMessage: 'disk',
      conditions: [{ type: 'Ready', status: 'False', reason: 'r', message: 'm' }],
    },
    template: {
      restartedAt: minutesAgo(90),
      placement: {
        nodeSelector: { a: 'b' },
        affinityTerms: [
          [
            { key: 'k', operator: 'In', values: ['v'] },
            { key: 'metadata.name', operator: 'NotIn', values: [], field: true },
          ],
        ],
        tolerations: [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }, {}],
      },
    },
    workload: {
      owners: [{ apiVersion: 'v1', kind: 'Dask', name: 'd' }],
      managers: [{ name: 'kubectl', at: minutesAgo(9), ownsImages: true }],
      updateStrategy: 'OnDelete',
      conditions: [{ type: 'Progressing', status: 'False', reason: 'r', message: 'm' }],
    },
    probe: {
      attempts: [...outcomes.map((outcome) => as('workload', outcome, 's')), viaMirror(serverError())],
      manifest: known(anIndex('one', [{ ...amd64, variant: 'v2', osVersion: '10.0.1' }])),
      configs: known(
        [aConfig('one', { created: minutesAgo(1), revision: 'r', source: 's', env: ['REGISTRY=ghcr.io'] })],
        ['one of two'],
      ),
      tags: known(['a'], ['more']),
      candidates: [{ tag: 'a', digest: digestOf('a'), built: minutesAgo(1), pushedAt: minutesAgo(1), revision: 'r' }],
      placeholder: 'nginx:alpine',
    },
    nodes: known([aNode({ taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] })]),
    events: known([
      anEvent('web-7d9f-1', 'Failed', 'x', { firstAt: minutesAgo(9), object: { kind: 'Pod', name: 'p', uid: 'u' } }),
    ]),
    pullSecrets: [
      aSecret('s', ['ghcr.io'], minutesAgo(1)),
      missingSecret('gone'),
      { name: 'u', referencedBy: 'serviceAccount', content: unknown('no', 'get secrets') },
      { name: 'b', referencedBy: 'pod', content: known({ state: 'unusable', type: 'Opaque', problem: 'its type' }) },
    ],
    logs: [aLog('web', ['exec format error'])],
    neighbours: known(
      [
        {
          ref: { kind: 'Job', namespace: 'shop', name: 'push' },
          containers: [{ name: 'push', type: 'main', image: 'ghcr.io/acme/push:1', env: env({ REGISTRY: 'ghcr.io' }) }],
        },
      ],
      ['cronjobs'],
    ),
    knownRepositories: ['ghcr.io/acme/web:1'],
    notSeen: ['nodes (no)'],
  }),
  asked: { reference: 'nginx', as: 'shop/default' },
  messages: [{ cause: 'disk_full', registry: 'ghcr.io', text: 't', link: 'https://l' }],
};

describe('a snapshot', () => {
  test('comes back from its file as it was', () => {
    const read = readSnapshot(writeSnapshot(full));
    expect(read).toEqual({ ok: true, snapshot: redactSnapshot(full) });
  });

  test('has nothing taken away that checks compare', () => {
    expect(redactSnapshot(full)).toEqual(full);
  });

  test.each(outcomes.map((outcome) => [outcome.kind, outcome] as const))('keeps the outcome %s whole', (_, outcome) => {
    const one = aSnapshot({ probe: { attempts: [as('bot', outcome)] } });
    expect(readSnapshot(writeSnapshot(one))).toMatchObject({
      ok: true,
      snapshot: { images: [{ attempts: [{ outcome }] }] },
    });
  });
});

describe('every field of the schema', () => {
  const samples: readonly Snapshot[] = samplesOf(Snapshot);

  test.each(samples.map((sample, index) => [index, sample] as const))(
    'is in the file, and comes back (%i)',
    (_, sample) => {
      const text = writeSnapshot(sample);
      const written: { readonly snapshot: unknown } = JSON.parse(text);
      // Nothing but the values that no check reads is changed, and these only by their kind and length.
      const valued = pathsOf(sample).map((path) => [path, at(written.snapshot, path), at(sample, path)] as const);
      for (const [path, after, before] of valued) {
        if (typeof before === 'string' && after !== before) {
          expect(path.join('.')).toMatch(
            /\.(?:env|environment|annotations|command|args|terminated|lastTerminated)\b|^environment/,
          );
          expect(after).toBe(`[text, ${before.length} characters]`);
        }
      }
      expect(pathsOf(written.snapshot)).toEqual(pathsOf(sample));
      expect(readSnapshot(text)).toEqual({ ok: true, snapshot: redactSnapshot(sample) });
    },
  );

  test('is in one of the samples, whatever kind of schema it stands in', () => {
    const choice = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), text: z.string().exactOptional() }),
      z.object({ kind: z.enum(['b', 'c']), number: z.number().optional() }),
    ]);
    const each = z.object({ choice, list: z.array(z.boolean()), entries: z.record(z.string(), z.string()) });
    expect(samplesOf(each)).toEqual([
      { choice: { kind: 'a', text: 'text 1' }, list: [true, false], entries: { 'key 0': 'text 3' } },
      { choice: { kind: 'b', number: 2 }, list: [true, false], entries: { 'key 0': 'text 3' } },
      { choice: { kind: 'c', number: 2 }, list: [true, false], entries: { 'key 0': 'text 3' } },
    ]);
    expect(() => samplesOf(z.object({ at: z.date() }))).toThrow('no sample is known for a schema of type date');
  });
});

describe('redaction', () => {
  const hide = (story: Parameters<typeof aSnapshot>[0]) => JSON.stringify(redactSnapshot(aSnapshot(story)));

  test.each<[string, Parameters<typeof aSnapshot>[0]]>([
    ['a variable', { containers: [aContainer({ env: env({ DB_PASSWORD: 'hunter2 with space' }) })] }],
    [
      'a variable of another workload',
      {
        neighbours: known([
          {
            ref: { kind: 'Job', namespace: 'shop', name: 'x' },
            containers: [aContainer({ env: env({ API_KEY: 'hunter2' }) })],
          },
        ]),
      },
    ],
    ['a variable from a ConfigMap', { environment: { web: env({ GITHUB_TOKEN: 'hunter2' }, 'configMap/app') } }],
    ['a variable of the image', { probe: { configs: known([aConfig('one', { env: ['NPM_TOKEN=hunter2 x'] })]) } }],
    ['a token in an argument', { containers: [aContainer({ args: ['--password=hunter2'] })] }],
    ['a password in a URL', { containers: [aContainer({ env: env({ DATABASE: 'postgres://user:hunter2@db/x' }) })] }],
    [
      'a message',
      { state: { waiting: { reason: 'Error', message: 'Authorization: Basic hunter2hunter2hunter2hunter2' } } },
    ],
    ['an event', { events: known([anEvent('p', 'Failed', 'token=hunter2')]) }],
    [
      'what other programs wrote into annotations',
      {
        workload: {
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': `{"name":"PIN","value":"hunter2"}${' '.repeat(300)}`,
          },
        },
      },
    ],
    [
      'what a registry said',
      {
        probe: {
          attempts: [as('bot', { kind: 'bad-content', message: 'secret=hunter2', url: 'https://u:hunter2@h/' })],
        },
      },
    ],
  ])('hides %s', (_, story) => {
    expect(JSON.stringify(aSnapshot(story))).toContain('hunter2');
    expect(hide(story)).not.toContain('hunter2');
  });

  test.each([
    ['a digest', { BUNDLE_REF: `sha256:${'a'.repeat(64)}` }],
    ['a reference', { IMAGE: `ghcr.io/acme/web@sha256:${'0'.repeat(64)}` }],
    ['a registry', { REGISTRY: '123456789012.dkr.ecr.eu-west-1.amazonaws.com' }],
  ])('keeps %s', (_, pairs) => {
    for (const value of Object.values(pairs))
      expect(hide({ containers: [aContainer({ env: env(pairs) })] })).toContain(value);
  });

  test('applied twice changes nothing, and what needs no change is not copied', () => {
    const once = redactSnapshot(
      aSnapshot({ containers: [aContainer({ env: env({ DB_PASSWORD: 'x', URL: 'https://a:b@c' }) })] }),
    );
    expect(redactSnapshot(once)).toEqual(once);
    const { pods } = aSnapshot();
    expect(redactSnapshot(aSnapshot({ pods })).pods).toBe(pods);
  });

  test('a thousand pods do not block the process for long', () => {
    const many = aSnapshot({ podCount: 1000, state: crashed(1, 'Error', 'exec format error') });
    redactSnapshot(many);
    expect(cpuMsOf(() => redactSnapshot(many))).toBeLessThan(1000);
  });
});

describe('a file that is none', () => {
  test.each([
    ['', 'it is not JSON'],
    ['{', 'it is not JSON'],
    ['['.repeat(200_000), 'it is not JSON'],
    ['null', 'Invalid input: expected object, received null'],
    ['{}', 'snapshotVersion: Invalid input: expected 1'],
    ['{"snapshotVersion":2}', 'it has version 2, and this imagecheck reads version 1'],
    ['{"snapshotVersion":1}', 'snapshot: Invalid input: expected object, received undefined'],
    [
      '{"snapshotVersion":1,"snapshot":{"takenAt":5}}',
      'snapshot.takenAt: Invalid input: expected string, received number',
    ],
  ])('%# is refused with a reason', (text, reason) => {
    expect(readSnapshot(text)).toEqual({ ok: false, reason });
  });

  test('nothing that JSON can hold makes it throw, wherever it stands in a real one', () => {
    const real: unknown = JSON.parse(writeSnapshot(full));
    const paths = pathsOf(real);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const read = readSnapshot(JSON.stringify(replaced(real, path, value)));
        if (!read.ok) expect(read.reason).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });

  test('nor does any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void readSnapshot(text)));
  });
});

function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (value === null || typeof value !== 'object') return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

function at(value: unknown, [key, ...rest]: readonly string[]): unknown {
  return key === undefined ? value : at(Reflect.get(value as object, key), rest);
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === key ? replaced(item, rest, by) : item));
  return { ...(value as object), [key]: replaced((value as Record<string, unknown>)[key], rest, by) };
}
