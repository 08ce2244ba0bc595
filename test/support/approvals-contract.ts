import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Approval, ApprovalState } from '../../src/model/approval/approval.ts';
import type { Approvals } from '../../src/ports/approvals.ts';
import type { AuditTrail } from '../../src/ports/audit.ts';
import { sampleApproval, sampleEvent } from './approval-samples.ts';
import { auditContract } from './audit-contract.ts';

/** Both ports on one empty set of records; `approvals` and `audit` share the chain. */
export interface ApprovalRecords {
  readonly approvals: Approvals;
  readonly audit: AuditTrail;
  /** The same records as seen by another process; the same object if there is only one. */
  readonly other: { readonly approvals: Approvals; readonly audit: AuditTrail };
  end(): Promise<void>;
}

const none = { audit: [] };
const past = (): string => new Date(Date.now() - 60_000).toISOString();
const future = (): string => new Date(Date.now() + 600_000).toISOString();

/** What every implementation of `Approvals` and `AuditTrail` promises; `open` returns an empty one. */
export function approvalsContract(name: string, open: () => Promise<ApprovalRecords>): void {
  let records: ApprovalRecords;
  beforeEach(async () => {
    records = await open();
  });
  afterEach(() => records.end());

  /** An approval in this state, with the revision that it has now. */
  async function stored(state: ApprovalState, over: Partial<Approval> = {}): Promise<Approval> {
    const approval = sampleApproval({ state, ...over });
    await records.approvals.create(approval, none);
    return approval;
  }
  const dueIds = async (olderThanMs: number) => (await records.approvals.due(olderThanMs)).map(({ id }) => id);
  const everything = () => records.audit.read({ limit: 100_000 });

  describe(`${name}: a record`, () => {
    test('is created once and left as it is the second time, with its events', async () => {
      const approval = sampleApproval();
      const event = sampleEvent({ approval: approval.id });
      expect(await records.approvals.create(approval, { audit: [event] })).toBe('created');
      expect(await records.approvals.create({ ...approval, text: 'other' }, { audit: [event] })).toBe('exists');
      expect(await records.approvals.get(approval.team, approval.id)).toEqual({ ...approval, revision: 0 });
      expect((await everything()).map((record) => record.event)).toEqual([event]);
    });

    test('belongs to its workspace', async () => {
      const approval = await stored('pending');
      expect(await records.approvals.get('T2', approval.id)).toBeUndefined();
      expect(await records.approvals.get(approval.team, 'ZZZZZZZZ')).toBeUndefined();
      expect(await records.approvals.list('T2', { limit: 10 })).toEqual([]);
    });

    test('is changed by whoever knows its revision, and then it has the next one', async () => {
      const approval = await stored('preparing');
      const event = sampleEvent({ action: 'shown' });
      const changed = await records.approvals.change({ ...approval, state: 'pending' }, { audit: [event] });
      expect(changed).toEqual({ ...approval, state: 'pending', revision: 1 });
      expect(await records.approvals.get(approval.team, approval.id)).toEqual(changed);
      expect(await records.approvals.change({ ...approval, state: 'failed' }, { audit: [event] })).toBeUndefined();
      expect(await records.approvals.get(approval.team, approval.id)).toEqual(changed);
      expect((await everything()).map((record) => record.event)).toEqual([event]);
    });

    test('that does not exist cannot be changed', async () => {
      expect(await records.approvals.change(sampleApproval(), { audit: [sampleEvent()] })).toBeUndefined();
      expect(await everything()).toEqual([]);
    });

    test('that 100 people change at once has one change per revision', async () => {
      const approval = await stored('pending');
      const clicks = Array.from({ length: 100 }, (_, index) =>
        (index % 2 === 0 ? records : records.other).approvals.change(
          { ...approval, votes: [{ user: `U${index}`, groups: [], at: future() }] },
          { audit: [sampleEvent({ action: 'approved', actor: `U${index}` })] },
        ),
      );
      const won = (await Promise.all(clicks)).filter((result) => result !== undefined);
      expect(won).toHaveLength(1);
      expect(await records.approvals.get(approval.team, approval.id)).toEqual(won[0]);
      expect((await everything()).map(({ event }) => event.actor)).toEqual([won[0]?.votes[0]?.user]);
    });

    test('that 100 people change one after the other takes every change', async () => {
      const approval = await stored('pending');
      const vote = async (user: string, { approvals }: Pick<ApprovalRecords, 'approvals'>): Promise<void> => {
        for (;;) {
          const now = await approvals.get(approval.team, approval.id);
          if (now === undefined) throw new Error('it is gone');
          const votes = [...now.votes, { user, groups: [], at: past() }];
          const event = sampleEvent({ action: 'approved', actor: user });
          if ((await approvals.change({ ...now, votes }, { audit: [event] })) !== undefined) return;
        }
      };
      const users = Array.from({ length: 100 }, (_, index) => `U${index}`);
      await Promise.all(users.map((user, index) => vote(user, index % 2 === 0 ? records : records.other)));
      const after = await records.approvals.get(approval.team, approval.id);
      expect(after?.revision).toBe(100);
      expect(after?.votes.map(({ user }) => user).toSorted()).toEqual(users.toSorted());
      expect((await everything()).map(({ event }) => event.actor)).toEqual(after?.votes.map(({ user }) => user));
    });
  });

  describe(`${name}: work`, () => {
    const working: readonly ApprovalState[] = ['preparing', 'approved', 'running', 'verifying'];
    const idle: readonly ApprovalState[] = ['pending', 'done', 'rejected', 'expired', 'superseded', 'failed'];

    test.each(working)('%s is due, and one holder takes it', async (state) => {
      const { team, id, cluster } = await stored(state);
      expect(await records.approvals.due(60_000)).toEqual([]);
      expect(await records.approvals.due(0)).toEqual([{ team, id, cluster, state }]);
      expect(await dueIds(60_000)).toEqual([]);
      expect(await records.approvals.hold(team, id, 'a', 5000)).toBe(true);
      expect(await records.other.approvals.hold(team, id, 'b', 5000)).toBe(false);
      expect(await records.approvals.hold(team, id, 'a', 5000)).toBe(true);
      expect(await dueIds(0)).toEqual([]);
    });

    test.each(idle)('%s is never due and cannot be held', async (state) => {
      const { team, id } = await stored(state);
      expect(await dueIds(0)).toEqual([]);
      expect(await records.approvals.hold(team, id, 'a', 5000)).toBe(false);
      expect(await records.approvals.renew(team, id, 'a', 5000)).toBe(false);
      expect(await records.approvals.hold(team, 'ZZZZZZZZ', 'a', 5000)).toBe(false);
    });

    test('is due again when the lease ends, and someone else takes it', async () => {
      const { team, id } = await stored('running');
      await records.approvals.hold(team, id, 'a', 5000);
      expect(await records.other.approvals.renew(team, id, 'b', 5000)).toBe(false);
      expect(await records.approvals.renew(team, id, 'a', 1)).toBe(true);
      await expect.poll(() => dueIds(0)).toEqual([id]);
      expect(await records.other.approvals.hold(team, id, 'b', 5000)).toBe(true);
      expect(await records.approvals.renew(team, id, 'a', 5000)).toBe(false);
      await records.approvals.release(team, id, 'a');
      expect(await dueIds(0)).toEqual([]);
    });

    test('knows how many holders died, and is left to those who may take it after that many', async () => {
      const { team, id } = await stored('preparing');
      const { approvals } = records;
      await approvals.hold(team, id, 'a', 60_000);
      await approvals.release(team, id, 'a');
      expect(await approvals.deaths(team, id)).toBe(0);
      expect(await approvals.hold(team, id, 'b', 1, 0)).toBe(true);
      await expect.poll(() => approvals.deaths(team, id)).toBe(1);
      expect(await approvals.hold(team, id, 'c', 1, 0)).toBe(false);
      expect(await approvals.hold(team, id, 'c', 1, 1)).toBe(true);
      await expect.poll(() => approvals.deaths(team, id)).toBe(2);
      expect(await approvals.hold(team, id, 'd', 1, 1)).toBe(false);
      expect(await approvals.hold(team, id, 'd', 60_000)).toBe(true);
      expect(await approvals.deaths(team, id)).toBe(0);
    });

    test('that was given back is due without waiting', async () => {
      const { team, id } = await stored('approved');
      await records.approvals.hold(team, id, 'a', 60_000);
      await records.approvals.release(team, id, 'b');
      expect(await dueIds(0)).toEqual([]);
      await records.approvals.release(team, id, 'a');
      expect(await dueIds(60_000)).toEqual([id]);
      expect(await dueIds(60_000)).toEqual([]);
    });

    test('that is to be looked at later is not due before, also after it was given back', async () => {
      const approval = await stored('running');
      const { team, id } = approval;
      await records.approvals.hold(team, id, 'a', 60_000);
      const next = await records.approvals.change({ ...approval, state: 'verifying' }, { audit: [], dueInMs: 60_000 });
      await records.approvals.release(team, id, 'a');
      expect(await dueIds(0)).toEqual([]);
      if (next === undefined) throw new Error('it was not changed');
      await records.approvals.change(next, { audit: [], dueInMs: 30 });
      await expect.poll(() => dueIds(0)).toEqual([id]);
    });

    test('keeps its holder from one working state to the next, and loses it with the work', async () => {
      const approval = await stored('approved');
      const { team, id } = approval;
      await records.approvals.hold(team, id, 'a', 60_000);
      const running = await records.approvals.change({ ...approval, state: 'running' }, none);
      expect(await dueIds(0)).toEqual([]);
      expect(await records.approvals.renew(team, id, 'a', 60_000)).toBe(true);
      if (running === undefined) throw new Error('it was not changed');
      await records.approvals.change({ ...running, state: 'done' }, none);
      expect(await records.approvals.renew(team, id, 'a', 60_000)).toBe(false);
      await records.approvals.release(team, id, 'a');
      expect(await dueIds(0)).toEqual([]);
    });

    test('is given to one caller', async () => {
      const ids = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const { team, id } = await stored('approved');
          await records.approvals.hold(team, id, 'a', 60_000);
          await records.approvals.release(team, id, 'a');
          return id;
        }),
      );
      const callers = [records, records.other, records, records.other];
      const answers = await Promise.all(callers.map(({ approvals }) => approvals.due(60_000)));
      const given = answers.flat().map(({ id }) => id);
      expect(given.toSorted()).toEqual(ids.toSorted());
    });
  });

  describe(`${name}: expiry`, () => {
    test('of what is pending and over is told to one caller', async () => {
      const { team, id, cluster } = await stored('pending', { expiresAt: past() });
      await stored('pending', { expiresAt: future() });
      await stored('pending');
      await stored('approved', { expiresAt: past() });
      await stored('rejected', { expiresAt: past() });
      expect(await records.approvals.expired(60_000)).toEqual([{ team, id, cluster, state: 'pending' }]);
      expect(await records.other.approvals.expired(60_000)).toEqual([]);
    });

    test('is told again as long as nobody did something about it', async () => {
      const approval = await stored('pending', { expiresAt: past() });
      const ids = async () => (await records.approvals.expired(20)).map(({ id }) => id);
      expect(await ids()).toEqual([approval.id]);
      await expect.poll(ids).toEqual([approval.id]);
      await records.approvals.change({ ...approval, state: 'expired' }, none);
      expect(await records.approvals.expired(0)).toEqual([]);
    });
  });

  describe(`${name}: the list`, () => {
    test('is newest first, by cluster and state, and as long as wanted', async () => {
      const one = await stored('pending');
      const two = await stored('done', { cluster: 'prod-eu' });
      const three = await stored('pending', { cluster: 'prod-eu' });
      await stored('pending', { team: 'T2' });
      const ids = async (which: Parameters<Approvals['list']>[1]) =>
        (await records.approvals.list('T1', which)).map(({ id }) => id);
      expect(new Set(await ids({ limit: 10 }))).toEqual(new Set([three.id, two.id, one.id]));
      expect(await ids({ limit: 10, states: ['pending'], cluster: 'prod-eu' })).toEqual([three.id]);
      expect(await ids({ limit: 10, states: ['done'] })).toEqual([two.id]);
      expect(await ids({ limit: 10, states: [] })).toEqual([]);
      expect(await ids({ limit: 1 })).toHaveLength(1);
      await records.approvals.change({ ...three, state: 'rejected' }, none);
      expect(await ids({ limit: 10, states: ['pending'] })).toEqual([one.id]);
      expect(await ids({ limit: 10, states: ['rejected', 'done'] })).toHaveLength(2);
    });
  });

  describe(`${name}: uses of break glass`, () => {
    test('are listed until someone has looked at them, however much came after', async () => {
      const grant = brokenGlass(await stored('pending', { cluster: 'prod-eu' }));
      const used = await records.approvals.change({ ...grant, state: 'approved' }, none);
      if (used === undefined) throw new Error('it was not changed');
      const done = await records.approvals.change({ ...used, state: 'done' }, none);
      if (done === undefined) throw new Error('it was not changed');
      for (let count = 0; count < 5; count += 1) await stored('done');
      const ids = async (more: { readonly cluster?: string } = {}) =>
        (await records.approvals.list('T1', { toReview: true, limit: 2, ...more })).map(({ id }) => id);
      expect(await ids()).toEqual([done.id]);
      expect(await ids({ cluster: 'prod-eu' })).toEqual([done.id]);
      expect(await ids({ cluster: 'dev-eu' })).toEqual([]);
      await records.approvals.change({ ...done, review: { user: 'U2', at: past() } }, none);
      expect(await ids()).toEqual([]);
    });
  });

  auditContract(name, () => records);
}

function brokenGlass(approval: Approval): Approval {
  const { id, team, cluster, requester } = approval;
  const votes = [{ user: 'U9', groups: ['oncall'], at: past() }];
  const of = { version: 1, approval: id, team, cluster, digest: 'd', requester, votes, nonce: 'n' } as const;
  const grant = { ...of, breakGlass: 'prod is down', decidedAt: past(), executeBefore: future() };
  return { ...approval, grant: { keyId: 'k', signature: 's', grant } };
}
