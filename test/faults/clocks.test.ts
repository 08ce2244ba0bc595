import { afterEach, describe, expect, it } from 'vitest';
import { act } from '../../src/sandbox/slack/acting.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import { expectDoneOnce } from './afterwards.ts';
import {
  approve,
  type Change,
  contentOf,
  deploy,
  eventually,
  messagesIn,
  openChannel,
  plan,
  press,
  reaches,
  shownPlan,
} from './change.ts';
import { clusterId, type FaultStage, openStage, shop } from './stage.ts';

const minuteMs = 60_000;

let stage: FaultStage;
afterEach(() => stage.stop());

/** How long it takes until the thread of a question shows its answer, in milliseconds. */
async function answeredAfter(name: string): Promise<number> {
  await deploy(stage, name);
  const channel = openChannel(stage, name);
  const asked = performance.now();
  await act(stage.slack, { as: 'ana', channel, text: `/imagecheck deployment/${name} -n ${shop}` });
  await eventually(() => {
    const told = messagesIn(stage, channel).map((message) => contentOf(message));
    expect(told[0]).not.toMatch(/queued|waiting for worker/);
    expect(told).toHaveLength(2);
  });
  return performance.now() - asked;
}

/** The thread of a change says that it is done, and the button below the result takes it back. */
async function expectTakenBack(change: Change): Promise<void> {
  await press(change, changeIds.undo, 'ana');
  const back = await shownPlan(stage, change.name, change.channel);
  await approve(back);
  expect(await reaches(back, ['done'])).toMatchObject({ results: [{ outcome: 'fixed' }] });
}

async function workerSays(): Promise<number | undefined> {
  const [state] = await stage.store.workers.alive(clusterId);
  return state?.clockAheadMs;
}

describe('processes whose clocks are wrong', { timeout: 120_000 }, () => {
  it.each<[string, { readonly bot?: number; readonly worker?: number }]>([
    ['a bot 2 min behind', { bot: -2 * minuteMs }],
    ['a bot 15 min ahead', { bot: 15 * minuteMs }],
    ['a worker 15 min ahead', { worker: 15 * minuteMs }],
    ['a worker 15 min behind', { worker: -15 * minuteMs }],
  ])(
    '%s: questions and changes go as with right ones, and it says what is wrong',
    async (_, { bot = 0, worker = 0 }) => {
      stage = await openStage({ paced: false });
      const [worked, answered] = await Promise.all([
        stage.startWorker({ clockMs: worker }),
        stage.startBot({ clockMs: bot }),
      ]);
      expect(await answeredAfter('asked')).toBeLessThan(10_000);
      const change = await plan(stage, 'web');
      await approve(change);
      await expectDoneOnce(change);
      await eventually(() => {
        const told = messagesIn(stage, change.channel).map((message) => contentOf(message));
        expect(told.some((text) => text.includes('FIXED'))).toBe(true);
        expect(told.join(' ')).not.toMatch(/waiting for worker|queued/);
      });
      await expectTakenBack(change);
      expect(Math.abs(((await workerSays()) ?? Number.NaN) - worker)).toBeLessThan(1000);
      const logs = [worked.log(), answered.log()].map((log) => log.includes('Redis’s'));
      expect(logs).toEqual([true, true]);
      const skewed = bot === 0 ? worked : answered;
      expect(skewed.log()).toMatch(/clock is \d+ (?:s|min) (?:ahead|behind)/);
    },
  );

  it('more than 20 min apart: nothing is decided, and the refusal names both clocks', async () => {
    stage = await openStage({ paced: false });
    await Promise.all([stage.startWorker(), stage.startBot({ clockMs: 60 * minuteMs })]);
    const change = await plan(stage, 'far');
    await approve(change);
    await eventually(() => {
      const all = stage.slack.workspace.channels.get(change.channel)?.messages ?? [];
      const told = all.map((message) => contentOf(message)).join(' ');
      expect(told).toMatch(/too far apart/);
      expect(told).toMatch(/by Redis’s clock, which counts, and .* by this process’s, which is 60 min ahead/);
    });
    expect(await reaches(change, ['pending'])).toMatchObject({ votes: [] });
  });
});
