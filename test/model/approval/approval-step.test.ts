import { describe, expect, it } from 'vitest';
import { type Approval, ApprovalState, finalStates } from '../../../src/model/approval/approval.ts';
import {
  eventOf,
  executed,
  expired,
  failed,
  granted,
  progressed,
  rejected,
  requested,
  reviewed,
  type Step,
  shown,
  started,
  superseded,
  undone,
  verified,
  voted,
} from '../../../src/model/approval/approval-step.ts';
import { signGrant } from '../../../src/model/approval/signatures.ts';
import { digestOfIntent, type Plan } from '../../../src/model/change/plan.ts';
import { sampleApproval } from '../../support/approval-samples.ts';
import { keys } from '../../support/change-world.ts';

const at = '2026-11-20T14:10:00.000Z';
const by = { actor: 'UBEN', at, channel: 'C1' };
const vote = { user: 'UBEN', groups: [], at };
const workload = { kind: 'Deployment' as const, namespace: 'prod', name: 'web', uid: 'u1' };
const plan: Plan = {
  version: 1,
  intent: {
    version: 1,
    remedy: 'force-repull',
    remedyVersion: 1,
    cluster: 'dev-eu',
    risk: 'low',
    targets: [{ subject: workload, params: {}, operations: [], expects: [] }],
  },
  targets: [],
  effects: [],
  warnings: [],
  kubectl: [],
  undo: { cannot: [], targets: [] },
  leftOut: [],
  madeAt: at,
};
const requirement = { text: '1 of @ops', nobody: false, votes: 1, ticket: false, breakGlass: false };
const grantOf = (approval: Approval, breakGlass?: string) =>
  signGrant(
    {
      version: 1,
      approval: approval.id,
      team: approval.team,
      cluster: approval.cluster,
      digest: digestOfIntent(plan.intent),
      requester: approval.requester,
      votes: [vote],
      decidedAt: at,
      executeBefore: at,
      nonce: 'n',
      ...(breakGlass === undefined ? {} : { breakGlass }),
    },
    keys.privateKey,
  );

function fixedApproval(approval: Approval): Approval {
  return { ...approval, results: [{ subject: workload, outcome: 'fixed' }] };
}

/** Every step, from where it may be taken, where it leads, and what it writes into the audit stream. */
const steps: Record<
  string,
  [(approval: Approval) => Step, readonly ApprovalState[], ApprovalState | 'same', readonly string[]]
> = {
  requested: [requested, ['preparing'], 'same', ['requested']],
  shown: [
    (a) => shown(a, { plan, request: a.request, requirement, expiresAt: at }, by),
    ['preparing'],
    'pending',
    ['shown'],
  ],
  failed: [(a) => failed(a, { outcome: 'no' }, by), ['preparing', 'approved', 'running'], 'failed', ['failed']],
  voted: [(a) => voted(a, vote, by), ['pending'], 'pending', ['approved']],
  granted: [(a) => granted(a, vote, grantOf(a), by), ['pending'], 'approved', ['approved', 'granted']],
  'granted by break glass': [
    (a) => granted(a, vote, grantOf(a, 'it burns'), by),
    ['pending'],
    'approved',
    ['break-glass', 'granted'],
  ],
  rejected: [(a) => rejected(a, { user: 'UBEN', reason: 'no', at }, by), ['pending'], 'rejected', ['rejected']],
  expired: [(a) => expired(a, 'late', by), ['pending', 'approved'], 'expired', ['expired']],
  started: [(a) => started(a, by), ['approved'], 'running', ['started']],
  progressed: [(a) => progressed(a, []), ['running', 'verifying'], 'same', []],
  superseded: [(a) => superseded(a, { by: 'BBBBBBBB', why: 'other' }, by), ['running'], 'superseded', ['superseded']],
  executed: [
    (a) => executed(a, { results: [], verifyUntil: at, before: 'a', after: 'b' }, by),
    ['running'],
    'verifying',
    ['executed'],
  ],
  verified: [(a) => verified(a, { results: [], outcome: 'fixed' }, by), ['verifying'], 'done', ['verified']],
  undone: [(a) => undone(fixedApproval(a), 'BBBBBBBB', [workload], by), ['verifying', 'done'], 'same', ['undone']],
};

const table = Object.entries(steps).flatMap(([name, row]) =>
  ApprovalState.options.map((state) => [name, state, row] as const),
);

