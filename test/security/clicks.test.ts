import { describe, expect, it } from 'vitest';
import { decide } from '../../src/flows/change/decide/decide.ts';
import { review } from '../../src/flows/change/decide/review.ts';
import type { Approval } from '../../src/model/approval/approval.ts';
import { subjectOfPlan } from '../../src/model/approval/approval-policy.ts';
import type { ApprovePolicy, ApproveRule } from '../../src/model/approval/approval-settings.ts';
import type { Plan } from '../../src/model/change/plan.ts';
import { type ChangeWorld, changeWorld, newImage, oldImage, usualPolicy } from '../support/change-world.ts';

const policyWith = (patch: Partial<ApproveRule>, more: Partial<ApprovePolicy> = {}): ApprovePolicy => ({
  ...usualPolicy,
  rules: usualPolicy.rules.map((rule) => ({ ...rule, ...patch })),
  ...more,
});
const twoVotes = policyWith({ votes: 2 });
const glass: ApprovePolicy['breakGlass'] = [
  {
    approvers: { users: [], groups: ['on-call'] },
    clusters: ['*'],
    namespaces: ['*'],
    remedies: ['set-image'],
    securityChannel: 'C0SEC',
  },
];
const reason = 'production is down and nobody else is awake';
const freezeFrom = (from: Date): ApprovePolicy['freeze'] => [
  {
    name: 'release',
    clusters: ['*'],
    namespaces: ['prod'],
    from: from.toISOString(),
    to: new Date(from.getTime() + 3_600_000).toISOString(),
  },
];

/** Nothing was done, whatever is queued, by a worker of this policy. */
async function expectUntouched(world: ChangeWorld, policy: ApprovePolicy): Promise<void> {
  await world.settle(world.worker({ policy }));
  expect(world.attempts).toEqual([]);
  expect(world.things.get('web')?.image).toBe(oldImage);
}

