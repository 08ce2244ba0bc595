import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlanFor, requestOnce } from '../../../../src/flows/change/request/request-once.ts';
import type { ChangeAskDeps } from '../../../../src/flows/change/work/work.ts';
import type { Approval } from '../../../../src/model/approval/approval.ts';
import { sampleApproval } from '../../../support/approval-samples.ts';
import { changeWorld } from '../../../support/change-world.ts';
import { startRedis, type TestRedis } from '../../../support/redis.ts';
import { openStore, type TestStore } from '../../../support/store.ts';

const undo = (over: Partial<Approval> = {}): Approval => {
  const sample = sampleApproval(over);
  return { ...sample, request: { ...sample.request, remedy: 'undo', undoes: 'F1RSTAAA' } };
};
const button = (finding: number, over: Partial<Approval> = {}): Approval => {
  const sample = sampleApproval(over);
  const from = { reportId: 'r1', finding, proposals: [0], everywhere: false };
  return { ...sample, request: { ...sample.request, targets: [], from } };
};

describe('requestOnce', () => {
  it.each<[string, (over?: Partial<Approval>) => Approval]>([
    ['an undo', undo],
    ['the button of a finding', (over) => button(2, over)],
  ])('%s: the second one gets the first, and nothing is recorded for it', async (_, wish) => {
    const world = changeWorld();
    expect(await requestOnce(wish({ requester: 'UANA' }), world.bot())).toBe('created');
    const second = await requestOnce(wish({ requester: 'UBEN' }), world.bot());
    expect(second).toMatchObject({ waits: { state: 'preparing', requester: 'UANA', channel: 'C1' } });
    expect(world.jobs).toHaveLength(1);
    expect(world.records.events()).toHaveLength(1);
  });

  it('the same delivery again is no second wish, also once its plan is over', async () => {
    const world = changeWorld();
    const wanted = undo();
    expect(await requestOnce(wanted, world.bot())).toBe('created');
    expect(await requestOnce(wanted, world.bot())).toBe('exists');
    await over(world, 'rejected');
    expect(await requestOnce(wanted, world.bot())).toBe('exists');
    expect(await requestOnce(undo(), world.bot())).toBe('created');
    expect(await requestOnce(wanted, world.bot())).toBe('exists');
  });

  it.each(['rejected', 'expired', 'failed', 'done', 'over its time'] as const)(
    'a plan that is %s makes room for another one',
    async (end) => {
      const world = changeWorld();
      await requestOnce(undo(), world.bot());
      await over(world, end);
      expect(await openPlanFor(undo(), world.bot())).toBeUndefined();
      expect(await requestOnce(undo(), world.bot())).toBe('created');
      expect(await requestOnce(undo(), world.bot())).toMatchObject({ waits: { state: 'preparing' } });
    },
  );

  it('a plan that was superseded is followed to the one of today', async () => {
    const world = changeWorld();
    await requestOnce(undo(), world.bot());
    const [first] = await world.records.approvals.list('T1', { limit: 1 });
    if (first === undefined) throw new Error('nothing was recorded');
    world.records.forge({ ...first, state: 'superseded', supersededBy: 'SEC0ND11' });
    world.records.forge({ ...first, id: 'SEC0ND11', state: 'pending', expiresAt: '2126-01-01T00:00:00.000Z' });
    expect(await requestOnce(undo(), world.bot())).toMatchObject({ waits: { id: 'SEC0ND11' } });
  });

  it.each<[string, Approval, Approval]>([
    ['another button', button(1), button(2)],
    ['in another channel, whose people may not see this one', undo({ channel: 'C7' }), undo()],
    ['of another workspace', undo({ team: 'T2' }), undo()],
    ['typed by name', sampleApproval(), sampleApproval()],
  ])('%s is a wish of its own', async (_, first, second) => {
    const world = changeWorld();
    expect(await requestOnce(first, world.bot())).toBe('created');
    expect(await requestOnce(second, world.bot())).toBe('created');
  });
});

async function over(world: ReturnType<typeof changeWorld>, end: string): Promise<void> {
  const [open] = (await world.records.approvals.list('T1', { limit: 50 })).filter(({ state }) => state === 'preparing');
  if (open === undefined) throw new Error('nothing is open');
  const late = { state: 'pending' as const, expiresAt: world.now().toISOString() };
  world.records.forge({ ...open, ...(end === 'over its time' ? late : { state: end as Approval['state'] }) });
}

describe('requestOnce on Redis', () => {
  let redis: TestRedis;
  let stores: readonly TestStore[];
  beforeAll(async () => {
    redis = await startRedis();
    const prefix = 'once';
    stores = [await openStore(redis.url, 'producer', { prefix }), await openStore(redis.url, 'producer', { prefix })];
  });
  afterAll(async () => {
    for (const store of stores ?? []) await store.end();
    await redis?.close();
  });

  it('of two bots that are asked in the same moment one makes the plan, and both know it', async () => {
    for (let round = 0; round < 20; round += 1) {
      const asked = (requester: string) => {
        const one = button(round, { requester });
        return { ...one, requestedAt: new Date().toISOString() };
      };
      const answers = await Promise.all(
        stores.map((store, index) => {
          const deps: ChangeAskDeps = { ...changeWorld().bot(), approvals: store.approvals, audit: store.audit };
          return requestOnce(asked(`U${index}`), deps);
        }),
      );
      expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
      expect(answers.filter((answer) => typeof answer === 'object')).toMatchObject([{ waits: { state: 'preparing' } }]);
    }
    expect(await stores[0]?.approvals.list('T1', { limit: 100 })).toHaveLength(20);
  });
});
