import { describe, expect, it } from 'vitest';
import { selects } from '../../src/kubernetes/read/budgets.ts';
import { comparedWith } from '../../src/kubernetes/read/earlier-templates.ts';
import { numbersOf } from '../../src/kubernetes/read/rollout.ts';
import { remediationFamilies, remediationRights } from '../../src/kubernetes/rights/worker-rights.ts';
import { validEventName } from '../../src/kubernetes/write/change-event.ts';
import { objectDiff } from '../../src/kubernetes/write/object-diff.ts';

describe('a rollout', () => {
  const rolling = (maxUnavailable: number | string, maxSurge: number | string) => ({
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable, maxSurge },
  });
  // As ResolveFenceposts, the DaemonSet controller and getStatefulSetMaxUnavailable round.
  it.each([
    ['Deployment', 4, rolling('25%', '25%'), 1, 1],
    ['Deployment', 3, rolling('25%', '25%'), 0, 1],
    ['Deployment', 3, rolling('25%', 0), 1, 0],
    ['Deployment', 3, rolling(0, 0), 1, 0],
    ['Deployment', 2, rolling(5, 1), 2, 1],
    ['Deployment', 10, rolling('33%', '33%'), 3, 4],
    ['Deployment', 3, { type: 'Recreate' }, 0, 0],
    ['DaemonSet', 10, rolling('25%', 0), 3, 0],
    ['DaemonSet', 10, rolling(0, '25%'), 0, 3],
    ['StatefulSet', 10, rolling('25%', 0), 2, 0],
    ['StatefulSet', 3, rolling('25%', 0), 1, 0],
    ['StatefulSet', 3, { type: 'OnDelete' }, 0, 0],
    ['CronJob', 3, undefined, 0, 0],
  ] as const)('of a %s of %i with %j', (kind, replicas, strategy, maxUnavailable, maxSurge) => {
    const metadata = { name: 'web', uid: 'u1', generation: 2 };
    const spec = { replicas, strategy, updateStrategy: kind === 'Deployment' ? undefined : strategy };
    const rollout = numbersOf(kind, { metadata, spec, status: { desiredNumberScheduled: replicas } });
    expect(rollout).toMatchObject({ maxUnavailable, maxSurge, strategy: strategy?.type ?? 'none' });
  });
});

describe('a budget selects', () => {
  const labels = { app: 'web', tier: 'front' };
  it.each([
    [undefined, false],
    [{}, true],
    [{ matchLabels: { app: 'web' } }, true],
    [{ matchLabels: { app: 'web', tier: 'back' } }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'x'] }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, false],
    [{ matchExpressions: [{ key: 'none', operator: 'NotIn', values: ['web'] }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
    [{ matchExpressions: [{ key: 'toString', operator: 'Exists' }] }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'Like', values: ['web'] }] }, false],
  ])('%j: %s', (selector, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });
});

describe('an earlier template', () => {
  const template = (spec: object, metadata: object = {}) => ({
    metadata: { labels: { app: 'web' }, ...metadata },
    spec: { containers: [{ name: 'app', image: 'x:1' }], ...spec },
  });
  const present = template({});
  it.each([
    [template({ containers: [{ name: 'app', image: 'x:0', imagePullPolicy: 'Always' }] }), []],
    [template({ imagePullSecrets: [{ name: 'a' }] }), []],
    [template({}, { labels: { app: 'web', 'pod-template-hash': 'abc' } }), []],
    [template({}, { annotations: { 'kubectl.kubernetes.io/restartedAt': 'x' } }), []],
    [template({}, { annotations: {} }), []],
    [template({ serviceAccountName: 'other' }), ['spec.serviceAccountName']],
    [template({ containers: [{ name: 'app', image: 'x:1', env: [{ name: 'A' }] }] }), ['spec.containers[app].env']],
    [template({ containers: [{ name: 'new', image: 'x:1' }] }), ['spec.containers[new]', 'spec.containers[app]']],
    [template({ initContainers: [{ name: 'setup' }] }), ['spec.initContainers[setup]']],
    [template({}, { annotations: { a: 'b' } }), ['metadata.annotations.a']],
  ])('%j differs in %j', (earlier, otherDifferences) => {
    const revision = { name: 'web-1', number: 1, createdAt: '', template: earlier };
    expect(comparedWith(present, revision).otherDifferences).toEqual(otherDifferences);
  });
});

describe('a diff', () => {
  it('has no noise, no environment and no credentials, and is cut', () => {
    const object = (image: string, version: string) => ({
      metadata: {
        name: 'web',
        resourceVersion: version,
        generation: Number(version),
        managedFields: [{ manager: version }],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2', token: `ghp_${'a'.repeat(36)}` },
      },
      spec: { containers: [{ name: 'app', image, env: [{ name: 'A', value: 'hunter2' }] }] },
      status: { seen: version },
    });
    const diff = objectDiff('deployment/web', object('x:1', '1'), object('x:2', '2'));
    expect(diff.split('\n').filter((line) => /^[+-]/.test(line))).toEqual([
      '--- deployment/web\tbefore',
      '+++ deployment/web\tafter',
      '-      image: x:1',
      '+      image: x:2',
    ]);
    expect(diff).not.toMatch(/hunter2|ghp_/);
    const lines = (prefix: string) => ({ spec: Array.from({ length: 900 }, (_, index) => `${prefix} ${index}`) });
    expect(objectDiff('x', lines('a'), lines('b')).length).toBeLessThanOrEqual(6_000);
    expect(objectDiff('x', lines('a'), lines('a'))).toBe('');
  });
});

it.each(['plain-name', 'a.b-c', 'AAAA1111/x', '', '/', 'ä', '-x', 'x'.repeat(300), 'a..b'])('event name %j', (name) => {
  const made = validEventName(name);
  expect(made).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  expect(made.length).toBeLessThanOrEqual(253);
  expect(validEventName(name)).toBe(made);
});

it('every family of remedies has rights of its own, and reads nothing but budgets and Secrets', () => {
  for (const family of remediationFamilies) {
    const rights = remediationRights(family);
    expect(rights).toContainEqual({ verb: 'create', group: '', resource: 'events' });
    const reads = rights.filter(({ verb }) => ['get', 'list', 'watch'].includes(verb)).map(({ resource }) => resource);
    expect(['', 'poddisruptionbudgets', 'secrets']).toContain(reads.join());
  }
});
