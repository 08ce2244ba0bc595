import { describe, expect, it, test } from 'vitest';
import { replacementOf } from '../../../../src/flows/change/verify/replacement.ts';
import type { Approval } from '../../../../src/model/approval/approval.ts';
import { terminalTeam } from '../../../../src/model/audit/audit.ts';
import type { Operation } from '../../../../src/model/change/operation.ts';
import type { IntentTarget } from '../../../../src/model/change/plan.ts';
import type { Workload } from '../../../../src/model/workload/workload.ts';
import { sampleApproval } from '../../../support/approval-samples.ts';
import { newImage } from '../../../support/change-world.ts';
import { aWorkload } from '../../../support/in-memory.ts';
import { digestOf } from '../../../support/probes.ts';
import { aContainer } from '../../../support/snapshot.ts';

const third = 'ghcr.io/acme/web:third';
const main = { type: 'main' as const, name: 'web' };
const ref = { kind: 'Deployment' as const, namespace: 'prod', name: 'web', uid: 'uid-web' };
const target = (image: string, digests = [digestOf(image)], operations: readonly Operation[] = []): IntentTarget => ({
  subject: ref,
  params: {},
  operations: [...operations],
  expects: [{ container: main, image, digests: [...digests] }],
});
const own = {
  id: 'F1RSTAAA',
  cluster: 'dev-eu',
  startedAt: '2026-11-20T14:00:00.000Z',
  requestedAt: '2026-11-20T13:00:00.000Z',
};

function record(id: string, targets: readonly IntentTarget[], over: Partial<Approval> = {}): Approval {
  const intent = {
    version: 1 as const,
    remedy: 'set-image' as const,
    remedyVersion: 1,
    cluster: 'dev-eu',
    risk: 'low' as const,
    targets: [...targets],
  };
  return sampleApproval({
    id,
    state: 'verifying',
    startedAt: '2026-11-20T14:00:10.000Z',
    plan: {
      version: 1,
      intent,
      targets: [],
      effects: [],
      warnings: [],
      kubectl: [],
      undo: { cannot: [], targets: [] },
      leftOut: [],
      madeAt: own.startedAt,
    },
    ...over,
  });
}

const policy: Operation = {
  type: 'edit-template',
  target: ref,
  edits: [{ field: 'imagePullPolicy', container: main, from: null, to: 'Always' }],
};
const marks = (last: string, earlier = 'F1RSTAAA@2026-11-20T14:00:10.000Z') => ({
  'imagecheck.dev/last-approval': last,
  'imagecheck.dev/earlier-approvals': earlier,
});
const imagecheckWrote = (at: string): Workload['managers'] => [
  { name: 'kubectl-create', ownsImages: true, at: '2026-01-01T00:00:00Z' },
  { name: 'imagecheck', ownsImages: true, at },
];

