import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPatchOf, patchesOf } from './afterwards.ts';
import {
  approve,
  type Change,
  contentOf,
  deploymentOf,
  eventually,
  lateMs,
  messagesIn,
  plan,
  reaches,
} from './change.ts';
import { type FaultStage, openStage, type WorkerActor } from './stage.ts';

let stage: FaultStage;
let worker: WorkerActor;

beforeAll(async () => {
  stage = await openStage({ paced: false });
  [worker] = await Promise.all([stage.startWorker(), stage.startBot()]);
}, 60_000);
afterAll(() => stage.stop());

/** The same messages as ever, at their end: one plan, one result, and the object changed once. */
async function expectTold(change: Change): Promise<void> {
  await eventually(async () => {
    const messages = messagesIn(stage, change.channel);
    const plans = messages.filter((message) => contentOf(message).includes(`PLAN ${change.id}`));
    expect(plans.map(({ ts }) => ts)).toEqual([change.planTs]);
    expect(plans.map((message) => contentOf(message)).join()).toContain('FIXED');
    const results = messages.filter(({ thread_ts: parent }) => parent === change.planTs);
    expect(results.map((message) => contentOf(message))).toEqual([expect.stringContaining('FIXED')]);
  }, lateMs);
  expect(patchesOf(change)).toBe(1);
  expect((await deploymentOf(change)).image).toBe(`ghcr.io/acme/${change.name}:2`);
}

describe('FLUSHALL while a change is made', { timeout: 90_000 }, () => {
  it('just after its patch: the thread comes to its end, and nothing is done twice', async () => {
    const change = await plan(stage, 'web-patched');
    const caught = Promise.withResolvers<undefined>();
    const over = Promise.withResolvers<undefined>();
    worker.api.spoil = async (method, path) => {
      if (!isPatchOf('web-patched')(method, path) || path.includes('dryRun')) return undefined;
      caught.resolve(undefined);
      return { hold: () => over.promise };
    };
    await approve(change);
    await caught.promise;
    await eventually(() => expect(patchesOf(change)).toBe(1));
    await stage.store.client.call('FLUSHALL');
    over.resolve(undefined);
    await expectTold(change);
    worker.api.spoil = () => undefined;
  });

  it('while its rollout is watched: the same', async () => {
    await stage.behave('deployment/web-watched', { readyAfterSeconds: 8 });
    const change = await plan(stage, 'web-watched');
    await approve(change);
    await reaches(change, ['verifying']);
    await stage.store.client.call('FLUSHALL');
    await expectTold(change);
  });
});
