import { describe, expect, test } from 'vitest';
import { prepare } from '../../../../src/flows/change/request/prepare.ts';
import { requestChange } from '../../../../src/flows/change/request/request.ts';
import type { JobContext, JobData } from '../../../../src/jobs.ts';
import { sampleApproval } from '../../../support/approval-samples.ts';
import { changeWorld } from '../../../support/change-world.ts';

/** A requested change, whose planning kills workers. */
async function requested() {
  const world = changeWorld();
  const at = world.now().toISOString();
  const targets = [
    {
      subject: { kind: 'Deployment' as const, namespace: 'prod', name: 'web' },
      params: { image: 'ghcr.io/acme/web:2' },
    },
  ];
  const request = { version: 1 as const, cluster: 'dev-eu', remedy: 'set-image' as const, targets, at };
  const approval = sampleApproval({ requester: 'UANA', requestedAt: at, request });
  await requestChange(approval, world.bot());
  const { team, id } = approval;
  let plans = 0;
  const usual = world.worker();
  const deps = {
    ...usual,
    plan: ((...how) => {
      plans += 1;
      return usual.plan(...how);
    }) satisfies typeof usual.plan,
  };
  const job: JobData<'prepare'> = { version: 1, cluster: 'dev-eu', team, approval: id };
  const never = new AbortController().signal;
  return {
    world,
    id,
    plans: () => plans,
    prepare: (over: Partial<JobContext> = {}) => prepare(job, deps, { signal: never, stopping: never, ...over }),
    /** A worker takes it and is not heard of again. */
    die: async (holder: string) => {
      await world.records.approvals.hold(team, id, holder, 1000);
      world.pass(10_000);
    },
    giveBack: async (holder: string) => {
      await world.records.approvals.hold(team, id, holder, 1000);
      await world.records.approvals.release(team, id, holder);
    },
  };
}

describe('planning whose worker died', () => {
  test('is tried once more, alone', async () => {
    const { world, id, plans, prepare: run, die } = await requested();
    await die('a');
    expect(await run()).toBe('alone');
    expect(plans()).toBe(0);
    expect(await run({ isAlone: true })).toBeUndefined();
    expect(world.stored(id).state).toBe('pending');
  });

  test('ends with what to do after the second death', async () => {
    const { world, id, plans, prepare: run, die } = await requested();
    await die('a');
    await die('b');
    expect(await run()).toBeUndefined();
    expect(plans()).toBe(0);
    expect(world.stored(id)).toMatchObject({
      state: 'failed',
      outcome: expect.stringMatching(/^Planning this change stopped two workers of cluster dev-eu.*memory limit/),
    });
  });

  test('goes on as usual after workers that gave it back', async () => {
    const { world, id, prepare: run, giveBack } = await requested();
    for (const holder of ['a', 'b', 'c']) await giveBack(holder);
    expect(await run()).toBeUndefined();
    expect(world.stored(id).state).toBe('pending');
  });
});
