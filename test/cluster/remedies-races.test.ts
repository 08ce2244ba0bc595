import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { judge } from '../../src/flows/change/verify/verify.ts';
import type { IntentTarget } from '../../src/model/change/plan.ts';
import type { WorkloadKind } from '../../src/model/workload/workload.ts';
import { collectionOf, workload } from './support/remedies-objects.ts';
import { digestsOf, eventually, type Place, strategicType } from './support/remedies-place.ts';
import { openStage, type Stage } from './support/remedies-stage.ts';

const admission = '/apis/admissionregistration.k8s.io/v1';

/** One write of a controller that is refused for a while, so that what it did before stands for as long as it takes. */
interface Held {
  readonly operation: 'CREATE' | 'UPDATE';
  /** Of the group `apps`. */
  readonly resource: string;
  /** The writes that are refused, in CEL. */
  readonly when: string;
}

/** What a change to this tag is judged by. */
async function targetOf(place: Place, kind: WorkloadKind, tag: string): Promise<IntentTarget> {
  const { metadata } = await place.get(kind, 'web');
  const container = { type: 'main' as const, name: 'app' };
  const expects = [{ container, image: place.image(tag), digests: [place.push(tag)] }];
  const ref = { kind, namespace: place.namespace, name: 'web', uid: metadata.uid };
  return { subject: ref, params: {}, operations: [], expects };
}

function look(place: Place, target: IntentTarget, isUndo?: true) {
  const watch = { until: new Date(Date.now() + 40_000) };
  const deps = { ...place.deps, ...(isUndo === undefined ? {} : { isUndo }) };
  return judge(target, watch, deps, { signal: AbortSignal.timeout(10_000) });
}

/** Until the change has ended well. */
function fixed(place: Place, target: IntentTarget): Promise<void> {
  return eventually(async () => {
    expect(await look(place, target)).toMatchObject({ settled: true, outcome: 'fixed' });
  });
}

async function observed(place: Place, kind: WorkloadKind): Promise<void> {
  await eventually(async () => {
    const { metadata, status } = await place.get(kind, 'web');
    expect((status as { observedGeneration?: number }).observedGeneration).toBe(metadata.generation);
  });
}

const podImage = (image: string, more: object = {}) => ({
  spec: { ...more, template: { spec: { containers: [{ name: 'app', image }] } } },
});

// In passing these states last for milliseconds, and a look that falls between is rare.
describe.concurrent('a look between two writes of its controller', { timeout: 120_000 }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(inject('cluster'));
  });
  afterAll(() => stage?.close());

  async function running(name: string, kind: 'Deployment' | 'StatefulSet', spec: object = {}): Promise<Place> {
    const place = await stage.place(name, ['workload-images', 'pod-deletion']);
    for (const tag of ['1', '2']) place.push(tag);
    await place.create(kind, workload(kind, 'web', { image: place.image('1'), replicas: 2, spec }));
    await place.ready('web', 2);
    return place;
  }

  /** Refuses that write in a namespace while something is looked at. `proof`: such a write, as a dry run. */
  async function holding(
    { namespace }: Place,
    { operation, resource, when }: Held,
    proof: () => Promise<{ readonly code: number }>,
    work: () => Promise<void>,
  ): Promise<void> {
    const name = `held-${namespace}`;
    const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: [operation], resources: [resource] };
    const policies = `${admission}/validatingadmissionpolicies`;
    const bindings = `${admission}/validatingadmissionpolicybindings`;
    try {
      const validations = [{ expression: `!(${when})`, message: 'held' }];
      const spec = { failurePolicy: 'Fail', matchConstraints: { resourceRules: [rule] }, validations };
      await stage.api.call('POST', policies, { body: { metadata: { name }, spec } });
      const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
      const binding = { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector } };
      await stage.api.call('POST', bindings, { body: { metadata: { name }, spec: binding } });
      await eventually(async () => expect((await proof()).code).toBe(422));
      await work();
    } finally {
      await stage.api.call('DELETE', `${bindings}/${name}`);
      await stage.api.call('DELETE', `${policies}/${name}`);
    }
  }

  it('a Deployment that is scaled in the same moment: observed, and its ReplicaSet not made', async () => {
    const place = await running('scaled', 'Deployment');
    const target = await targetOf(place, 'Deployment', '2');
    const made = collectionOf('Deployment', place.namespace).replace('deployments', 'replicasets');
    const body = workload('Deployment', 'another', { image: place.image('1') });
    const proof = () => stage.api.call('POST', `${made}?dryRun=All`, { body });
    await holding(place, { operation: 'CREATE', resource: 'replicasets', when: 'true' }, proof, async () => {
      await place.patch('Deployment', 'web', podImage(place.image('2'), { replicas: 1 }), strategicType);
      await observed(place, 'Deployment');
      // As many Ready pods as are wanted, all of the revision before.
      await place.ready('web', 1);
      expect(await digestsOf(place, 'web')).toEqual([place.push('1')]);
      expect(await look(place, target)).toMatchObject({ settled: false, outcome: 'applied' });
      expect(await look(place, target, true)).toMatchObject({ settled: false, outcome: 'applied' });
    });
    await fixed(place, target);
    expect(await digestsOf(place, 'web')).toEqual([place.push('2')]);
  });

  it('a StatefulSet with OnDelete: its pods are recreated, and not counted', async () => {
    const place = await running('uncounted', 'StatefulSet', { updateStrategy: { type: 'OnDelete' } });
    const shown = await place.plan({ remedy: 'set-image', on: ['StatefulSet', 'web'], params: { image: ':2' } });
    const approved = await place.approve(shown);
    const when = 'has(object.status.updatedReplicas) && object.status.updatedReplicas > 0';
    const path = `${collectionOf('StatefulSet', place.namespace)}/web/status?dryRun=All`;
    const proof = () =>
      stage.api.call('PATCH', path, {
        body: { status: { updatedReplicas: 1 } },
        contentType: 'application/merge-patch+json',
      });
    await holding(place, { operation: 'UPDATE', resource: 'statefulsets/status', when }, proof, async () => {
      const begun = await place.execute(approved);
      const [target] = begun.plan?.intent.targets ?? [];
      if (target === undefined) throw new Error('no target');
      await eventually(async () => expect(await digestsOf(place, 'web')).toEqual([place.push('2')]));
      await place.ready('web', 2);
      expect((await place.get('StatefulSet', 'web'))['status']).not.toHaveProperty('updatedReplicas');
      expect(await look(place, target)).toMatchObject({ pods: { desired: 2, updated: 2, onDigest: 2 } });
      expect((await place.settle(begun)).results).toMatchObject([{ outcome: 'fixed' }]);
    });
  });
});
