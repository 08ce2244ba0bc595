import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './invariants.ts';
import type { Ledger } from './ledger.ts';
import { observe } from './observe.ts';
import { perform } from './perform.ts';
import { stepsOf } from './steps.ts';
import { openWorld, type Plant, password, type World } from './world.ts';

const seed = Number(process.env['IMAGECHECK_CHAOS_SEED'] ?? 1);
const count = Number(process.env['IMAGECHECK_CHAOS_STEPS'] ?? 300);
const without = (process.env['IMAGECHECK_CHAOS_WITHOUT'] ?? '').split(',').filter((kind) => kind !== '');
const plant = process.env['IMAGECHECK_CHAOS_PLANT'] as Plant;
const replay = `npm run test:chaos -- --seed ${seed} --steps ${count}`;

/** Everything that a run left behind, for those who look for a reason. */
const artifacts = join(import.meta.dirname, '../../artifacts/chaos');

/** What a step may last at most, and what comes before and after all of them. */
const stepMs = 2000;
const aroundMs = 300_000;

describe(`chaos: ${count} steps of seed ${seed}`, { timeout: aroundMs + count * stepMs }, () => {
  let world: World;
  let ledger: Ledger;
  beforeAll(async () => {
    world = await openWorld(plant);
  }, 120_000);
  afterAll(() => world?.stop(), 60_000);

  it('leaves every promise kept', async () => {
    const startedMs = performance.now();
    for (const [index, step] of stepsOf(seed, count, without).entries()) {
      if (index % 100 === 0) console.log(`chaos: step ${index} after ${seconds(startedMs)} s`);
      await perform(world, step);
      await delay(step.pauseMs);
    }
    const endedMs = performance.now();
    ledger = await observe(world);
    console.log(`chaos: ${summary(ledger)}; ${seconds(startedMs)} s, ${seconds(endedMs)} s of them to settle`);
    const found = violations(ledger);
    mkdirSync(artifacts, { recursive: true });
    writeFileSync(join(artifacts, `seed-${seed}.json`), JSON.stringify(ledger, undefined, 1));
    const advice = `Again: ${replay}. Smaller: fewer --steps, or --without redis,failover,slack,process,kubernetes.`;
    expect(found, `${found.length} promises broken. ${advice}`).toEqual([]);
  });

  it.each<[string, (ledger: Ledger) => Partial<Ledger>, RegExp]>([
    ['an answer is missing', ({ asked }) => ({ asked: asked.map((one) => ({ ...one, messages: [] })) }), /answered/],
    ['a change was made twice', ({ patched }) => ({ patched: [...patched, ...patched] }), /was executed 2 times/],
    [
      'a worker forgets its mark',
      ({ patched }) => ({ patched: patched.map((one) => ({ ...one, mark: '' })) }),
      /names no approval/,
    ],
    [
      'a thread says something else',
      ({ messages }) => ({ messages: messages.map((one) => ({ ...one, text: 'waiting for a worker' })) }),
      /is not as recorded/,
    ],
    [
      'the cluster has another image',
      ({ deployments }) => ({ deployments: deployments.map((one) => ({ ...one, image: 'evil:2' })) }),
      /runs evil:2/,
    ],
    ['a record of the audit is gone', ({ audit }) => ({ audit: audit.slice(1) }), /audit chain breaks/],
    [
      'a secret is in Redis',
      ({ texts }) => ({ texts: [...texts, { where: 'Redis', text: password }] }),
      /a secret is in/,
    ],
    [
      'a process has grown',
      ({ processes }) => ({ processes: processes.map((one) => ({ ...one, descriptors: 1000 })) }),
      /descriptors 1000/,
    ],
  ])('would notice that %s', (_, change, complaint) => {
    const without = new Set(violations(ledger));
    const found = violations({ ...ledger, ...change(ledger) }).filter((one) => !without.has(one));
    expect(found.join('\n')).toMatch(complaint);
  });
});

const seconds = (sinceMs: number): string => ((performance.now() - sinceMs) / 1000).toFixed(0);

function summary({ asked, approvals, patched, messages, audit, processes }: Ledger): string {
  const peak = (role: string) =>
    Math.max(...processes.filter(({ name }) => name.startsWith(role)).map(({ peakMb }) => peakMb)).toFixed(0);
  const states = Object.entries(Object.groupBy(approvals, ({ state }) => state)).map(
    ([state, all]) => `${all?.length ?? 0} ${state}`,
  );
  return [
    `${asked.length} commands`,
    `${approvals.length} approvals (${states.join(', ')})`,
    `${patched.length} changes of the cluster`,
    `${messages.length} messages`,
    `${audit.length} audit records`,
    `at most ${peak('bot')} MiB in a bot and ${peak('worker')} MiB in a worker`,
  ].join(', ');
}
