import { expect, test } from 'vitest';
import { known } from '../../src/model/values/fact.ts';
import type { FixRun } from '../../src/terminal/fix.ts';
import { fix, fixRecords, id, two, world } from '../support/fix-run.ts';
import { aRollout } from '../support/rollout.ts';
import { now } from '../support/snapshot.ts';

test('a slow rollout is watched for as long as it moves', async () => {
  const place = world();
  const wanted = 12;
  let clockMs = Date.parse(now);
  let updated = 0;
  const rollout: FixRun['changes']['rollout'] = async () => ({
    kind: 'found',
    value: aRollout({ revision: 'web-7d9f', desired: wanted, progressDeadlineSeconds: 600 }),
  });
  const pods: FixRun['cluster']['pods'] = async (...args) => {
    const found = await place.cluster.pods(...args);
    const [pod] = found.known ? found.value : [];
    if (pod === undefined) throw new Error('there is no pod');
    // One more pod every eight minutes: within the deadline of its controller.
    clockMs += 4 * 60_000;
    updated += 0.5;
    return known(
      Array.from({ length: wanted }, (_, index) => ({ ...pod, revision: index < updated ? 'web-7d9f' : 'web-old' })),
    );
  };
  const cluster = { ...place.cluster, pods };
  const clock = () => new Date(clockMs);
  const { code, out } = await fix(
    { ...place, cluster, writer: { ...place.writer, rollout } },
    { now: clock, lookMs: 1 },
  );
  expect(out).toContain('12 of 12 pods are running the intended image and are Ready');
  expect(code).toBe(0);
  expect(clockMs - Date.parse(now)).toBeGreaterThan(90 * 60_000);
});

test('what the plan left out is said with the result', async () => {
  const why = 'deployment/api: it could not be read.';
  const other = world();
  const base = (await fix(other, { ask: async () => 'no' })).run;
  const { out, audit } = await fix(other, {
    makePlan: async (request, how) => {
      const made = await base.makePlan(request, how);
      return made.kind === 'plan' ? { ...made, plan: { ...made.plan, leftOut: [why] } } : made;
    },
  });
  expect(out).toMatch(
    /Fixed in \d+ s, but 1 workload left out: 1 of 1 pods .*; not touched: deployment\/api: it could/,
  );
  expect(audit.find(({ action }) => action === 'verified')?.detail).toContain(`not touched: ${why.slice(0, -1)}`);
});

test('a change that another one replaced in the meantime blames nobody', async () => {
  const place = world();
  const kept = fixRecords();
  let looks = 0;
  const workload: FixRun['cluster']['workload'] = async (...args) => {
    looks += place.image() === two ? 1 : 0;
    const done = kept.get(id);
    // Somebody else changes it as soon as this one is watched.
    if (place.image() === two && done !== undefined && looks > 1) {
      const later = (done.plan?.intent.targets ?? []).map((target) => ({
        ...target,
        expects: target.expects.map((expect) => ({ ...expect, image: 'ghcr.io/acme/web:3', digests: [] })),
      }));
      if (done.plan === undefined) throw new Error('there is no plan');
      const plan = { ...done.plan, intent: { ...done.plan.intent, targets: later } };
      kept.set('SEC0ND11', { ...done, id: 'SEC0ND11', requester: 'ben', plan });
      place.set('ghcr.io/acme/web:3');
    }
    const found = await place.cluster.workload(...args);
    if (found.kind !== 'found' || place.image() !== 'ghcr.io/acme/web:3') return found;
    const annotations = {
      'imagecheck.dev/last-approval': 'SEC0ND11',
      'imagecheck.dev/earlier-approvals': `${id}@${now}`,
    };
    return { ...found, value: { ...found.value, annotations } };
  };
  const cluster = { ...place.cluster, workload };
  const { code, out } = await fix({ ...place, cluster }, {}, kept);
  expect(out).toContain('Replaced by plan SEC0ND11 (set-image, by ben in a terminal) before it was known');
  expect(out).not.toContain('THE DIAGNOSIS');
  expect(code).toBe(3);
});
