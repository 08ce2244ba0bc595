import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/serving/faults.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import { expectDoneOnce } from './afterwards.ts';
import {
  actionsOf,
  approve,
  ask,
  type Change,
  deploy,
  eventually,
  messagesIn,
  openChannel,
  plan,
  reaches,
  recordOf,
  shownPlan,
} from './change.ts';
import { type FaultStage, openStage } from './stage.ts';

const troubles: readonly (readonly [string, Fault])[] = [
  ['429', { status: 429 }],
  ['500', { status: 500 }],
];
const times = 2;

let stage: FaultStage;
beforeAll(async () => {
  stage = await openStage({ paced: false });
  await Promise.all([stage.startWorker(), stage.startBot()]);
}, 60_000);
afterEach(() => {
  for (const method of ['chat.postMessage', 'chat.update']) stage.slack.faults.set(undefined, method);
});
afterAll(() => stage.stop());

/** The next calls of a method fail. */
function fail(method: 'chat.postMessage' | 'chat.update', fault: Fault): void {
  stage.slack.faults.set({ ...fault, times, path: method }, method);
}

/** Whether all that were to fail have failed: then the fault is used up. */
function isUsedUp(method: 'chat.postMessage' | 'chat.update'): boolean {
  const left = stage.slack.faults.next(`/api/${method}`);
  if (left !== undefined) stage.slack.faults.set(undefined, method);
  return left === undefined;
}

describe.each(troubles)('Slack that answers %s', (code, fault) => {
  it('while "preparing" is posted, and while it becomes the plan', { timeout: 90_000 }, async () => {
    const name = `web-shown-${code}`;
    await deploy(stage, name);
    const channel = openChannel(stage, name);
    // The plan comes after the first message, or else there is nothing to update.
    const hold = Promise.withResolvers<undefined>();
    for (const { api } of stage.workers) {
      api.spoil = (_, path) => (path.includes(`/deployments/${name}`) ? hold.promise : undefined);
    }
    fail('chat.postMessage', fault);
    await ask(stage, name, channel);
    await eventually(() => expect(messagesIn(stage, channel)).toHaveLength(1));
    expect(isUsedUp('chat.postMessage')).toBe(true);
    fail('chat.update', fault);
    hold.resolve(undefined);
    const change = await shownPlan(stage, name, channel, 30_000);
    expect(isUsedUp('chat.update')).toBe(true);
    await approve(change);
    await expectDoneOnce(change);
  });

  it('to the deciding click: the buttons go late, and pressing them again does nothing', {
    timeout: 90_000,
  }, async () => {
    const name = `web-click-${code}`;
    const change = await plan(stage, name);
    stage.slack.faults.set({ ...fault, path: 'chat.update' }, 'chat.update');
    await approve(change);
    await reaches(change, ['approved', 'running', 'verifying', 'done']);
    expect(isStillThere(change)).toBe(true);
    await approve(change);
    await approve(change, 'chloe');
    await reaches(change, ['done']);
    stage.slack.faults.set(undefined, 'chat.update');
    await expectDoneOnce(change);
  });

  it('while progress and the result are posted', { timeout: 90_000 }, async () => {
    const name = `web-result-${code}`;
    await stage.behave(`deployment/${name}`, { readyAfterSeconds: 40 });
    const change = await plan(stage, name);
    await approve(change);
    await reaches(change, ['verifying']);
    fail('chat.update', fault);
    fail('chat.postMessage', fault);
    await expectDoneOnce(change);
    expect(isUsedUp('chat.postMessage')).toBe(true);
    expect(isUsedUp('chat.update')).toBe(true);
  });
});

describe('Slack that is away', () => {
  it('during the whole execution: it is done, and told when Slack is back', { timeout: 90_000 }, async () => {
    const change = await plan(stage, 'web-away');
    for (const method of ['chat.postMessage', 'chat.update']) {
      stage.slack.faults.set({ disconnect: true, path: method }, method);
    }
    await approve(change);
    await reaches(change, ['done']);
    expect(isStillThere(change)).toBe(true);
    for (const method of ['chat.postMessage', 'chat.update']) stage.slack.faults.set(undefined, method);
    await expectDoneOnce(change);
    expect((await recordOf(change)).votes).toHaveLength(1);
  });
});

function isStillThere({ stage: { slack }, channel, planTs }: Change): boolean {
  const message = slack.workspace.channels.get(channel)?.messages.find(({ ts }) => ts === planTs);
  return message !== undefined && actionsOf(message).includes(changeIds.approve);
}
