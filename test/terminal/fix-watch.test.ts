import { expect, test } from 'vitest';
import { known } from '../../src/model/fact.ts';
import type { FixRun } from '../../src/terminal/fix.ts';
import { fix, world } from '../support/fix-run.ts';
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
  expect(out).toContain('12 of 12 pods run the intended digests and are Ready');
  expect(code).toBe(0);
  expect(clockMs - Date.parse(now)).toBeGreaterThan(90 * 60_000);
});
