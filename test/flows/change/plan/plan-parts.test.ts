import { describe, expect, test } from 'vitest';
import { outsideSetting } from '../../../../src/flows/change/plan/limits.ts';
import { expectsInOrder } from '../../../../src/flows/change/plan/plan.ts';
import { alike, mergeProposals } from '../../../../src/flows/change/plan/proposals.ts';
import { mergedLines } from '../../../../src/flows/change/plan/text.ts';
import { undoTargets } from '../../../../src/flows/change/plan/undo.ts';
import type { Approval, TargetResult } from '../../../../src/model/approval/approval.ts';
import type { RemedyId } from '../../../../src/model/change/change.ts';
import type { Operation } from '../../../../src/model/change/operation.ts';
import type { Plan } from '../../../../src/model/change/plan.ts';
import type { Proposal } from '../../../../src/model/finding/finding.ts';
import { inOrder } from '../../../../src/operations/index.ts';
import { allowAll } from '../../../support/planning.ts';
import { digestOf } from '../../../support/probes.ts';
import { now } from '../../../support/snapshot.ts';

const setImage = (container: string, image: string, more = {}): Proposal => ({
  remedy: 'set-image',
  params: { container, image, ...more },
  summary: '',
});
const proposal = (remedy: Proposal['remedy'], params: Proposal['params']): Proposal => ({
  remedy,
  params,
  summary: '',
});

describe('proposals for one workload become one set of parameters', () => {
  test.each<[string, RemedyId, readonly Proposal[], object | string]>([
    ['one alone', 'set-image', [setImage('a', 'x:1')], { container: 'a', image: 'x:1' }],
    [
      'one image per container',
      'set-image',
      [setImage('a', 'x:1'), setImage('b', 'y:1', { pullPolicy: 'Always' })],
      {
        images: [
          { container: 'a', image: 'x:1' },
          { container: 'b', image: 'y:1', pullPolicy: 'Always' },
        ],
      },
    ],
    ['two images for one container', 'set-image', [setImage('a', 'x:1'), setImage('a', 'x:2')], 'contradict'],
    [
      'policies',
      'set-pull-policy',
      [
        proposal('set-pull-policy', { container: 'a', pullPolicy: 'Always' }),
        proposal('set-pull-policy', { container: 'b', pullPolicy: 'Always' }),
      ],
      { containers: ['a', 'b'], policy: 'Always' },
    ],
    [
      'policies that differ',
      'set-pull-policy',
      [
        proposal('set-pull-policy', { container: 'a', pullPolicy: 'Always' }),
        proposal('set-pull-policy', { container: 'b', pullPolicy: 'Never' }),
      ],
      'contradict',
    ],
    [
      'containers to pull again',
      'force-repull',
      [proposal('force-repull', { containers: ['a', 'b'] }), proposal('force-repull', { containers: ['b', 'c'] })],
      { containers: ['a', 'b', 'c'] },
    ],
    [
      'all containers win over some',
      'force-repull',
      [proposal('force-repull', {}), proposal('force-repull', { containers: ['b'] })],
      {},
    ],
    [
      'two registries',
      'add-pull-secret',
      [proposal('add-pull-secret', { registry: 'ghcr.io' }), proposal('add-pull-secret', { registry: 'docker.io' })],
      'contradict',
    ],
    ['another remedy', 'force-repull', [setImage('a', 'x:1')], 'for set-image, not for force-repull'],
    ['none', 'set-image', [], 'no proposal'],
  ])('%s', (_, remedy, proposals, expected) => {
    const merged = mergeProposals(remedy, proposals);
    if (typeof expected === 'string')
      expect(merged).toMatchObject({ ok: false, why: expect.stringContaining(expected) });
    else expect(merged).toEqual({ ok: true, params: expected });
  });

  test('of another workload those of the same remedy and style are taken, one per container', () => {
    const digest = setImage('a', `x@${digestOf('x')}`);
    const proposals = [setImage('a', 'x:1'), digest, setImage('a', `x@${digestOf('y')}`), setImage('b', 'y:1')];
    expect(alike({ proposals }, setImage('other', `z@${digestOf('z')}`))).toEqual([digest]);
    expect(alike({ proposals }, setImage('other', 'z:2'))).toEqual([proposals[0], proposals[3]]);
    expect(alike({ proposals }, proposal('force-repull', {}))).toEqual([]);
  });
});

describe('sentences of several workloads', () => {
  const said = (...lines: readonly (readonly string[])[]) =>
    mergedLines(
      lines.map((each, index) => ({
        workload: { kind: 'Deployment', namespace: 'shop', name: index === 0 ? 'web' : 'api' },
        lines: each,
      })),
    );
  test.each<[string, readonly string[], readonly string[]]>([
    [
      'pods are added up',
      said(['3 pods restart, one at a time'], ['1 pod restarts, one at a time']),
      ['4 pods restart, one at a time'],
    ],
    ['the same sentence stands once', said(['No surge.'], ['No surge.']), ['No surge.']],
    [
      'one that is about one of them names it',
      said(['slow'], ['fast']),
      ['deployment/web: slow', 'deployment/api: fast'],
    ],
    ['a single workload needs no name', said(['slow', 'slow']), ['slow']],
    ['nothing to say', said([], []), []],
  ])('%s', (_, got, expected) => expect(got).toEqual(expected));
});

