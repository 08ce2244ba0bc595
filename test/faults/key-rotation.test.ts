import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyIdOf, readPublicKey } from '../../src/model/approval/signatures.ts';
import { verifyChain } from '../../src/model/audit/audit-chain.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import { newKeyPair } from '../../src/terminal/keys.ts';
import { expectDoneOnce } from './afterwards.ts';
import {
  approve,
  type Change,
  contentOf,
  deploymentOf,
  eventually,
  plan,
  press,
  reaches,
  recordOf,
  shownPlan,
} from './change.ts';
import { type Actor, clusterId, type FaultStage, openStage } from './stage.ts';

const old = newKeyPair();
const fresh = newKeyPair();
const both = [old.publicKey, fresh.publicKey];
const idOf = ({ publicKey }: typeof old): string => keyIdOf(readPublicKey(publicKey));

let stage: FaultStage;
let bot: Actor;
let worker: Actor;
beforeEach(async () => {
  stage = await openStage({ paced: false, votes: 2 });
  [worker, bot] = await Promise.all([
    stage.startWorker({ keys: { trusted: [old.publicKey] } }),
    stage.startBot({ keys: { own: old.privateKey, trusted: [] } }),
  ]);
}, 60_000);
afterEach(() => stage.stop());

async function restartWorker(trusted: readonly string[]): Promise<void> {
  await worker.terminate();
  worker = await stage.startWorker({ keys: { trusted } });
}

async function restartBot(trusted: readonly string[] = both): Promise<void> {
  await bot.terminate();
  bot = await stage.startBot({ keys: { own: fresh.privateKey, trusted } });
}

/** What is under way when the key is changed: a plan without a vote, one with its first of two, and a change to undo. */
async function underWay() {
  const [pending, half, done] = [await plan(stage, 'pending'), await plan(stage, 'half'), await plan(stage, 'done')];
  await approve(half, 'ben');
  await approveByBoth(done);
  await expectDoneOnce(done, { votes: 2 });
  return { pending, half, done };
}

async function approveByBoth(change: Change): Promise<void> {
  await approve(change, 'ben');
  await approve(change, 'chloe');
}

/** Everything that the old key signed goes on, and what is signed now does as well. */
async function expectNothingLost({ pending, half, done }: Awaited<ReturnType<typeof underWay>>): Promise<void> {
  await approve(half, 'chloe');
  await approveByBoth(pending);
  await Promise.all([half, pending].map((change) => expectDoneOnce(change, { votes: 2, mayRefuse: true })));
  await press(done, changeIds.undo, 'ana');
  const back = await shownPlan(stage, done.name, done.channel);
  await approveByBoth(back);
  expect(await reaches(back, ['done'])).toMatchObject({ results: [{ outcome: 'fixed' }] });
  expect((await deploymentOf(done)).image).toBe('ghcr.io/acme/done:1');
  const records = await stage.store.audit.read({ limit: 1000 });
  expect(verifyChain(records)).toMatchObject({ ok: true });
}

function saidIn({ channel }: Change): string {
  const all = stage.slack.workspace.channels.get(channel)?.messages ?? [];
  return all.map((message) => contentOf(message)).join(' ');
}

describe('a change of keys with changes under way', { timeout: 180_000 }, () => {
  it('in the documented order loses nothing, and names the old key for as long as it is needed', async () => {
    const changes = await underWay();
    await restartWorker(both);
    await restartBot();
    const [state] = await stage.store.workers.alive(clusterId);
    expect(state?.trustedKeys).toEqual([idOf(old), idOf(fresh)]);
    expect(state?.neededKeys).toMatchObject([{ id: idOf(old), changes: 3 }]);
    for (const { log } of [worker, bot]) {
      await eventually(() => expect(log()).toMatch(new RegExp(`${idOf(old)}.*signing keys that records still need`)));
    }
    await expectNothingLost(changes);
  });

  it('with the bot first decides nothing until the worker has the key, and says so', async () => {
    const changes = await underWay();
    await restartBot();
    for (const change of [changes.pending, changes.half]) await approve(change, 'chloe');
    for (const change of [changes.pending, changes.half]) {
      await eventually(() =>
        expect(saidIn(change)).toContain(`signing key ${idOf(fresh)} yet; it trusts ${idOf(old)}`),
      );
      expect(await recordOf(change)).toMatchObject({ state: 'pending', votes: change === changes.half ? [{}] : [] });
    }
    await restartWorker(both);
    await expectNothingLost(changes);
  });

  it('without the old key warns that it is missing, and goes on when it is back', async () => {
    const changes = await underWay();
    await restartWorker([fresh.publicKey]);
    await restartBot([]);
    for (const { log } of [worker, bot]) {
      await eventually(() => expect(log()).toContain('records need a signing key that is not in signing.publicKeys'));
      expect(log()).toContain(idOf(old));
    }
    await press(changes.done, changeIds.undo, 'ana');
    await eventually(() => {
      expect(saidIn(changes.done)).toContain(`it names key ${idOf(old)}, and this worker trusts ${idOf(fresh)}`);
    });
    await restartWorker(both);
    await restartBot();
    await expectNothingLost(changes);
  });
});