describe('who presses', () => {
  type Press = Parameters<ChangeWorld['click']>[1];
  it.each<[string, Press, ApprovePolicy?]>([
    ['who asked, who may approve otherwise', { user: 'UANA', groups: ['dask-owners'] }],
    ['who asked, in another channel', { user: 'UANA', groups: ['dask-owners'], channel: 'C9' }],
    ['who asked, in a direct conversation', { user: 'UANA', groups: ['dask-owners'], channel: 'D1' }],
    ['a guest who is named nowhere', { user: 'W0GUEST', groups: [] }],
    ['someone of another group', { user: 'UEVE', groups: ['dask-readers'] }],
    ['someone whose group reads like an approver', { user: 'UEVE', groups: ['UBEN'] }],
    ['someone whose name reads like the group', { user: 'dask-owners', groups: [] }],
    ['someone whose groups Slack does not tell', { user: 'UEVE', groups: 'unreadable' }],
    ['an approver with the digest of another plan', { digest: 'f'.repeat(64) }],
    ['an approver without a digest', { digest: '' }],
    ['on-call, by the usual button', { user: 'UEVE', groups: ['on-call'] }, policyWith({}, { breakGlass: glass })],
    ['an approver who breaks a glass that is not there', { what: 'break-glass', reason }],
    ['an approver who is not on call', { what: 'break-glass', reason }, policyWith({}, { breakGlass: glass })],
    [
      'on-call without a reason',
      { what: 'break-glass', user: 'UEVE', groups: ['on-call'], reason: ' '.repeat(20) },
      policyWith({}, { breakGlass: glass }),
    ],
    [
      'on-call for another remedy',
      { what: 'break-glass', user: 'UEVE', groups: ['on-call'], reason },
      policyWith({}, { breakGlass: glass.map((rule) => ({ ...rule, remedies: ['force-repull'] })) }),
    ],
    ['an approver without a ticket', {}, policyWith({ ticket: true }, { requireTicket: 'OPS-[0-9]+' })],
    [
      'an approver with something that contains a ticket',
      { ticket: 'see OPS-1 please' },
      policyWith({ ticket: true }, { requireTicket: 'OPS-[0-9]+' }),
    ],
    [
      'an approver with a ticket over two lines',
      { ticket: 'x\nOPS-1' },
      policyWith({ ticket: true }, { requireTicket: 'OPS-[0-9]+' }),
    ],
    ['an approver with any ticket, where no pattern is set', { ticket: 'OPS-1' }, policyWith({ ticket: true })],
  ])('%s is refused, once in the audit, and nothing happens', async (_, press, policy = usualPolicy) => {
    const world = changeWorld();
    const pending = await world.pending();
    const click = world.click(pending, press);
    const decision = await decide(click, world.bot({ policy }));
    expect(decision).toMatchObject({ kind: 'refused', why: expect.stringMatching(/\w/) });
    await decide(click, world.bot({ policy }));
    expect(world.actions(pending.id).filter((action) => action === 'refused')).toHaveLength(1);
    expect(world.stored(pending.id)).toMatchObject({ state: 'pending', votes: [] });
    await expectUntouched(world, policy);
  });

  it.each<[string, (pending: Approval, other: Approval) => Approval]>([
    ['with another name in it', (pending) => ({ ...pending, requester: 'UEVE' })],
    [
      'with a signature of someone else',
      (pending) => ({
        ...pending,
        requester: 'UEVE',
        asked: { first: pending.id, request: pending.request, signature: 'AAAA' },
      }),
    ],
    [
      'with the signature of another request',
      (pending, { requester, asked }) => ({ ...pending, requester, ...(asked && { asked }) }),
    ],
    [
      'that claims to follow from another request',
      (pending, { requester, asked }) => ({
        ...pending,
        requester,
        ...(asked && { asked: { ...asked, first: pending.id } }),
      }),
    ],
  ])('who asked cannot become an approver by a record %s', async (_, forge) => {
    const world = changeWorld();
    const other = await world.pending({ id: '0THERREQ', requester: 'UEVE' });
    const pending = await world.pending({ requester: 'UBEN' });
    const forged = forge(pending, other);
    world.records.forge(forged);
    expect(await decide(world.click(forged, { user: 'UBEN' }), world.bot())).toMatchObject({ kind: 'refused' });
    await expectUntouched(world, usualPolicy);
  });

  it('on-call breaks no glass for a risk that is not low', async () => {
    const world = changeWorld();
    const policy = policyWith({}, { breakGlass: glass });
    const pending = await world.pending();
    if (pending.plan === undefined) throw new Error('no plan');
    const { plan } = pending;
    for (const risk of ['medium', 'high'] as const) {
      const risky: Approval = { ...pending, plan: { ...plan, intent: { ...plan.intent, risk } } };
      world.records.forge(risky);
      const click = world.click(risky, { what: 'break-glass', user: 'UEVE', groups: ['on-call'], reason });
      expect(await decide(click, world.bot({ policy }))).toMatchObject({ kind: 'refused' });
    }
    // And a plan that only claims to be risky, or not to be, is another one than the worker makes.
    const click = world.click(pending, { what: 'break-glass', user: 'UEVE', groups: ['on-call'], reason });
    world.records.forge({ ...pending, plan: { ...plan, intent: { ...plan.intent, risk: 'medium' } } });
    expect(await decide(click, world.bot({ policy }))).toMatchObject({ kind: 'refused' });
  });

  it('who broke the glass or asked is not who reviews it', async () => {
    const world = changeWorld();
    const policy = policyWith({}, { breakGlass: glass });
    const pending = await world.pending();
    const bot = world.bot({ policy });
    const click = world.click(pending, { what: 'break-glass', user: 'UEVE', groups: ['on-call'], reason });
    expect(await decide(click, bot)).toMatchObject({ kind: 'granted' });
    for (const user of ['UEVE', 'UANA', 'UFRED']) {
      const { team, id } = pending;
      expect(await review({ team, id, user, groups: [] }, bot), user).toMatchObject({ kind: 'refused' });
    }
    expect(world.stored(pending.id).review).toBeUndefined();
  });
});

describe('votes', () => {
  it.each<[string, Parameters<ChangeWorld['click']>[1][]]>([
    ['of one person, twice', [{}, {}]],
    ['of one person, in two channels', [{ channel: 'C1' }, { channel: 'D1' }]],
    ['of one person, under two groups', [{ groups: ['dask-owners'] }, { groups: ['others'] }]],
    ['of one delivery', [{ key: 'same' }, { key: 'same' }]],
    ['of one person and a stranger', [{}, { user: 'UEVE' }]],
    ['of one person and who asked', [{}, { user: 'UANA', groups: ['dask-owners'] }]],
  ])('are one: %s', async (_, presses) => {
    const world = changeWorld();
    const pending = await world.pending();
    const bot = world.bot({ policy: twoVotes });
    for (const press of presses) {
      expect((await decide(world.click(pending, press), bot)).kind).not.toBe('granted');
    }
    expect(world.stored(pending.id).votes).toHaveLength(1);
    await expectUntouched(world, twoVotes);
  });

  it('of someone whom the policy no longer names do not count, at the bot or at the worker', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    const without = policyWith({ votes: 2, approvers: { users: ['UBEN', 'UDORA'], groups: [] } });
    expect(await decide(world.click(pending, { user: 'UCARL' }), world.bot({ policy: twoVotes }))).toMatchObject({
      kind: 'voted',
    });
    expect(await decide(world.click(pending), world.bot({ policy: without }))).toMatchObject({ kind: 'voted' });
    await expectUntouched(world, without);
    // A bot that has not heard of it yet signs; the worker has, and says so.
    const late = world.stored(pending.id);
    world.records.forge({ ...late, votes: late.votes.filter(({ user }) => user === 'UCARL') });
    expect(await decide(world.click(pending), world.bot({ policy: twoVotes }))).toMatchObject({ kind: 'granted' });
    await expectUntouched(world, without);
    expect(world.stored(pending.id)).toMatchObject({ state: 'failed', outcome: expect.stringContaining('own policy') });
  });

  it('name a ticket only when a person did: one that was put into the record is none', async () => {
    const world = changeWorld();
    const policy = policyWith({ ticket: true }, { requireTicket: 'OPS-[0-9]+' });
    const pending = await world.pending();
    world.records.forge({ ...pending, ticket: 'OPS-1' });
    expect(await decide(world.click(pending), world.bot({ policy }))).toMatchObject({ kind: 'refused' });
    expect(await decide(world.click(pending, { ticket: 'OPS-2' }), world.bot({ policy }))).toMatchObject({
      kind: 'granted',
      approval: { grant: { grant: { ticket: 'OPS-2' } } },
    });
  });

  it('come too late after a no, and a no after a yes', async () => {
    const world = changeWorld();
    const first = await world.pending();
    const no = { what: 'reject', reason: 'not today' } as const;
    await decide(world.click(first, { ...no, user: 'UCARL' }), world.bot());
    expect(await decide(world.click(first), world.bot())).toMatchObject({
      kind: 'over',
      approval: { state: 'rejected' },
    });
    await expectUntouched(world, usualPolicy);
    const second = await world.approved();
    expect(await decide(world.click(second, { ...no, user: 'UCARL' }), world.bot())).toMatchObject({ kind: 'over' });
    await world.settle();
    expect(world.patches).toHaveLength(1);
  });
});

