import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, click, type Stage } from '../../src/sandbox/slack/acting.ts';
import type { Delivery, EnvelopeType } from '../../src/sandbox/slack/delivery.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import { auditOf, expectDoneOnce } from './afterwards.ts';
import {
  actionsOf,
  approve,
  type Change,
  contentOf,
  deploy,
  eventually,
  messagesIn,
  openChannel,
  plan,
  reaches,
  recordOf,
  saysTryAgain,
  shownPlan,
  toldTo,
} from './change.ts';
import { type FaultStage, openStage, shop } from './stage.ts';

const crowd = Array.from({ length: 100 }, (_, index) => `U0P${index}`);
const votes = 3;

let stage: FaultStage;
beforeAll(async () => {
  stage = await openStage({ approvers: crowd, votes, paced: false });
  for (const id of crowd) {
    stage.slack.workspace.people.set(id, { id, name: id.toLowerCase(), realName: id, guest: false });
  }
  await Promise.all([stage.startWorker(), stage.startWorker(), stage.startBot(), stage.startBot()]);
  await eventually(() => expect(stage.slack.delivery.connections()).toBeGreaterThanOrEqual(2));
}, 90_000);
afterAll(() => stage.stop());

/** The same Slack, which delivers in another way. */
function delivering(deliver: Delivery['deliver']): Stage {
  return { ...stage.slack, delivery: { ...stage.slack.delivery, deliver } };
}

/** A Slack that repeats each request later: the same payload, with the same trigger, in an envelope of its own. */
function repeating(): { readonly slack: Stage; readonly again: () => Promise<unknown> } {
  const sent: (readonly [EnvelopeType, Readonly<Record<string, unknown>>])[] = [];
  const { delivery } = stage.slack;
  return {
    slack: delivering((type, payload) => {
      sent.push([type, payload]);
      return delivery.deliver(type, payload);
    }),
    again: () => Promise.all(sent.map(([type, payload]) => delivery.deliver(type, payload))),
  };
}

function press(slack: Stage, { planTs }: Change, as: string): Promise<void> {
  return click(slack, { as, messageTs: planTs, actionId: changeIds.approve });
}

/** The message of the plan has no button to approve it any more, and names who did. */
function expectShownAsApproved({ channel, planTs }: Change): void {
  const message = messagesIn(stage, channel).find(({ ts }) => ts === planTs);
  expect(message).toBeDefined();
  if (message === undefined) return;
  expect(actionsOf(message)).not.toContain(changeIds.approve);
  expect(contentOf(message)).toMatch(/approved|fixed/i);
}

describe('two bots and two workers', { timeout: 90_000 }, () => {
  it('let 100 people press at the same moment, some twice, some repeated by Slack', async () => {
    const change = await plan(stage, 'web-crowd');
    const { slack, again } = repeating();
    const presses = crowd.flatMap((as, index) => (index % 5 === 0 ? [as, as] : [as]));
    await Promise.all(presses.map((as) => press(slack, change, as)));
    await eventually(async () => {
      // A press that takes too long is answered before it counts; one that Redis was too slow for is made again.
      const { state, votes: sofar } = await recordOf(change);
      const toldToPressAgain = crowd.filter((user) => toldTo(change, user).some(saysTryAgain));
      if (state === 'pending')
        await Promise.all(toldToPressAgain.slice(0, votes).map((as) => press(slack, change, as)));
      expect(sofar.length).toBe(votes);
    });
    const { votes: cast, grant } = await recordOf(change);
    expect(new Set(cast.map(({ user }) => user)).size).toBe(votes);
    expect(grant?.grant.votes).toEqual(cast);
    await expectDoneOnce(change, { votes, mayRefuse: true });
    const recorded = await auditOf(stage);
    await again();
    await expectDoneOnce(change, { votes, mayRefuse: true });
    expect(await auditOf(stage), 'what was repeated leaves nothing behind').toHaveLength(recorded.length);
    // Who has voted and presses once more while others are still missing.
    const refused = recorded.filter(({ approval, action }) => approval === change.id && action === 'refused');
    for (const { actor } of refused) expect(cast.map(({ user }) => user)).toContain(actor);
    const { channel } = change;
    const late = crowd.filter((user) => !cast.some((vote) => vote.user === user));
    for (const user of late) {
      // With a hundred at once, some may first be told to wait.
      const isWaiting = (told: string) => told.includes('taking longer than usual');
      const answers = () => toldTo(change, user).filter((told) => !isWaiting(told));
      await eventually(async () => {
        // Whoever was told that Redis was too slow, or to wait and then to ask again, presses again if the plan still
        // has its button. Whoever does not find one reads in the same message that the plan is approved.
        const isOver = (await recordOf(change)).state !== 'pending';
        if (toldTo(change, user).length > 0 && answers().every(saysTryAgain)) {
          if (isOver) return expectShownAsApproved(change);
          await approve(change, user);
        }
        expect(
          answers().filter((told) => !saysTryAgain(told)).length,
          `${user} was told in ${channel}`,
        ).toBeGreaterThan(0);
      });
      for (const told of answers().filter((each) => !saysTryAgain(each)))
        expect(told).toMatch(/already|approved|decided|over/i);
    }
  });

  it('get every event of one change both', async () => {
    const name = 'web-both';
    await deploy(stage, name);
    const channel = openChannel(stage, name);
    const both = delivering((type, payload) => stage.slack.delivery.deliverToAll(type, payload));
    await act(both, { as: 'ana', channel, text: `/imagecheck set-image deployment/${name} -n ${shop} :2` });
    const change = await shownPlan(stage, name, channel);
    for (const as of crowd.slice(0, votes)) await approve(change, as, both);
    await reaches(change, ['approved', 'running', 'verifying', 'done']);
    await expectDoneOnce(change, { votes });
    expect(messagesIn(stage, channel)).toHaveLength(2);
    const about = (await auditOf(stage)).filter(({ workloads }) => workloads.includes(`${shop}/deployment/${name}`));
    expect(new Set(about.map(({ approval }) => approval))).toEqual(new Set([change.id]));
  });
});