const target = { kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid' } as const;
const edit = (name: string, to = 'ghcr.io/acme/web:2') =>
  ({ field: 'image', container: { type: 'main', name }, from: 'ghcr.io/acme/web:1', to }) as const;
const operation: Operation = {
  type: 'edit-template',
  target,
  edits: [edit('b'), { field: 'restartedAt', to: now }, edit('a')],
};
const backEdit = (name: string) => ({ ...edit(name), from: edit(name).to, to: edit(name).from });
const reverse: Operation = { type: 'edit-template', target, edits: [backEdit('b'), backEdit('a')] };

test('edits and expected images are in the order of names', () => {
  const [ordered] = inOrder([operation]);
  expect(ordered).toMatchObject({ edits: [edit('a'), edit('b'), { field: 'restartedAt' }] });
  const expected = (name: string, digests: string[]) => ({
    container: { type: 'main' as const, name },
    image: 'x',
    digests,
  });
  expect(expectsInOrder([expected('b', ['z', 'c', 'a', 'c', 'z']), expected('a', [])])).toEqual([
    expected('a', []),
    expected('b', ['z', 'a', 'c']),
  ]);
});

describe('what the worker may not do', () => {
  const planned = { operations: [operation], kubectl: ['kubectl set image'] };
  test.each<[string, RemedyId, Partial<typeof allowAll>, string, RemedyId?]>([
    ['the remedy', 'set-image', { remedies: ['force-repull'] }, 'remediation.remedies'],
    ['nothing at all', 'set-image', { remedies: [] }, 'remediation.remedies'],
    ['the namespace', 'set-image', { namespaces: ['prod-*'] }, 'remediation.namespaces'],
    [
      'the image',
      'set-image',
      { images: ['ghcr.io/other/*', 'ghcr.io/acme'] },
      'ghcr.io/acme/web to remediation.images',
    ],
    ['undo what it may not do', 'undo', { remedies: ['force-repull'] }, 'remediation.remedies', 'set-image'],
    ['undo to an image that it may not set', 'undo', { images: ['docker.io/*'] }, 'remediation.images', 'set-image'],
  ])('%s', (_, remedy, patch, line, undone?: RemedyId) => {
    const refused = outsideSetting(remedy, planned, { ...allowAll, ...patch }, undone);
    expect(refused).toMatchObject({ remedy: expect.stringContaining(line), kubectl: ['kubectl set image'] });
  });

  test.each<[RemedyId, RemedyId?]>([['set-image'], ['undo', 'set-image']])(
    '%s may be done',
    (remedy, undone?: RemedyId) => {
      const setting = { remedies: ['set-image' as const], namespaces: ['sh*'], images: ['ghcr.io/acme/*'] };
      expect(outsideSetting(remedy, planned, setting, undone)).toBeUndefined();
    },
  );
});

describe('undoing', () => {
  const result = (outcome: TargetResult['outcome']): TargetResult => ({
    subject: { kind: 'Deployment', namespace: 'shop', name: 'web' },
    outcome,
  });
  const back = { operations: [reverse], expects: [] };
  const plan = (...ways: readonly Plan['undo']['targets'][number][]): Plan => ({
    version: 1,
    intent: {
      version: 1,
      remedy: 'set-image',
      remedyVersion: 1,
      cluster: 'dev-eu',
      risk: 'low',
      targets: ways.map(() => ({ subject: target, params: {}, operations: [operation], expects: [] })),
    },
    targets: [],
    effects: [],
    warnings: [],
    kubectl: [],
    undo: { cannot: [], targets: [...ways] },
    leftOut: [],
    madeAt: now,
  });
  const executed = (patch: Partial<Approval> = {}): Approval => ({
    version: 1,
    id: '7F3K2QXD',
    revision: 5,
    team: 'T1',
    cluster: 'dev-eu',
    state: 'done',
    request: { version: 1, cluster: 'dev-eu', remedy: 'set-image', targets: [], at: now },
    requester: 'U1',
    text: 'set-image',
    channel: 'C1',
    requestedAt: now,
    plan: plan(back),
    votes: [],
    results: [result('fixed')],
    ...patch,
  });
  const request = { cluster: 'dev-eu', undoes: '7F3K2QXD', at: now };
  const own = 'AAAAAAAA';

  test.each<[string, Partial<Approval>, string]>([
    ['another cluster', { cluster: 'prod' }, 'in cluster prod'],
    ['undone before', { undoneBy: 'BBBBBBBB' }, 'undone already'],
    ['still running', { state: 'running', results: [result('applied')] }, 'not finished'],
    ['never executed', { state: 'rejected', results: [] }, 'never executed'],
    ['kept as it was', { results: [result('not-done')] }, 'never executed'],
    ['too late', { undoUntil: '2026-03-10T14:04:00Z' }, 'could be undone until'],
    ['no way back', { plan: plan({ operations: [], expects: [] }) }, 'can’t be undone'],
  ])('is refused: %s', (_, patch, why) => {
    expect(undoTargets(request, executed(patch), own)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining(why),
    });
  });

  test('is refused when the record is gone or another one', () => {
    expect(undoTargets(request, undefined, own)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('no record'),
    });
    expect(undoTargets({ ...request, undoes: 'CCCCCCCC' }, executed(), own)).toMatchObject({ kind: 'refused' });
  });

  test('takes the targets that were changed, and says why not the others', () => {
    const outcomes: readonly TargetResult['outcome'][] = [
      'fixed',
      'not-done',
      'not-fixed',
      'applied',
      'unknown',
      'waiting',
      'not-ready',
    ];
    const ways = outcomes.map(() => back);
    const undone = executed({ plan: plan(...ways), results: outcomes.map(result), undoneBy: own });
    const targets = undoTargets(request, undone, own);
    if (targets.kind !== 'targets') throw new Error(targets.why);
    expect(targets.targets).toHaveLength(5);
    expect(targets.targets[0]).toEqual({
      workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      params: { approval: '7F3K2QXD', remedy: 'set-image' },
      undo: { approval: '7F3K2QXD', ...back },
    });
    expect(targets.settled).toHaveLength(2);
    expect(targets.leftOut).toEqual([]);
  });
});
