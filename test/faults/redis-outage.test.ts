import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalState } from '../../src/model/approval/approval.ts';
import { expectDoneOnce } from './afterwards.ts';
import { approve, approveOnce, eventually, plan, reaches, recordOf, toldTo } from './change.ts';
import { type Actor, type FaultStage, openStage, type WorkerActor } from './stage.ts';

/** Longer than the lease of an approval (5 s), so that a worker cannot know any more whether it still has it. */
const outageMs = 6000;

let stage: FaultStage;
let worker: WorkerActor;
let bot: Actor;
beforeAll(async () => {
  stage = await openStage({ paced: false });
  [worker, bot] = await Promise.all([stage.startWorker(), stage.startBot()]);
}, 60_000);
afterAll(() => stage.stop());
beforeEach(() => {
  worker.api.spoil = () => undefined;
});

/** Ends Redis, lets both roles notice, and starts it again with its append-only file. */
async function outage(signal: 'SIGTERM' | 'SIGKILL', onStopped: (value: undefined) => void): Promise<void> {
  const noticed = () => [worker, bot].map(({ log }) => log().split('redis unavailable').length);
  const before = noticed();
  await stage.redis.stop(signal);
  onStopped(undefined);
  try {
    await Promise.all([
      delay(outageMs),
      eventually(() => {
        for (const [index, count] of noticed().entries()) expect(count).toBeGreaterThan(before[index] ?? 0);
      }),
    ]);
  } finally {
    await stage.redis.start();
  }
}

/** Lets a change come as far as its first request of a kind, and keeps it there. */
type Keep = (method: string, path: string) => boolean;

const isReal: Keep = (method, path) => method === 'PATCH' && !path.includes('dryRun');
const isDryRun: Keep = (method, path) => method === 'PATCH' && path.includes('dryRun');

/** In which state a change is when Redis goes, and what its worker waits for meanwhile. */
const points: readonly (readonly [string, ApprovalState, Keep, 'during' | 'after'])[] = [
  ['approved', 'approved', (method) => method === 'GET', 'after'],
  ['running', 'running', isDryRun, 'after'],
  // The patch is taken and answered while Redis is away, or answered only afterwards.
  ['answered-during', 'running', isReal, 'during'],
  ['answered-after', 'running', isReal, 'after'],
];

describe('Redis that stops and starts', { timeout: 120_000 }, () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('%s, while changes are in every state', async (signal) => {
    const nameOf = (point: string): string => `web-${point}-${signal.toLowerCase()}`;
    await stage.behave(`deployment/${nameOf('verifying')}`, { readyAfterSeconds: 80 });
    const names = [...points.map(([point]) => point), 'verifying'].map(nameOf);
    const changes = await Promise.all(names.map((name) => plan(stage, name)));
    const stopped = Promise.withResolvers<undefined>();
    const over = Promise.withResolvers<undefined>();
    const waiting = new Set<string>();
    worker.api.spoil = async (method, path) => {
      const point = points.find(([name]) => path.split('?', 1)[0]?.endsWith(`/deployments/${nameOf(name)}`));
      if (point === undefined || waiting.has(point[0]) || !point[2](method, path)) return undefined;
      waiting.add(point[0]);
      if (point[3] === 'after') return { hold: () => over.promise };
      await stopped.promise;
      return undefined;
    };
    await Promise.all(changes.map((change) => approve(change)));
    await eventually(() => expect(waiting.size).toBe(points.length));
    const states = [...points.map(([, state]) => state), 'verifying'] as const;
    for (const [index, change] of changes.entries()) await reaches(change, states.slice(index, index + 1));
    await outage(signal, stopped.resolve);
    over.resolve(undefined);
    await Promise.all(changes.map((change) => expectDoneOnce(change)));
  });

  it('while someone presses: an honest answer, and the next press counts', async () => {
    const change = await plan(stage, 'web-pressed');
    await stage.redis.stop('SIGTERM');
    await approveOnce(change);
    await eventually(() => expect(toldTo(change, 'U0BEN').join('\n')).toMatch(/Redis|incident|try again|press again/i));
    await stage.redis.start();
    await eventually(async () => {
      await approveOnce(change);
      expect((await recordOf(change)).state).not.toBe('pending');
    });
    await expectDoneOnce(change);
  });
});
