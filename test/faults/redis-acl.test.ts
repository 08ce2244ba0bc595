import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act } from '../../src/sandbox/slack/acting.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import { aclOf } from '../../src/store/redis/commands.ts';
import { parseRedisUrl } from '../../src/store/redis/redis-url.ts';
import { expectDoneOnce } from './afterwards.ts';
import {
  approve,
  contentOf,
  deploy,
  deploymentOf,
  eventually,
  messagesIn,
  openChannel,
  plan,
  press,
  reaches,
  shownPlan,
} from './change.ts';
import { type Actor, clusterId, type FaultStage, openStage, shop, type WorkerActor } from './stage.ts';

const users = { bot: 'imagecheck-bot', worker: 'imagecheck-worker' } as const;

let stage: FaultStage;
let worker: WorkerActor;
let bot: Actor;

beforeAll(async () => {
  const logins = { bot: `${users.bot}:secret@`, worker: `${users.worker}:secret@` };
  stage = await openStage({ paced: false, logins });
  for (const side of ['bot', 'worker'] as const) {
    await allow(users[side], 'on', '>secret', ...aclOf(side, 'imagecheck', parseRedisUrl(stage.redis.url)));
  }
  await stage.store.client.call('ACL', 'LOG', 'RESET');
  [worker, bot] = await Promise.all([stage.startWorker(), stage.startBot()]);
}, 60_000);
afterAll(() => stage.stop());

async function allow(user: string, ...rules: readonly string[]): Promise<void> {
  await stage.store.client.call('ACL', 'SETUSER', user, ...rules);
}

/** What Redis refused since the stage was opened, of any user. */
async function refused(): Promise<string> {
  return JSON.stringify(await stage.store.client.call('ACL', 'LOG'));
}

/** Resident memory of a process in MiB. */
function memoryOf({ pid }: Actor): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

describe('with exactly the rights that `imagecheck redis-acl` prints', { timeout: 120_000 }, () => {
  it('a question is answered', async () => {
    await deploy(stage, 'web-asked');
    const channel = openChannel(stage, 'asked');
    await act(stage.slack, { as: 'ana', channel, text: `/imagecheck deployment/web-asked -n ${shop}` });
    await eventually(() => {
      const texts = messagesIn(stage, channel).map((message) => contentOf(message));
      expect(texts.filter((text) => text.includes('web-asked'))).toHaveLength(2);
    });
    expect(await refused()).toBe('[]');
  });

  it('a change is planned, approved, made and undone', async () => {
    const change = await plan(stage, 'web-allowed');
    await approve(change);
    await expectDoneOnce(change);
    await press(change, changeIds.undo, 'ana');
    const back = await shownPlan(stage, change.name, change.channel);
    await approve(back);
    await reaches(back, ['done']);
    expect((await deploymentOf(change)).image).toBe('ghcr.io/acme/web-allowed:1');
    expect(await refused()).toBe('[]');
  });

  it('the loss of a right fills neither log nor memory, and is survived', async () => {
    const before = [worker, bot].map(memoryOf);
    for (const user of Object.values(users)) await allow(user, '-evalsha', '-eval');
    // As long as it took to write 66,000 lines.
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    for (const [index, actor] of [worker, bot].entries()) {
      expect(actor.alive()).toBe(true);
      expect(actor.log().split('\n').length, actor.log()).toBeLessThan(40);
      expect(memoryOf(actor) - (before[index] ?? 0)).toBeLessThan(48);
    }
    for (const user of Object.values(users)) await allow(user, '+evalsha', '+eval');
    await eventually(async () => expect(await stage.store.workers.alive(clusterId)).toHaveLength(1));
    const change = await plan(stage, 'web-afterwards');
    await approve(change);
    await expectDoneOnce(change);
  });

  it.each(['worker', 'bot'] as const)('a %s without INFO ends with a sentence that says what to do', async (side) => {
    await allow(users[side], '-info');
    try {
      const start = side === 'bot' ? stage.startBot() : stage.startWorker();
      await expect(start).rejects.toThrow(
        new RegExp(`isn’t allowed to run INFO[^]*ACL SETUSER ${users[side]} \\+info\\b`),
      );
    } finally {
      await allow(users[side], '+info');
    }
  });
});