describe('steps of an approval', () => {
  it.each(table)('%s from %s', (_, state, [take, from, to, actions]) => {
    const approval = sampleApproval({ state });
    const step = take(approval);
    expect(step.ok).toBe(from.includes(state));
    if (!step.ok) return expect(step.why).toContain(approval.id);
    const next = to === 'same' ? state : to;
    expect(step.next).toMatchObject({ id: approval.id, revision: approval.revision, state: next });
    expect(step.audit.map(({ action }) => action)).toEqual(actions);
    for (const event of step.audit) {
      expect(event).toMatchObject({
        approval: approval.id,
        team: 'T1',
        cluster: 'dev-eu',
        workloads: ['prod/deployment/web'],
      });
    }
    const ends = finalStates.includes(next) && next !== state;
    expect(step.next.endedAt).toBe(ends ? at : undefined);
  });

  it('counts nobody twice, except for who breaks the glass after a vote', () => {
    const approval = sampleApproval({ state: 'pending', votes: [vote] });
    expect(voted(approval, vote, by)).toMatchObject({ ok: false });
    expect(granted(approval, vote, grantOf(approval), by)).toMatchObject({ ok: false });
    expect(granted(approval, vote, grantOf(approval, 'it burns'), by)).toMatchObject({
      ok: true,
      next: { votes: [vote] },
    });
  });

  it('is audited from the channel of the click, or else from the one that the plan is shown in', () => {
    const channelOf = (channel?: string): string | undefined => {
      const doing = { actor: 'worker:one', at, ...(channel === undefined ? {} : { channel }) };
      return eventOf(sampleApproval({ channel: 'CPLAN' }), 'executed', doing).channel;
    };
    expect([channelOf(), channelOf('CCLICK')]).toEqual(['CPLAN', 'CCLICK']);
  });

  it('is taken back once', () => {
    const approval = fixedApproval(sampleApproval({ state: 'done', undoneBy: 'BBBBBBBB' }));
    expect(undone(approval, 'CCCCCCCC', [workload], by)).toMatchObject({ ok: false });
  });

  it('is taken back workload by workload, as far as there is a way back', () => {
    const [one, two, three] = ['one', 'two', 'three'].map((name) => ({ ...workload, name }));
    if (one === undefined || two === undefined || three === undefined) throw new Error('three are named');
    const back = { operations: [{ type: 'delete-pods' as const, workload, createdBefore: at }], expects: [] };
    const approval = sampleApproval({
      state: 'done',
      plan: { ...plan, undo: { cannot: [], targets: [back, back, { operations: [], expects: [] }] } },
      results: [one, two, three].map((each) => ({ subject: each, outcome: 'fixed' as const })),
    });
    const first = undone(approval, 'BBBBBBBB', [one], by);
    if (!first.ok) throw new Error(first.why);
    expect(first.next).toMatchObject({ results: [{ undoneBy: 'BBBBBBBB' }, {}, {}] });
    expect(first.next.undoneBy).toBeUndefined();
    expect(first.audit).toMatchObject([{ detail: 'by BBBBBBBB, but not prod/deployment/two' }]);
    expect(undone(first.next, 'BBBBBBBB', [one], by)).toMatchObject({ ok: false });
    const second = undone(first.next, 'CCCCCCCC', [one, two], by);
    expect(second).toMatchObject({
      ok: true,
      next: { undoneBy: 'CCCCCCCC', results: [{ undoneBy: 'BBBBBBBB' }, { undoneBy: 'CCCCCCCC' }, {}] },
      audit: [{ detail: 'by CCCCCCCC' }],
    });
  });

  it('is reviewed once, and only after break glass', () => {
    const approval = sampleApproval({ state: 'done' });
    expect(reviewed(approval, by)).toMatchObject({ ok: false });
    const glass = { ...approval, grant: grantOf(approval, 'it burns') };
    expect(reviewed(glass, by)).toMatchObject({ ok: true, next: { review: { user: 'UBEN', at } } });
    expect(reviewed({ ...glass, review: { user: 'UCARL', at } }, by)).toMatchObject({ ok: false });
  });

  it('names the digest of the plan that is shown', () => {
    const step = shown(sampleApproval(), { plan, request: sampleApproval().request, requirement, expiresAt: at }, by);
    expect(step).toMatchObject({
      next: { digest: digestOfIntent(plan.intent) },
      audit: [{ digest: digestOfIntent(plan.intent) }],
    });
  });

  it('is audited for the workload of the report before anything was planned', () => {
    const workload = { kind: 'Deployment' as const, namespace: 'prod', name: 'web' };
    const { plan: _, digest: __, ...rest } = sampleApproval({ state: 'preparing' });
    const from = { reportId: 'r1', finding: 0, proposals: [0], everywhere: false, subject: workload };
    const step = requested({ ...rest, request: { ...rest.request, targets: [], from } });
    expect(step).toMatchObject({ ok: true, audit: [{ action: 'requested', workloads: ['prod/deployment/web'] }] });
  });
});
