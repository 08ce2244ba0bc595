import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectDoneOnce, isPatchOf } from './afterwards.ts';
import { approve, type Change, eventually, plan, reaches, recordOf, toldTo } from './change.ts';
import { type Actor, type FaultStage, openStage, type WorkerActor } from './stage.ts';

/** Longer than the lease of an approval (5 s), so that a worker cannot know any more whether it still has it. */
const outageMs = 6000;

let stage: FaultStage;
let worker: WorkerActor;
let bot: Actor;
beforeAll(async () => {
  stage = await openStage();
  [worker, bot] = await Promise.all([stage.startWorker(), stage.startBot()]);
}, 60_000);
afterAll(() => stage.stop());
beforeEach(() => {
  worker.api.spoil = () => undefined;
});

/** Ends Redis, lets both roles notice, and starts it again with its append-only file. */
async function outage(signal: 'SIGTERM' | 'SIGKILL', durationMs: number): Promise<void> {
  const noticed = () => [worker, bot].map(({ log }) => log().split('Redis does not answer').length);
  const before = noticed();
  await stage.redis.stop(signal);
  await Promise.all([
    delay(durationMs),
    eventually(() => {
      for (const [index, count] of noticed().entries()) expect(count).toBeGreaterThan(before[index] ?? 0);
    }),
  ]);
  await stage.redis.start();
}

/** At the first request of this kind Redis goes; the request goes on when Redis is there again, or goes on at once. */
function outageAt(
  change: Change,
  isIt: (method: string, path: string) => boolean,
  how: { readonly signal: 'SIGTERM' | 'SIGKILL'; readonly answer: 'during' | 'after' },
): { readonly over: Promise<string> } {
  const over = Promise.withResolvers<string>();
  let isFirst = true;
  worker.api.spoil = async (method, path) => {
    if (!isFirst || !path.includes(`/deployments/${change.name}`) || !isIt(method, path)) return undefined;
    isFirst = false;
    const { state } = await recordOf(change);
    const ended = outage(how.signal, outageMs).then(() => state);
    ended.then(over.resolve, over.reject);
    return how.answer === 'after' ? { hold: () => ended } : undefined;
  };
  return { over: over.promise };
}

describe('Redis that stops and starts', { timeout: 120_000 }, () => {
  it.each([
    ['approved', 'SIGTERM', (method: string) => method === 'GET'],
    ['running', 'SIGKILL', (method: string, path: string) => method === 'PATCH' && path.includes('dryRun')],
  ] as const)('while a change is %s', async (state, signal, isIt) => {
    const change = await plan(stage, `web-${state}`);
    const { over } = outageAt(change, isIt, { signal, answer: 'after' });
    await approve(change);
    expect(await over).toBe(state);
    await expectDoneOnce(change);
  });

  it.each(['during', 'after'] as const)('when the patch is answered %s it', async (answer) => {
    const change = await plan(stage, `web-patched-${answer}`);
    const isReal = (method: string, path: string) => isPatchOf(change.name)(method, path) && !path.includes('dryRun');
    const { over } = outageAt(change, isReal, { signal: 'SIGKILL', answer });
    await approve(change);
    expect(await over).toBe('running');
    await expectDoneOnce(change);
  });

  it('while a change is being watched', async () => {
    await stage.behave('deployment/web-verifying', { readyAfterSeconds: 40 });
    const change = await plan(stage, 'web-verifying');
    await approve(change);
    await reaches(change, ['verifying']);
    await outage('SIGKILL', 1000);
    await expectDoneOnce(change);
  });

  it('while somebody presses: an honest answer, and the next press counts', async () => {
    const change = await plan(stage, 'web-pressed');
    await stage.redis.stop('SIGTERM');
    await approve(change);
    await eventually(() => expect(toldTo(change, 'U0BEN').join('\n')).toMatch(/Redis|incident|try again|press again/i));
    await stage.redis.start();
    await eventually(async () => {
      await approve(change);
      expect((await recordOf(change)).state).not.toBe('pending');
    });
    await expectDoneOnce(change);
  });
});