describe('a worker that is stricter than the bot', () => {
  const stricter: Record<string, (world: ChangeWorld) => ApprovePolicy> = {
    'wants more votes': () => twoVotes,
    'knows no such approver': () => policyWith({ approvers: { users: ['UDORA'], groups: [] } }),
    'has no rule for the namespace': () => policyWith({ namespaces: ['dev-*'] }),
    'has no rule for the remedy': () => policyWith({ remedies: ['force-repull'] }),
    'has no rule for the risk': () => policyWith({ risks: ['high'] }),
    'wants a ticket': () => policyWith({ ticket: true }, { requireTicket: 'OPS-[0-9]+' }),
    'has no rule': () => ({ ...usualPolicy, rules: [] }),
    'is frozen since the click': (world) => ({ ...usualPolicy, freeze: freezeFrom(world.now()) }),
  };

  it.each(Object.keys(stricter))('%s: nothing happens, and the thread says why', async (name) => {
    const world = changeWorld();
    const { id } = await world.approved();
    const policy = stricter[name]?.(world) ?? usualPolicy;
    await expectUntouched(world, policy);
    const { state, outcome } = world.stored(id);
    expect(state).toBe('failed');
    expect(outcome).toContain('own policy');
    expect(JSON.stringify(world.shown.get(`approval:${id}:plan`))).toContain('own policy');
  });
});

describe('taking back', () => {
  const target = {
    subject: { kind: 'Deployment', namespace: 'prod', name: 'web', uid: 'u' },
    operations: [],
    expects: [],
  };
  const planOf = (remedy: Plan['intent']['remedy'], ...remedies: unknown[]): Pick<Plan, 'intent' | 'targets'> => ({
    intent: {
      version: 1,
      remedy,
      remedyVersion: 1,
      cluster: 'dev-eu',
      risk: 'low',
      targets: remedies.map(
        (undone) => ({ ...target, params: { remedy: undone } }) as Plan['intent']['targets'][number],
      ),
    },
    targets: [],
  });
  it.each<[string, Pick<Plan, 'intent' | 'targets'>, string]>([
    ['is decided about like what it takes back', planOf('undo', 'set-image', 'set-image'), 'set-image'],
    ['of different things is like none of them', planOf('undo', 'set-image', 'force-repull'), 'undo'],
    // No rule can name it, so only a rule for every remedy matches.
    ['of something unknown is decided as that', planOf('undo', 'drop-database'), 'drop-database'],
    ['of something that is not said is like none', planOf('undo', undefined), 'undo'],
    ['is nothing that another remedy can claim', planOf('set-image', 'force-repull'), 'set-image'],
  ])('%s', (_, plan, remedy) => {
    expect(subjectOfPlan(plan, { requester: 'UANA', team: 'T1' }).remedy).toBe(remedy);
  });

  it('what was done is not taken back by who asked for that alone', async () => {
    const world = changeWorld();
    const first = await world.approved();
    await world.settle();
    const { request } = world.stored(first.id);
    const targets = request.targets.map((one) => ({ ...one, params: { image: oldImage } }));
    const back = await world.pending({
      requester: 'UBEN',
      request: { ...request, remedy: 'undo', undoes: first.id, targets, at: world.now().toISOString() },
    });
    expect(await decide(world.click(back), world.bot())).toMatchObject({ kind: 'refused' });
    expect(world.things.get('web')?.image).toBe(newImage);
  });
});
