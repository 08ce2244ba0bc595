import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import { auditOf, expectDoneOnce, patchesOf } from './afterwards.ts';
import {
  approve,
  type Change,
  contentOf,
  deploymentOf,
  eventually,
  messagesIn,
  plan,
  press,
  reaches,
  recordOf,
  shownPlan,
} from './change.ts';
import { type Actor, type FaultStage, openStage } from './stage.ts';

let stage: FaultStage;
let actors: readonly Actor[];
beforeAll(async () => {
  stage = await openStage({ paced: false });
  actors = await Promise.all([stage.startWorker(), stage.startBot()]);
}, 60_000);
afterAll(() => stage.stop());

/** Ends everything of the product and Redis; what comes up afterwards has only what Redis wrote down. */
async function restartEverything(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  await Promise.all(actors.map((actor) => actor.kill()));
  await stage.redis.stop(signal);
  expect(actors.map((actor) => actor.alive())).toEqual([false, false]);
  await stage.redis.start();
  actors = await Promise.all([stage.startWorker(), stage.startBot()]);
}

/** Presses *Undo* below the result and gives the change that takes it back, once its plan is there. */
async function undo(change: Change): Promise<Change> {
  await press(change, changeIds.undo, 'ana');
  return await shownPlan(stage, change.name, change.channel);
}

async function expectUndone(change: Change, back: Change): Promise<void> {
  expect(await reaches(back, ['done'])).toMatchObject({
    request: { remedy: 'undo', undoes: change.id },
    results: [{ outcome: 'fixed' }],
  });
  expect(await recordOf(change)).toMatchObject({ state: 'done', undoneBy: back.id });
  const { image, annotations, generation } = await deploymentOf(change);
  expect({ image, generation }).toEqual({ image: `ghcr.io/acme/${change.name}:1`, generation: 3 });
  expect(annotations['imagecheck.dev/last-approval']).toBe(back.id);
  expect(patchesOf(change)).toBe(2);
  const audit = await auditOf(stage);
  const ofBack = audit.filter(({ approval }) => approval === back.id).map(({ action }) => action);
  expect(ofBack).toEqual(['requested', 'shown', 'approved', 'granted', 'started', 'executed', 'verified']);
  expect(audit.filter(({ approval, action }) => approval === change.id && action === 'undone')).toHaveLength(1);
  await eventually(() => {
    const told = messagesIn(stage, change.channel).map((message) => contentOf(message));
    expect(told.some((text) => text.includes('UNDONE') && text.includes(back.id))).toBe(true);
    expect(told.some((text) => text.includes(change.id) && text.includes(`ndone by`))).toBe(true);
  });
}

describe('everything stops between a change and its undo', { timeout: 120_000 }, () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('Redis by %s: the button still takes it back', async (signal) => {
    const change = await plan(stage, `web-${signal.toLowerCase()}`);
    await approve(change);
    await expectDoneOnce(change);
    await restartEverything(signal);
    const back = await undo(change);
    await approve(back);
    await expectUndone(change, back);
  });
});
