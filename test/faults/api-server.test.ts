import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Disturbance } from '../support/faulty-forwarder.ts';
import { expectDoneOnce, expectNothingDone, isPatchOf } from './afterwards.ts';
import { approve, plan } from './change.ts';
import { type FaultStage, openStage } from './stage.ts';

type Moment =
  | 'the dry run of the plan'
  | 'the reading before the change'
  | 'the dry run before the change'
  | 'the change';

/** How often which requests are spoiled, and how. */
interface Spoiling {
  readonly moment: Moment;
  readonly disturb: () => Disturbance | undefined | Promise<Disturbance | undefined>;
  readonly times: number;
}

/** Longer than the lease of an approval: whoever waits for an answer keeps it. */
const slowMs = 6000;

const disturbances: readonly (readonly [string, Spoiling['disturb'], number])[] = [
  ['409', () => ({ answer: 409 }), 1],
  ['429 with Retry-After', () => ({ answer: 429, headers: { 'retry-after': '1' } }), 1],
  ['500', () => ({ answer: 500 }), 1],
  ['500, and again after every try of one turn', () => ({ answer: 500 }), 4],
  ['a connection that ends before the answer', () => 'drop-after', 1],
  ['half an answer', () => 'cut', 1],
  ['nothing for a while', () => delay(slowMs).then(() => undefined), 1],
  ['what was done, but much later', () => ({ hold: () => delay(slowMs) }), 1],
];
/** Planning has no second turn: who waits for a plan is told that the server did not answer. */
const moments: readonly Moment[] = [
  'the dry run of the plan',
  'the reading before the change',
  'the dry run before the change',
  'the change',
];
const isPossible = (moment: Moment, what: string): boolean =>
  moment !== 'the reading before the change' || !['409', 'what was done, but much later'].includes(what);
const cases = moments.flatMap((moment) =>
  disturbances
    .filter(([what, , times]) => (times === 1 || moment !== 'the dry run of the plan') && isPossible(moment, what))
    .map(([what, disturb, times], index) => ({ moment, what, disturb, times, index })),
);

let stage: FaultStage;
const spoilings = new Map<string, Spoiling>();
const approved = new Set<string>();
const seen = new Map<string, { dryRuns: number; spoiled: number }>();

/** Whether this request is one of the moment; the first dry run of a Deployment is the plan's. */
function isMeant({ moment }: Spoiling, method: string, path: string, dryRuns: number): boolean {
  if (method === 'GET') return moment === 'the reading before the change';
  if (!path.includes('dryRun')) return moment === 'the change';
  return moment === (dryRuns === 1 ? 'the dry run of the plan' : 'the dry run before the change');
}

/** Deployments of which nothing is answered at all, from the first request after the approval on. */
const outages = new Map<string, { readonly how: Disturbance; untilMs?: number }>();

function outageOf(path: string): Disturbance | undefined {
  for (const [name, outage] of outages) {
    if (!path.split('?', 1)[0]?.endsWith(`/deployments/${name}`) || !approved.has(name)) continue;
    outage.untilMs ??= performance.now() + slowMs;
    return performance.now() < outage.untilMs ? outage.how : undefined;
  }
  return undefined;
}

async function spoil(method: string, path: string): Promise<Disturbance | undefined> {
  const outage = outageOf(path);
  if (outage !== undefined) return outage;
  for (const [name, spoiling] of spoilings) {
    const count = seen.get(name) ?? { dryRuns: 0, spoiled: 0 };
    seen.set(name, count);
    const isReading = method === 'GET' && path.endsWith(`/deployments/${name}`) && approved.has(name);
    if (!isReading && !isPatchOf(name)(method, path)) continue;
    if (path.includes('dryRun')) count.dryRuns += 1;
    if (count.spoiled >= spoiling.times || !isMeant(spoiling, method, path, count.dryRuns)) continue;
    count.spoiled += 1;
    return await spoiling.disturb();
  }
  return undefined;
}

beforeAll(async () => {
  stage = await openStage({ paced: false });
  await Promise.all([stage.startWorker(), stage.startWorker(), stage.startBot()]);
  for (const worker of stage.workers) worker.api.spoil = spoil;
}, 90_000);
afterAll(() => stage.stop());

describe.concurrent('an API server', { timeout: 120_000 }, () => {
  it.each(cases)('that answers $moment with $what', async ({ moment, disturb, times, index }) => {
    const name = `web-${moments.indexOf(moment)}-${index}`;
    spoilings.set(name, { moment, disturb, times });
    const change = await plan(stage, name);
    approved.add(name);
    await approve(change);
    await expectDoneOnce(change);
    expect(seen.get(name)?.spoiled, 'the fault happened').toBe(times);
  });

  it.each<readonly [string, Disturbance]>([
    ['429', { answer: 429, headers: { 'retry-after': '1' } }],
    ['500', { answer: 500 }],
    ['nothing and hangs up', 'drop-before'],
  ])('that answers everything with %s for a while, once it was approved', async (_, how) => {
    const name = `web-away-${outages.size}`;
    outages.set(name, { how });
    const change = await plan(stage, name);
    approved.add(name);
    await approve(change);
    await expectDoneOnce(change);
    expect(outages.get(name)?.untilMs, 'the fault happened').toBeLessThan(performance.now());
  });

  it('that answers the change with 409 for ever: nothing is done, and everyone reads why', async () => {
    const name = 'web-contended';
    spoilings.set(name, { moment: 'the change', disturb: () => ({ answer: 409 }), times: Number.POSITIVE_INFINITY });
    const change = await plan(stage, name);
    await approve(change);
    await expectNothingDone(change, { why: /being changed by others all the time/ });
  });
});
