import { afterAll, describe, expect, inject, it } from 'vitest';
import type { Operation } from '../../src/model/change/operation.ts';
import { writerContract } from '../kubernetes/writer-contract.ts';
import { bodyOf, editOf, setImage, writerWorld } from '../kubernetes/writer-world.ts';

const { url, token, caPem } = inject('cluster');
const start = () => Promise.resolve({ url, token, caPem, stop: () => Promise.resolve() });

// test/kubernetes/writer.test.ts holds the simulated cluster to the same.
describe('writer of a real cluster', () => {
  writerContract(start);
});

describe('what only a real cluster refuses', () => {
  const world = writerWorld(start);
  const admission = '/apis/admissionregistration.k8s.io/v1';
  const name = 'imagecheck-writer-test';

  afterAll(async () => {
    await world.api?.call('DELETE', `${admission}/validatingadmissionpolicybindings/${name}`);
    await world.api?.call('DELETE', `${admission}/validatingadmissionpolicies/${name}`);
  });

  it('by an admission policy, in its own words', async () => {
    const [collection, body] = bodyOf('Deployment', 'policed');
    const { metadata } = await world.create(collection, body);
    const target = { kind: 'Deployment', namespace: world.namespace, name: 'policed', uid: metadata.uid } as const;
    const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] };
    const expression = "!object.spec.template.spec.containers.exists(c, c.image.endsWith(':forbidden'))";
    await world.create(`${admission}/validatingadmissionpolicies`, {
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression, message: 'not this tag' }],
      },
    });
    const selector = { matchLabels: { 'kubernetes.io/metadata.name': world.namespace } };
    await world.create(`${admission}/validatingadmissionpolicybindings`, {
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector: selector } },
    });
    const operation = editOf(target, setImage('app', 'ghcr.io/acme/web:1', 'ghcr.io/acme/web:forbidden'));
    const refused = { kind: 'refused', message: expect.stringContaining('not this tag') };
    // The policy is in force a moment after it was made.
    await expect
      .poll(() => world.apply(operation, { dryRun: true }), { timeout: 15_000, interval: 200 })
      .toMatchObject(refused);
    expect(await world.apply(operation)).toMatchObject(refused);
  });

  it('by a quota', async () => {
    const quotas = '/api/v1/NS/resourcequotas';
    await world.create(quotas, { metadata: { name: 'none' }, spec: { hard: { secrets: '0' } } });
    // Without the controller of quotas nobody counts, so the count is written by hand.
    const status = { hard: { secrets: '0' }, used: { secrets: '0' } };
    const path = `/api/v1/namespaces/${world.namespace}/resourcequotas/none/status`;
    await world.api.call('PATCH', path, { body: { status }, contentType: 'application/merge-patch+json' });
    const operation: Operation = {
      type: 'write-pull-secret',
      namespace: world.namespace,
      name: 'over-quota',
      uid: null,
      key: 'ghcr.io',
      registry: 'ghcr',
    };
    const refused = { kind: 'refused', message: expect.stringContaining('exceeded quota') };
    await expect
      .poll(() => world.apply(operation, { dryRun: true }), { timeout: 15_000, interval: 200 })
      .toMatchObject(refused);
    expect(await world.apply(operation)).toMatchObject(refused);
  });
});
