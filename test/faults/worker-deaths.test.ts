import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectDoneOnce, isPatchOf } from './afterwards.ts';
import { approve, type Change, eventually, plan, reaches } from './change.ts';
import { takes } from './recovery.ts';
import type { Verdict } from './redis-wire.ts';
import { type FaultStage, openStage, type WorkerActor } from './stage.ts';

/** The design allows 15 s; a machine that is busy with other tests gets some more. */
const recoveryMs = 20_000;

let stage: FaultStage;
let pair: readonly WorkerActor[] = [];
beforeAll(async () => {
  stage = await openStage();
  await stage.startBot();
}, 60_000);
afterAll(() => stage.stop());

/** Two workers that live: any of them may get the job, and the other one has to notice. */
beforeEach(async () => {
  const living = pair.filter((worker) => worker.alive());
  const missing = Array.from({ length: 2 - living.length }, () => stage.startWorker());
  pair = [...living, ...(await Promise.all(missing))];
}, 60_000);

/** Kills the first worker that comes to a point, once. */
function killer() {
  let first: { readonly worker: WorkerActor; readonly atMs: number } | undefined;
  return {
    /** False for the other worker, and for what the dead one still had on its way. */
    strike: (worker: WorkerActor): boolean => {
      if (first !== undefined) return false;
      first = { worker, atMs: performance.now() };
      void worker.kill();
      return true;
    },
    victim: () => eventually(() => first ?? Promise.reject(new Error('no worker came to the point')), 10_000),
  };
}

/** Waits until the other worker goes on with the change, and asserts and tells how long that took. */
async function recovered(what: string, change: Change, killed: ReturnType<typeof killer>): Promise<void> {
  const { worker, atMs } = await killed.victim();
  const [survivor] = pair.filter((each) => each !== worker);
  if (survivor === undefined) throw new Error('nobody is left');
  const before = survivor.api.requests.length;
  const afterMs = await eventually(() => {
    const asked = survivor.api.requests
      .slice(before)
      .some((request) => request.includes(`/deployments/${change.name}`));
    if (!asked) throw new Error('the other worker does nothing');
    return performance.now() - atMs;
  }, recoveryMs);
  expect(worker.alive()).toBe(false);
  console.log(`killed ${what}: the other worker went on after ${(afterMs / 1000).toFixed(1)} s`);
  expect(afterMs).toBeLessThan(recoveryMs);
}

describe('a worker that is killed', { timeout: 120_000 }, () => {
  it.each<readonly [string, string, Verdict]>([
    ['before the lock', 'web-unlocked', 'swallow'],
    ['after the lock', 'web-locked', 'deaf'],
  ])('%s', async (what, name, verdict) => {
    const change = await plan(stage, name);
    const killed = killer();
    for (const worker of pair) {
      worker.wire.watch = (text) => (takes(change, text) && killed.strike(worker) ? verdict : undefined);
    }
    await approve(change);
    await recovered(what, change, killed);
    await expectDoneOnce(change);
  });

  it('after the patch was sent but before its answer', async () => {
    const change = await plan(stage, 'web-patched');
    const killed = killer();
    for (const worker of pair) {
      worker.api.spoil = (method, path) => {
        if (!isPatchOf(change.name)(method, path) || path.includes('dryRun')) return undefined;
        // The server has taken it; nobody will hear so.
        return { hold: () => (killed.strike(worker) ? new Promise(() => {}) : Promise.resolve()) };
      };
    }
    await approve(change);
    await recovered('after the patch', change, killed);
    await expectDoneOnce(change);
  });

  it('during verification', async () => {
    await stage.behave('deployment/web-verified', { readyAfterSeconds: 60 });
    const change = await plan(stage, 'web-verified');
    await approve(change);
    await reaches(change, ['verifying']);
    const killed = killer();
    for (const worker of pair) {
      worker.api.spoil = (method, path) => {
        if (method === 'GET' && path.includes(`/deployments/${change.name}`)) killed.strike(worker);
        return undefined;
      };
    }
    await recovered('during verification', change, killed);
    await expectDoneOnce(change);
  });
});
