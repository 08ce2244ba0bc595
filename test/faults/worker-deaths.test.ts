import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectDoneOnce } from './afterwards.ts';
import { approve, type Change, eventually, plan, reaches } from './change.ts';
import { takes } from './recovery.ts';
import type { Verdict } from './redis-wire.ts';
import { type FaultStage, openStage, type WorkerActor } from './stage.ts';

/** The design allows 15 s; a machine that is busy with other tests gets some more. */
const recoveryMs = 20_000;

let stage: FaultStage;
beforeAll(async () => {
  stage = await openStage({ paced: false });
  await stage.startBot();
}, 60_000);
afterAll(() => stage.stop());

/** Which request of a change is never answered, because the worker dies meanwhile; the server has taken it. */
const held: Readonly<Record<string, (method: string, path: string) => boolean>> = {
  running: (method, path) => method === 'PATCH' && path.includes('dryRun'),
  patched: (method, path) => method === 'PATCH' && !path.includes('dryRun'),
};

/** Keeps the answers that nobody will hear; gives what came to its point. */
function holdAnswers(worker: WorkerActor, nameOf: (point: string) => string): ReadonlySet<string> {
  const waiting = new Set<string>();
  worker.api.spoil = (method, path) => {
    const point = Object.keys(held).find((each) => path.split('?', 1)[0]?.endsWith(`/deployments/${nameOf(each)}`));
    if (point === undefined || held[point]?.(method, path) !== true) return undefined;
    return {
      hold: () => {
        waiting.add(point);
        return new Promise(() => {});
      },
    };
  };
  return waiting;
}

/** Kills the worker at the moment in which it takes this change; gives when that was. */
async function killWhenTaking(worker: WorkerActor, change: Change, verdict: Verdict): Promise<number> {
  const killed = Promise.withResolvers<number>();
  worker.wire.watch = (text) => {
    if (!takes(change, text)) return undefined;
    killed.resolve(performance.now());
    void worker.kill();
    return verdict;
  };
  await approve(change);
  return await killed.promise;
}

/** Waits until the next worker goes on with a change, and asserts and tells how long after the death that was. */
async function recovered(what: string, { name }: Change, survivor: WorkerActor, killedMs: number): Promise<void> {
  const afterMs = await eventually(() => {
    if (!survivor.api.requests.some((request) => request.includes(`/deployments/${name}`))) {
      throw new Error(`nobody goes on with ${name}`);
    }
    return performance.now() - killedMs;
  }, recoveryMs);
  console.log(`killed ${what}: another worker went on after ${(afterMs / 1000).toFixed(1)} s`);
  expect(afterMs).toBeLessThan(recoveryMs);
}

describe('a worker that is killed', { timeout: 120_000 }, () => {
  it.each<readonly [string, string, Verdict]>([
    ['before the lock of one', 'unlocked', 'swallow'],
    ['after the lock of one', 'locked', 'deaf'],
  ])('%s, before and after the patch of others, and while it verifies a fourth', async (what, key, verdict) => {
    const nameOf = (point: string): string => `web-${key}-${point}`;
    await stage.behave(`deployment/${nameOf('verifying')}`, { readyAfterSeconds: 80 });
    const worker = await stage.startWorker();
    const names = ['taken', 'running', 'patched', 'verifying'] as const;
    const [taken, running, patched, verifying] = await Promise.all([
      plan(stage, nameOf(names[0])),
      plan(stage, nameOf(names[1])),
      plan(stage, nameOf(names[2])),
      plan(stage, nameOf(names[3])),
    ]);
    const waiting = holdAnswers(worker, nameOf);
    await Promise.all([approve(running), approve(patched), approve(verifying)]);
    await Promise.all([
      reaches(running, ['running']),
      reaches(patched, ['running']),
      reaches(verifying, ['verifying']),
    ]);
    await eventually(() => expect([...waiting].toSorted()).toEqual(['patched', 'running']));
    const killedMs = await killWhenTaking(worker, taken, verdict);
    const survivor = await stage.startWorker();
    await Promise.all([
      recovered(what, taken, survivor, killedMs),
      recovered('before the patch', running, survivor, killedMs),
      recovered('after the patch was sent and before its answer', patched, survivor, killedMs),
      recovered('during verification', verifying, survivor, killedMs),
    ]);
    expect(worker.alive()).toBe(false);
    await Promise.all([taken, running, patched, verifying].map((change) => expectDoneOnce(change)));
    await survivor.kill();
  });
});
