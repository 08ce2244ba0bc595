import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Diagnosis, diagnose, reportOfSnapshot } from '../../../src/flows/ask/diagnose.ts';
import { Report } from '../../../src/model/finding/report.ts';
import { readSnapshot, writeSnapshot } from '../../../src/model/snapshot/snapshot-file.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import { web } from '../../support/collected.ts';
import { type ClusterStory, memoryReach, type RegistryStory, secretFor } from '../../support/in-memory.ts';
import { refused, unreachable } from '../../support/probes.ts';
import { aContainer, aPod, aSnapshot, aState, crashed, env, waiting } from '../../support/snapshot.ts';

const target = { type: 'workload', kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
const container = aContainer();
const failing = known([aPod([aState(container, waiting('ImagePullBackOff'))])]);

function reported(diagnosis: Diagnosis): Extract<Diagnosis, { kind: 'report' }> {
  if (diagnosis.kind !== 'report') throw new Error(`it is ${diagnosis.kind}`);
  expect(z.safeEncode(Report, diagnosis.report).error).toBeUndefined();
  return diagnosis;
}

async function report(cluster: ClusterStory = {}, registry: RegistryStory = { references: { [web]: web } }) {
  return reported(await diagnose(target, memoryReach(cluster, registry).reach)).report;
}

describe('the report', () => {
  test('of a healthy workload', async () => {
    expect(await report()).toMatchObject({
      status: 'healthy',
      findings: [],
      subject: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      pods: { ready: 1, total: 1, desired: 1 },
      notSeen: [],
    });
  });

  test('of thousands of containers that crash: the most important findings, and how many there are', () => {
    const containers = Array.from({ length: 300 }, (_, index) => aContainer({ name: `c${index}` }));
    const made = reportOfSnapshot(aSnapshot({ containers, state: crashed(1) }));
    expect(made.findings).toHaveLength(200);
    expect(made.notes[0]).toMatch(/^\d+ more findings are left out/);
    expect(made.status).toBe('problems');
  });

  test('of one whose image nobody has', async () => {
    const missing = await report({ pods: failing }, { tags: { 'ghcr.io/acme/web': ['1f2c9ab'] } });
    expect(missing).toMatchObject({
      status: 'problems',
      findings: [{ check: 'image-missing', cause: 'image_not_found', status: 'fail', confidence: 'certain' }],
      pods: { ready: 0, total: 1 },
    });
  });

  test('of one whose secret the registry refuses, while the bot gets the image', async () => {
    const rejected = await report(
      {
        pods: failing,
        template: { pullSecretNames: ['regcred'] },
        secrets: { regcred: secretFor({ 'ghcr.io': 'robot' }) },
      },
      { references: { [web]: refused(401) }, forUser: { bot: { [web]: web } }, own: 'bot' },
    );
    expect(rejected.findings).toMatchObject([{ check: 'pull-secret-rejected', confidence: 'certain' }]);
  });

  test('of one that runs although nobody here has a credential: healthy', async () => {
    expect(await report({}, { references: { [web]: refused(401, { hint: 'exists-private' }) } })).toMatchObject({
      status: 'healthy',
    });
  });

  test('of an image, as whom it was asked', async () => {
    const { reach } = memoryReach({}, { references: { [web]: web }, configured: ['ghcr.io'] });
    const asked = { type: 'image', reference: web, as: { namespace: 'shop', serviceAccount: 'default' } } as const;
    const { report: told } = reported(await diagnose(asked, reach));
    expect(told).toMatchObject({ subject: { kind: 'Image', reference: web, as: 'shop/default' }, status: 'healthy' });
    expect(told).not.toHaveProperty('pods');
  });

  test('a Job that is done has no pods to wait for', async () => {
    const done = aPod(
      [aState(container, { ready: false, terminated: { reason: 'Completed', exitCode: 0, message: '' } })],
      { phase: 'Succeeded' },
    );
    const { reach } = memoryReach(
      { workload: { ref: { ...target, kind: 'Job' } }, pods: known([done]) },
      { references: { [web]: web } },
    );
    const { report: told } = reported(await diagnose({ ...target, kind: 'Job' }, reach));
    expect(told).toMatchObject({ status: 'healthy' });
    expect(told).not.toHaveProperty('pods');
  });

  test('names owners that are no known kind', async () => {
    const owners = [{ apiVersion: 'kubernetes.dask.org/v1', kind: 'DaskCluster', name: 'main' }];
    expect((await report({ workload: { owners } })).owners).toEqual(['DaskCluster/main']);
  });

  test('says what the organisation says about the cause', async () => {
    const { reach } = memoryReach({ pods: failing }, { tags: { 'ghcr.io/acme/web': ['x'] } });
    const messages = [
      { cause: 'image_not_found', registry: 'ghcr.io', text: 'Ask #builds.', link: 'https://wiki.example/ghcr' },
      { cause: 'image_not_found', registry: 'quay.io', text: 'Not this one.' },
    ] as const;
    const { report: told } = reported(await diagnose(target, { ...reach, messages }));
    expect(told.findings[0]?.advice).toEqual([{ text: 'Ask #builds.', link: 'https://wiki.example/ghcr' }]);
  });
});

describe('no report', () => {
  test('more than one workload of that name', async () => {
    const entry = (namespace: string) => ({
      ref: { kind: 'Deployment' as const, namespace, name: 'web' },
      containers: [],
      ready: 1,
    });
    const { reach } = memoryReach({ everywhere: known([entry('a'), entry('b')]) });
    expect(await diagnose({ type: 'workload', name: 'web' }, reach)).toMatchObject({
      kind: 'ambiguous',
      candidates: { length: 2 },
    });
  });

  test('a workload that is not there, with names like it', async () => {
    const near = { ref: { kind: 'Deployment' as const, namespace: 'shop', name: 'wbe' }, containers: [], ready: 1 };
    const { reach } = memoryReach({ lookup: { kind: 'absent' }, everywhere: known([near]) });
    expect(await diagnose(target, reach)).toEqual({
      kind: 'absent',
      certain: true,
      message: 'There is no deployment/web in namespace shop of cluster dev-eu.',
      near: [near.ref],
    });
  });

  test('a workload that may not be read is not said to be absent', async () => {
    const { reach } = memoryReach({
      lookup: { kind: 'unknown', why: 'forbidden', missingRight: 'get deployments in shop' },
    });
    expect(await diagnose(target, reach)).toMatchObject({
      kind: 'absent',
      certain: false,
      message: 'deployment/web could not be read: forbidden. It takes the right to get deployments in shop.',
    });
  });
});

describe('the end of time', () => {
  /** A world in which everything takes forever once this is asked. */
  function stuckAt(what: RegExp, cluster: ClusterStory = {}) {
    const { reach, record } = memoryReach(cluster, { references: { [web]: web } });
    record.pass = () => (record.asked.some((asked) => what.test(asked)) ? new Promise(() => {}) : Promise.resolve());
    return reach;
  }

  test.each([
    ['a registry', /^HEAD/, 'unknown'],
    ['the logs', /^log/, 'problems'],
    ['a pull secret', /^secret/, 'unknown'],
    ['the pods', /^pods/, 'unknown'],
  ])('a deadline while %s is read narrows the report', async (_, what, status) => {
    const reach = stuckAt(what, {
      template: { pullSecretNames: ['s'] },
      ...(String(what).includes('log') ? { pods: known([aPod([aState(container, crashed(1))])]) } : {}),
    });
    const { report: told } = reported(await diagnose(target, reach, { deadlineMs: 20 }));
    expect(told.status).toBe(status);
    expect(JSON.stringify(told)).toContain('deadline');
  });

  test('a deadline before the workload was read is no absence', async () => {
    const diagnosis = await diagnose(target, stuckAt(/./), { deadlineMs: 20 });
    expect(diagnosis).toMatchObject({ kind: 'absent', certain: false, message: expect.stringContaining('deadline') });
  });

  test('the caller may end it earlier', async () => {
    const stop = new AbortController();
    const diagnosis = diagnose(target, stuckAt(/^HEAD/), { signal: stop.signal });
    stop.abort();
    expect((await diagnosis).kind).toMatch(/report|absent/);
  });
});

describe('a saved snapshot', () => {
  const secret = {
    DB_PASSWORD: 'hunter2',
    API_TOKEN: 'abcdefghijklmnop',
    BUNDLE_REF: `sha256:${'a'.repeat(64)}`,
    IMAGE_REGISTRY: 'quay.io',
  };
  const story: ClusterStory = {
    template: { containers: [aContainer({ env: env(secret) })] },
    pods: known([aPod([aState(container, crashed(1, 'Error', 'exec format error token=abcdefgh12345678'))])]),
  };

  test('gives the same report again, byte for byte but for the time it took', async () => {
    const { reach } = memoryReach(story, { references: { [web]: web } });
    const messages = [{ cause: 'exec_format', text: 'Ask #arm.' }] as const;
    const { report: live, snapshot } = reported(await diagnose(target, { ...reach, messages }));
    expect(live.findings.length).toBeGreaterThan(0);
    const read = readSnapshot(writeSnapshot(snapshot));
    if (!read.ok) throw new Error(read.reason);
    expect(JSON.stringify({ ...reportOfSnapshot(read.snapshot), durationMs: live.durationMs })).toBe(
      JSON.stringify(live),
    );
    expect(read.snapshot).toEqual(snapshot);
  });

  test('neither the report nor the file has a secret in it', async () => {
    const { reach } = memoryReach(story, { references: { [web]: web } });
    const { report: live, snapshot } = reported(await diagnose(target, reach));
    for (const text of [JSON.stringify(live), writeSnapshot(snapshot)]) {
      expect(text).not.toMatch(/hunter2|abcdefghijklmnop|abcdefgh12345678/);
    }
    expect(writeSnapshot(snapshot)).toContain(`sha256:${'a'.repeat(64)}`);
  });
});

/** Every way in which a read can end. */
const factOf = <T>(value: T) =>
  fc.constantFrom(known(value), known(value, ['a part']), unknown<T>('slow'), unknown<T>('forbidden', 'list things'));
const states = [
  {},
  crashed(1),
  crashed(137, 'OOMKilled'),
  waiting('ImagePullBackOff', 'x: 401 Unauthorized'),
  waiting('ContainerCreating'),
  { imageId: '' },
  { imageId: 'sha256:x' },
];
const outcomes = [web, 'other', refused(401), refused(403, { hint: 'never-published' }), unreachable('dns')] as const;

test('no combination of answers makes it throw, and every report is one', async () => {
  const world = fc.record({
    pods: fc
      .constantFrom(...states)
      .chain((state) => factOf([aPod([aState(container, state)]), aPod([], { name: 'b', node: 'gone' })])),
    events: factOf([]),
    nodes: factOf([]),
    revisions: factOf([]),
    neighbours: factOf([]),
    everywhere: factOf([]),
    secret: fc.constantFrom(
      { kind: 'absent' } as const,
      { kind: 'unknown', why: 'no' } as const,
      secretFor({ 'ghcr.io': 'robot' }),
    ),
    account: fc.constantFrom(
      { kind: 'absent' } as const,
      { kind: 'unknown', why: 'no', missingRight: 'get serviceaccounts' } as const,
    ),
    image: fc.constantFrom(
      web,
      'NOT AN IMAGE',
      '',
      'constructor',
      `ghcr.io/acme/web@sha256:${'0'.repeat(64)}`,
      '__proto__',
    ),
    name: fc.constantFrom('web', 'constructor', '__proto__'),
    forNobody: fc.constantFrom(...outcomes),
    forRobot: fc.constantFrom(...outcomes),
    own: fc.constantFrom(undefined, 'bot'),
    restartedAt: fc.constantFrom('2026-03-10T14:00:00Z', 'nonsense'),
  });
  await fc.assert(
    fc.asyncProperty(
      world,
      async ({ secret, account, image, name, forNobody, forRobot, own, restartedAt, ...facts }) => {
        const cluster: ClusterStory = {
          ...facts,
          template: { pullSecretNames: ['s'], restartedAt, containers: [aContainer({ image, name })] },
          secrets: { s: secret },
          serviceAccount: account,
        };
        const registry: RegistryStory = {
          references: { [web]: forNobody },
          forUser: { robot: { [web]: forRobot } },
          ...(own === undefined ? {} : { own }),
        };
        const { report: told, snapshot } = reported(await diagnose(target, memoryReach(cluster, registry).reach));
        expect(told.findings.filter(({ title }) => title.includes("couldn't be completed"))).toEqual([]);
        expect(readSnapshot(writeSnapshot(snapshot)).ok).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
