import { describe, expect, test } from 'vitest';
import { makePlan } from '../../../../src/flows/change/plan/plan.ts';
import type { ChangeRequest } from '../../../../src/model/change/change.ts';
import { known } from '../../../../src/model/values/fact.ts';
import type { ClusterReader, WorkloadSummary } from '../../../../src/ports/cluster.ts';
import { aRequest, clusterOf, planHow, planReach } from '../../../support/planning.ts';
import { aContainer, aPod, aState, waiting } from '../../../support/snapshot.ts';

const wanted = 'ghcr.io/acme/payments-apy:1';
const elsewhere = 'ghcr.io/acme/payments-api:7';
const params = { images: [{ image: wanted }] };
const target = { type: 'workload', kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
const targets = [{ subject: { kind: 'Deployment' as const, namespace: 'shop', name: 'web' }, params }];

/** A workload whose image is missing, and one of another namespace with a name like the one that is typed. */
function twoNamespaces(): ClusterReader {
  const container = aContainer();
  const reader = clusterOf({ pods: known([aPod([aState(container, waiting('ImagePullBackOff'))])]) });
  const other: WorkloadSummary = {
    ref: { kind: 'Deployment', namespace: 'secret', name: 'payments' },
    containers: [aContainer({ image: elsewhere })],
    ready: 1,
  };
  return {
    ...reader,
    workloads: async ({ namespace }) =>
      known([other].filter(({ ref }) => (namespace ?? ref.namespace) === ref.namespace)),
  };
}

describe('a plan for an image that does not exist', () => {
  test.each<[string, Partial<ChangeRequest>, boolean]>([
    ['typed by someone who may ask everywhere', { targets, typed: { target, params } }, true],
    ['of a form', { targets }, true],
    ['typed in one namespace', { targets, typed: { target: { ...target, confined: true }, params } }, false],
    ['of a form in one namespace', { targets, confined: true }, false],
    ['of a form with an incomplete name', { typed: { target, params }, confined: true }, false],
  ])('%s: near images of other namespaces are told or not', async (_, request, isTold) => {
    const { reach } = planReach(twoNamespaces(), { references: {}, tags: {} });
    const outcome = await makePlan(aRequest(request), reach, planHow);
    expect(outcome).toMatchObject({ kind: 'refused', why: expect.stringContaining('payments-apy') });
    expect(JSON.stringify(outcome).includes(elsewhere.split(':')[0] ?? '')).toBe(isTold);
  });
});