describe('what replaced a change', () => {
  test.each<
    [
      string,
      {
        readonly now?: string;
        readonly annotations: Workload['annotations'];
        readonly managers?: Workload['managers'];
        readonly records: readonly Approval[];
      },
      object | undefined,
    ]
  >([
    [
      'the change of the last mark',
      { annotations: marks('BBBBBBBB'), records: [record('BBBBBBBB', [target(third)])] },
      { approval: 'BBBBBBBB' },
    ],
    [
      'the one that set the image, not the one that changed something else after it',
      {
        annotations: marks('CCCCCCCC', 'F1RSTAAA@2026-11-20T14:00:10.000Z,BBBBBBBB@2026-11-20T14:00:20.000Z'),
        records: [
          record('CCCCCCCC', [{ ...target(newImage), expects: [], operations: [policy] }]),
          record('BBBBBBBB', [target(third)]),
        ],
      },
      { approval: 'BBBBBBBB' },
    ],
    [
      'another build of the same image',
      {
        now: newImage,
        annotations: marks('BBBBBBBB'),
        records: [record('BBBBBBBB', [target(newImage, [digestOf('rebuilt')])])],
      },
      { approval: 'BBBBBBBB' },
    ],
    [
      'nothing, where it changed the pull policy only',
      {
        now: newImage,
        annotations: marks('BBBBBBBB'),
        records: [record('BBBBBBBB', [target(newImage, undefined, [policy])])],
      },
      undefined,
    ],
    [
      'nothing, where someone else set the image after it',
      { annotations: marks('BBBBBBBB'), records: [record('BBBBBBBB', [target(newImage, undefined, [policy])])] },
      undefined,
    ],
    [
      'nothing, where ours came last',
      {
        annotations: marks('F1RSTAAA', 'BBBBBBBB@2026-11-20T13:00:00.000Z'),
        records: [record('BBBBBBBB', [target(third)])],
      },
      undefined,
    ],
    [
      'nothing of an older change whose marks came back',
      {
        annotations: marks('BBBBBBBB', ''),
        records: [record('BBBBBBBB', [target(third)], { startedAt: '2026-11-20T12:00:00.000Z' })],
      },
      undefined,
    ],
    [
      'nothing of another cluster',
      { annotations: marks('BBBBBBBB'), records: [record('BBBBBBBB', [target(third)], { cluster: 'prod-us' })] },
      undefined,
    ],
    [
      'nothing of another object of that name',
      {
        annotations: marks('BBBBBBBB'),
        records: [record('BBBBBBBB', [{ ...target(third), subject: { ...ref, uid: 'another' } }])],
      },
      undefined,
    ],
    [
      'a change of a terminal',
      {
        annotations: marks('BBBBBBBB'),
        records: [record('BBBBBBBB', [target(third)], { team: terminalTeam, requester: 'ana' })],
      },
      { approval: 'BBBBBBBB', person: 'ana' },
    ],
    [
      'a change that is recorded elsewhere, as the object tells',
      {
        annotations: {
          ...marks('BBBBBBBB'),
          'kubernetes.io/change-cause': 'imagecheck set-image, approval BBBBBBBB, approved by U7',
        },
        managers: imagecheckWrote('2026-11-20T14:00:00Z'),
        records: [],
      },
      { approval: 'BBBBBBBB', remedy: 'set-image' },
    ],
    [
      'no sentence that someone wrote into the annotation in place of an id',
      {
        annotations: {
          ...marks('BBBBBBBB, approved by @UCEO'),
          'kubernetes.io/change-cause': 'imagecheck set-image, approval BBBBBBBB, approved by @UCEO',
        },
        managers: imagecheckWrote('2026-11-20T14:00:05Z'),
        records: [],
      },
      undefined,
    ],
    [
      'a change that is recorded elsewhere, without the word that stands in place of its remedy',
      {
        annotations: { ...marks('BBBBBBBB'), 'kubernetes.io/change-cause': 'imagecheck what-ben-wants, BBBBBBBB' },
        managers: imagecheckWrote('2026-11-20T14:00:05Z'),
        records: [],
      },
      { approval: 'BBBBBBBB', approvers: [] },
    ],
    [
      'nothing, where the object names a change that has no record and someone else wrote it',
      {
        annotations: marks('BBBBBBBB'),
        managers: [
          ...imagecheckWrote('2026-11-20T14:00:05Z'),
          { name: 'kubectl', ownsImages: true, at: '2026-11-20T14:00:06Z' },
        ],
        records: [],
      },
      undefined,
    ],
  ])('%s', async (_, { now = third, annotations, managers = [], records }, expected) => {
    const workload = aWorkload({
      workload: { annotations, managers },
      template: { containers: [aContainer({ image: now })] },
    });
    const find = async (id: string) => records.find((each) => each.id === id);
    const found = await replacementOf(target(newImage), workload, { own, find });
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
    expect(JSON.stringify(found ?? {})).not.toContain('what-ben-wants');
  });

  it('looks up no more changes than can be true, however many the object names', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => `${String(10_000_000 + index)}@2026-11-20T14:00:20.000Z`);
    const workload = aWorkload({
      workload: { annotations: marks('BBBBBBBB', names.join(',')) },
      template: { containers: [aContainer({ image: third })] },
    });
    const asked: string[] = [];
    const find = async (id: string) => {
      asked.push(id);
      return undefined;
    };
    await replacementOf(target(newImage), workload, { own, find });
    expect(asked.slice(0, 2)).toEqual(['BBBBBBBB', '10001999']);
    expect(asked.length).toBeLessThanOrEqual(20);
  });
});
