import { describe, expect, it, test } from 'vitest';
import { headline } from '../../../src/flows/change/show/result-headline.ts';
import type { TargetResult } from '../../../src/model/approval/approval.ts';
import { drawPlan } from '../../../src/slack/views/plan.ts';
import { drawResult } from '../../../src/slack/views/result.ts';
import { changeWorld } from '../../support/change-world.ts';

const why = 'deployment/panecene: Whether ghcr.io/acme/panecene:2 exists could not be told.';

describe('a result of a plan that left a workload out', () => {
  it('names it with the reason wherever it is told, and does not read as if all were fixed', async () => {
    const world = changeWorld(['web', 'api']);
    const approved = await world.approved();
    if (approved.plan === undefined) throw new Error('there is no plan');
    // What is left out is no part of the digest.
    world.records.forge({ ...approved, plan: { ...approved.plan, leftOut: [why] } });
    await world.settle();
    const done = world.stored(approved.id);
    expect(done).toMatchObject({
      state: 'done',
      results: [{ outcome: 'fixed' }, { outcome: 'fixed' }],
      outcome: expect.stringMatching(
        /^fixed in \d+ s, but 1 workload left out: 2 of 2 pods .*; not touched: deployment\/panecene: /,
      ),
      remains: [why],
    });
    const result = JSON.stringify(drawResult(done).blocks);
    expect(result).toContain('FIXED, BUT 1 WORKLOAD LEFT OUT');
    expect(result).toContain(`*Still open:* ${why}`);
    expect(JSON.stringify(drawPlan(done).blocks)).toContain('FIXED, BUT 1 WORKLOAD LEFT OUT');
    const verified = world.records.events().find(({ action }) => action === 'verified');
    expect(verified?.detail).toContain(`not touched: ${why.slice(0, -1)}`);
  });

  it('says so of one that was not done, too', async () => {
    const world = changeWorld();
    const approved = await world.approved();
    if (approved.plan === undefined) throw new Error('there is no plan');
    world.records.forge({ ...approved, plan: { ...approved.plan, leftOut: [why] } });
    world.script.answer = () => ({ kind: 'refused', message: 'no' });
    await world.settle();
    const failed = world.stored(approved.id);
    expect(failed.state).toBe('failed');
    expect(JSON.stringify(drawResult(failed).blocks)).toContain(`*Still open:* ${why}`);
  });
});

const one = (outcome: TargetResult['outcome'], pods = 1): TargetResult => ({
  subject: { kind: 'Deployment', namespace: 'prod', name: 'web' },
  outcome,
  pods: { desired: pods, updated: pods, ready: pods, onDigest: pods },
});

test.each<[string, readonly TargetResult[], readonly string[], string | RegExp]>([
  ['nothing left out', [one('fixed')], [], 'fixed in 5 s: 1 of 1 pods are running the intended image and are Ready'],
  [
    'several',
    [one('fixed')],
    ['deployment/a: gone.', 'deployment/b: gone.'],
    'fixed in 5 s, but 2 workloads left out: 1 of 1 pods are running the intended image and are Ready; not touched: deployment/a: gone; not touched: deployment/b: gone',
  ],
  [
    'an operation that says itself how it went',
    [{ ...one('fixed'), pods: undefined, detail: 'scaled to 3' }],
    ['deployment/a: gone.'],
    'fixed in 5 s, but 1 workload left out: scaled to 3; not touched: deployment/a: gone',
  ],
  [
    'such an operation beside a rollout',
    [one('fixed', 2), { ...one('fixed'), pods: undefined, detail: 'scaled to 3' }],
    [],
    'fixed in 5 s: 2 of 2 pods are running the intended image and are Ready; scaled to 3',
  ],
  [
    'not fixed either',
    [one('not-fixed')],
    ['deployment/a: gone.'],
    'not fixed (after 5 s); not touched: deployment/a: gone',
  ],
  [
    'many',
    [one('fixed')],
    Array.from({ length: 9 }, (_, index) => `deployment/w${index}: gone.`),
    /not touched: deployment\/w4: gone; not touched: and 4 more$/,
  ],
])('headline: %s', (_, results, leftOut, expected) => {
  expect(headline(results, 5000, leftOut)).toMatch(
    typeof expected === 'string' ? new RegExp(`^${expected.replaceAll(/[.()]/g, '\\$&')}$`) : expected,
  );
});
