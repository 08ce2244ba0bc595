import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../../../src/flows/change/decide/decide.ts';
import { review } from '../../../../src/flows/change/decide/review.ts';
import type { ApprovePolicy } from '../../../../src/model/approval/approval-settings.ts';
import { isSignedBy } from '../../../../src/model/approval/signatures.ts';
import { changeWorld, keys, usualPolicy } from '../../../support/change-world.ts';

const rulesWith = (patch: Partial<ApprovePolicy['rules'][number]>): ApprovePolicy => ({
  ...usualPolicy,
  rules: usualPolicy.rules.map((rule) => ({ ...rule, ...patch })),
});

const kinds = (decisions: readonly Decision[]) => decisions.map(({ kind }) => kind).toSorted();

describe('decide', () => {
  it('signs the grant with the last needed vote and wakes a worker', async () => {
    const world = changeWorld();
    const bot = world.bot({ policy: rulesWith({ votes: 2 }) });
    const pending = await world.pending();
    expect(await decide(world.click(pending), bot)).toMatchObject({ kind: 'voted' });
    expect(world.jobs).toEqual([]);
    expect(await decide(world.click(pending, { user: 'UCARL' }), bot)).toMatchObject({ kind: 'granted' });
    const { grant, digest, votes } = world.stored(pending.id);
    expect(grant && isSignedBy(grant, [keys.publicKey])).toBe(true);
    expect(grant?.grant).toMatchObject({
      approval: pending.id,
      digest,
      requester: 'UANA',
      cluster: 'dev-eu',
      team: 'T1',
    });
    expect(grant?.grant.votes).toEqual(votes);
    const { decidedAt = '', executeBefore = '' } = grant?.grant ?? {};
    expect(Date.parse(executeBefore) - Date.parse(decidedAt)).toBe(600_000);
    expect(world.jobs).toMatchObject([{ name: 'execute', data: { approval: pending.id } }]);
    expect(world.actions(pending.id)).toEqual(['requested', 'shown', 'approved', 'approved', 'granted']);
    expect(world.shown.get(`approval:${pending.id}:plan`)?.body).toMatchObject({ approval: { state: 'approved' } });
  });

  it('waits a moment for a plan that is shown and not recorded yet', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    const bot = world.bot();
    const { approvals } = bot;
    let left = 3;
    const late = {
      ...approvals,
      get: async (...place: Parameters<typeof approvals.get>) => {
        const approval = await approvals.get(...place);
        left -= 1;
        return approval !== undefined && left >= 0 ? { ...approval, state: 'preparing' as const } : approval;
      },
    };
    expect(await decide(world.click(pending), { ...bot, approvals: late })).toMatchObject({ kind: 'granted' });
  });

  it('makes one grant of 100 clicks at the same time', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    const everyone = Array.from({ length: 100 }, (_, index) => `U${index}`);
    const policy = rulesWith({ approvers: { users: everyone, groups: [] } });
    const bot = world.bot({ policy });
    const decisions = await Promise.all(everyone.map((user) => decide(world.click(pending, { user }), bot)));
    expect(kinds(decisions)).toEqual(['granted', ...Array.from({ length: 99 }, () => 'over')]);
    expect(world.actions(pending.id).filter((action) => action === 'granted')).toHaveLength(1);
    await world.settle(world.worker({ policy }));
    expect(world.patches).toHaveLength(1);
  });

  it('counts both of two approvers in the same millisecond', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    const bot = world.bot({ policy: rulesWith({ votes: 2 }) });
    const decisions = await Promise.all(['UBEN', 'UCARL'].map((user) => decide(world.click(pending, { user }), bot)));
    expect(kinds(decisions)).toEqual(['granted', 'voted']);
  });

  it.each(['approve', 'reject'] as const)('gives every delivery of one click the same answer: %s', async (what) => {
    const world = changeWorld();
    const pending = await world.pending();
    const click = world.click(pending, { what, reason: 'not today', key: 'delivery-1' });
    const decisions = await Promise.all(Array.from({ length: 5 }, () => decide(click, world.bot())));
    decisions.push(await decide(click, world.bot()));
    expect(new Set(kinds(decisions))).toEqual(new Set([what === 'approve' ? 'granted' : 'rejected']));
    expect(world.actions(pending.id)).toHaveLength(what === 'approve' ? 4 : 3);
  });

  it('tells a second press of one person that it counts once', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    const bot = world.bot({ policy: rulesWith({ votes: 2 }) });
    await decide(world.click(pending), bot);
    expect(await decide(world.click(pending), bot)).toMatchObject({ kind: 'refused' });
    expect(world.stored(pending.id).votes).toHaveLength(1);
  });

  it('expires at the click, and takes the buttons away', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    world.pass(3_600_000);
    const decision = await decide(world.click(pending), world.bot());
    expect(decision).toMatchObject({ kind: 'over', approval: { state: 'expired' } });
    expect(world.actions(pending.id).at(-1)).toBe('expired');
    expect(world.shown.get(`approval:${pending.id}:plan`)?.body).toMatchObject({ approval: { state: 'expired' } });
    world.pass(7 * 24 * 3_600_000);
    expect(await decide(world.click(pending), world.bot())).toMatchObject({
      kind: 'over',
      approval: { state: 'expired' },
    });
    expect(world.actions(pending.id).filter((action) => action === 'expired')).toHaveLength(1);
  });

  it('knows nothing of an approval that is gone or of another workspace', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    expect(await decide(world.click(pending, { id: 'ZZZZZZZZ' }), world.bot())).toEqual({ kind: 'unknown' });
    expect(await decide(world.click(pending, { team: 'T2' }), world.bot())).toEqual({ kind: 'unknown' });
  });

  it('lets who asked withdraw it, and others only with the right and a reason', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    const reject = (user: string, reason = 'wrong tag') =>
      decide(world.click(pending, { what: 'reject', user, reason }), world.bot());
    expect(await reject('UEVE')).toMatchObject({ kind: 'refused' });
    expect(await reject('UBEN', '  ')).toMatchObject({ kind: 'refused' });
    expect(await reject('UANA')).toMatchObject({ kind: 'rejected', approval: { rejection: { reason: 'wrong tag' } } });
    expect(await decide(world.click(pending), world.bot())).toMatchObject({
      kind: 'over',
      approval: { state: 'rejected' },
    });
  });

  const refusals: Record<
    string,
    [Parameters<ReturnType<typeof changeWorld>['click']>[1], Parameters<ReturnType<typeof changeWorld>['bot']>[0]]
  > = {
    'who asked': [{ user: 'UANA' }, { policy: rulesWith({ approvers: { users: ['UANA'], groups: [] } }) }],
    'who is not named': [{ user: 'UEVE' }, {}],
    'whose groups cannot be read': [{ user: 'UEVE', groups: 'unreadable' }, {}],
    'a button of another plan': [{ digest: 'f'.repeat(64) }, {}],
    'everyone without a rule': [{}, { policy: { ...usualPolicy, rules: [] } }],
    'who breaks a glass that is not there': [{ what: 'break-glass', reason: 'production is down' }, {}],
    'who names no ticket': [{}, { policy: { ...rulesWith({ ticket: true }), requireTicket: 'OPS-\\d+' } }],
    'everyone in a freeze': [
      {},
      {
        policy: {
          ...usualPolicy,
          freeze: [
            { name: 'x', clusters: ['*'], namespaces: ['*'], from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' },
          ],
        },
      },
    ],
  };
  it.each(Object.entries(refusals))('refuses %s, once in the audit stream', async (_, [click, over]) => {
    const world = changeWorld();
    const pending = await world.pending();
    const pressed = world.click(pending, { key: 'same', ...click });
    for (let delivery = 0; delivery < 3; delivery += 1) {
      expect(await decide(pressed, world.bot(over))).toMatchObject({
        kind: 'refused',
        why: expect.stringMatching(/./),
      });
    }
    expect(world.actions(pending.id)).toEqual(['requested', 'shown', 'refused']);
    expect(world.stored(pending.id)).toMatchObject({ state: 'pending', votes: [] });
  });

  it('refuses without a key to sign with', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    const { privateKey: _, ...bot } = world.bot();
    expect(await decide(world.click(pending), bot)).toMatchObject({
      kind: 'refused',
      remedy: expect.stringContaining('imagecheck keys'),
    });
  });

  it('takes the vote of a group member, with the group in the grant', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    const decision = await decide(world.click(pending, { user: 'UDORA', groups: ['dask-owners'] }), world.bot());
    expect(decision).toMatchObject({
      kind: 'granted',
      approval: { grant: { grant: { votes: [{ groups: ['dask-owners'] }] } } },
    });
  });

  describe('a broken glass', () => {
    const glassRule = (group: string, securityChannel: string): ApprovePolicy['breakGlass'][number] => ({
      approvers: { users: [], groups: [group] },
      clusters: ['*'],
      namespaces: ['*'],
      remedies: ['set-image'],
      securityChannel,
    });
    const policy: ApprovePolicy = {
      ...usualPolicy,
      breakGlass: [glassRule('on-call-a', 'CSECA'), glassRule('on-call-b', 'CSECB')],
    };
    const breaking = {
      what: 'break-glass',
      user: 'UDORA',
      groups: ['on-call-b'],
      reason: 'production is down',
    } as const;
    const noticeOf = (id: string) => `approval:${id}:break-glass`;

    it('is told to the channel of the rule that lets this person do it', async () => {
      const world = changeWorld();
      const pending = await world.pending();
      await decide(world.click(pending, breaking), world.bot({ policy }));
      expect(world.shown.get(noticeOf(pending.id))).toMatchObject({
        channel: 'CSECB',
        body: {
          view: 'notice',
          people: ['UDORA'],
          text: expect.stringMatching(/@UDORA .* alone .*production is down/),
        },
      });
    });

    it('is told by the worker where the bot died right after the decision', async () => {
      const world = changeWorld();
      const pending = await world.pending();
      const dead = { put: () => Promise.reject(new Error('killed')) };
      await decide(world.click(pending, breaking), world.bot({ policy, outbox: dead }));
      expect(world.shown.has(noticeOf(pending.id))).toBe(false);
      await world.settle(world.worker({ policy }));
      expect(world.stored(pending.id)).toMatchObject({ state: 'done' });
      expect(world.shown.get(noticeOf(pending.id))).toMatchObject({ channel: 'CSECB' });
    });

    it('is told also where nothing was done in the end', async () => {
      const world = changeWorld();
      const pending = await world.pending();
      const dead = { put: () => Promise.reject(new Error('killed')) };
      await decide(world.click(pending, breaking), world.bot({ policy, outbox: dead }));
      world.pass(11 * 60_000);
      await world.settle(world.worker({ policy }));
      expect(world.stored(pending.id)).toMatchObject({ state: 'expired' });
      expect(world.shown.get(noticeOf(pending.id))).toMatchObject({ channel: 'CSECB' });
    });
  });

  it('lets someone on call break the glass, tells the security channel, and has it reviewed by someone else', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    const policy: ApprovePolicy = {
      ...usualPolicy,
      breakGlass: [
        {
          approvers: { users: [], groups: ['on-call'] },
          clusters: ['*'],
          namespaces: ['*'],
          remedies: ['set-image'],
          securityChannel: 'CSEC',
        },
      ],
    };
    const glass = world.click(pending, {
      what: 'break-glass',
      user: 'UDORA',
      groups: ['on-call'],
      reason: 'production is down',
    });
    expect(await decide(glass, world.bot({ policy }))).toMatchObject({ kind: 'granted' });
    expect(world.actions(pending.id)).toEqual(['requested', 'shown', 'break-glass', 'granted']);
    expect(world.shown.get(`approval:${pending.id}:break-glass`)).toMatchObject({ channel: 'CSEC' });
    await world.settle(world.worker({ policy }));
    expect(world.patches).toHaveLength(1);
    const looked = (user: string, groups: readonly string[] = []) =>
      review({ team: 'T1', id: pending.id, user, groups }, world.bot({ policy }));
    expect(await looked('UDORA', ['on-call'])).toMatchObject({ kind: 'refused' });
    expect(await looked('UANA')).toMatchObject({ kind: 'refused' });
    expect(await looked('UEVE')).toMatchObject({ kind: 'refused' });
    expect(await looked('UBEN')).toMatchObject({ kind: 'over', approval: { review: { user: 'UBEN' } } });
    expect(await looked('UCARL')).toMatchObject({ kind: 'over', approval: { review: { user: 'UBEN' } } });
    expect(world.actions(pending.id).filter((action) => action === 'reviewed')).toHaveLength(1);
  });
});
