import { expect, test } from 'vitest';
import { makePlan } from '../../../../src/flows/change/plan/plan.ts';
import type { RemedyId, RemedyParams } from '../../../../src/model/change/change.ts';
import { digestOfIntent } from '../../../../src/model/change/plan.ts';
import { memoryCluster } from '../../../support/in-memory.ts';
import { aRequest, planHow, planReach } from '../../../support/planning.ts';
import { aContainer } from '../../../support/snapshot.ts';

const image = 'ghcr.io/acme/web:1';
const references = { [image]: 'web', 'ghcr.io/acme/web:2': 'new', 'ghcr.io/acme/mesh:1': 'mesh' };
const app = aContainer({ name: 'app', image });
const sidecar = aContainer({ name: 'sidecar', image: 'ghcr.io/acme/mesh:1' });
const targetsOf = (params: RemedyParams) => [
  { subject: { kind: 'Deployment' as const, namespace: 'shop', name: 'web' }, params },
];

async function planned(remedy: RemedyId, targets: ReturnType<typeof targetsOf>, containers: readonly (typeof app)[]) {
  const { reach } = planReach(memoryCluster({ template: { containers } }), { references });
  const outcome = await makePlan(aRequest({ remedy, targets }), reach, planHow);
  if (outcome.kind !== 'plan') throw new Error(JSON.stringify(outcome));
  return outcome;
}

test.each<[RemedyId, RemedyParams]>([
  ['set-image', { image: ':2' }],
  ['set-pull-policy', { policy: 'Always' }],
])('%s without a container keeps to those that were shown when a sidecar is injected', async (remedy, params) => {
  const first = await planned(remedy, targetsOf(params), [app]);
  const again = await planned(remedy, first.request.targets as ReturnType<typeof targetsOf>, [sidecar, app]);
  expect(digestOfIntent(again.plan.intent)).toBe(digestOfIntent(first.plan.intent));
});
