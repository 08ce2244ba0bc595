import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { KubernetesReader } from '../../src/kubernetes/cluster-reader.ts';
import { createClusterReader } from '../../src/kubernetes/cluster-reader.ts';
import { managersOf } from '../../src/kubernetes/read/managed-fields.ts';
import * as objects from '../../src/kubernetes/read/objects.ts';
import type { Workload } from '../../src/model/workload/workload.ts';
import { workloadKinds } from '../../src/model/workload/workload.ts';
import * as fixtures from '../support/kubernetes-objects.ts';
import { soon, writeKubeconfig } from '../support/kubernetes-reader.ts';
import { startKubernetesServer, type TestServer } from '../support/kubernetes-server.ts';

/** Field names of real objects, so that random JSON gets past the first level. */
const realObjects = [
  fixtures.deployment(),
  fixtures.statefulSet(),
  fixtures.cronJob(),
  fixtures.pod('p', { ownerReferences: fixtures.controlledBy('ReplicaSet', 'r')! }),
  fixtures.node('n'),
  fixtures.event(),
  fixtures.replicaSet('r', 1, 'i'),
  fixtures.controllerRevision('c', 1, 'i', 'o', 'StatefulSet'),
  fixtures.secret('kubernetes.io/dockerconfigjson', '.dockerconfigjson', '{"auths":{}}'),
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A real object in which one part was replaced by any JSON. */
const damaged = fc
  .tuple(fc.constantFrom(...realObjects), fc.nat(), fc.jsonValue({ maxDepth: 3 }))
  .map(([object, where, replacement]): Json => {
    const copy: Json = JSON.parse(JSON.stringify(object));
    const places: (() => void)[] = [];
    const visit = (value: Json): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const key of Object.keys(value)) {
        const target = value as { [key: string]: Json };
        places.push(() => {
          target[key] = replacement as Json;
        });
        visit(target[key] ?? null);
      }
    };
    visit(copy);
    places[where % places.length]?.();
    return copy;
  });

let server: TestServer;
let reader: KubernetesReader;
let answer: unknown;

beforeAll(async () => {
  server = await startKubernetesServer();
  server.on(/^/, () => ({ body: JSON.stringify(answer) }));
  const folder = await mkdtemp(join(tmpdir(), 'imagecheck-any-'));
  const kubeconfig = await writeKubeconfig({ server: server.url }, {}, folder);
  reader = await createClusterReader({ id: 'test', kubeconfig });
  return async () => {
    await reader.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
});

function workload(kind: Workload['ref']['kind']): Workload {
  const placement = { nodeSelector: {}, affinityTerms: [], tolerations: [] };
  const template = { containers: [], serviceAccount: 'a', pullSecretNames: [], placement, labels: {} };
  const ref = { kind, namespace: 'prod', name: 'web' };
  const rest = { ready: 0, paused: false, createdAt: '', owners: [], managers: [], annotations: {} };
  return { ref, uid: 'uid-web', template, selector: 'app=web', ...rest };
}

async function readEverything(): Promise<unknown[]> {
  const reading = soon();
  return await Promise.all([
    reader.nodes(reading),
    reader.namespaces(reading),
    reader.events({ namespace: 'prod' }, reading),
    reader.everyPod({}, reading),
    reader.workloads({}, reading),
    reader.pullSecret('prod', 'x', reading),
    reader.configMap('prod', 'x', reading),
    reader.serviceAccount('prod', 'x', reading),
    reader.canI([{ verb: 'get', resource: 'pods' }], reading),
    ...workloadKinds.flatMap((kind) => [
      reader.workload({ kind, namespace: 'prod', name: 'x' }, reading),
      reader.pods(workload(kind), reading),
      reader.revisions(workload(kind), reading),
    ]),
  ]);
}

test('any JSON where an object belongs is a value', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged, fc.jsonValue()), async (value) => {
      answer = value;
      for (const outcome of await readEverything()) expect(outcome).toBeTypeOf('object');
    }),
    { numRuns: 60 },
  );
});

test('any JSON among the objects of a list is a value', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(damaged, fc.jsonValue())), async (items) => {
      answer = { metadata: {}, items };
      for (const outcome of await readEverything()) expect(outcome).toBeTypeOf('object');
    }),
    { numRuns: 40 },
  );
});

test('any fieldsV1 is a manager that owns images or not', () => {
  const deep: unknown = JSON.parse(`${'{"f:spec":'.repeat(2_000)}{}${'}'.repeat(2_000)}`);
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.constant(deep)), (fieldsV1) => {
      const [manager] = managersOf([{ manager: 'm', fieldsV1 }]);
      expect(manager?.ownsImages).toBeTypeOf('boolean');
      expect(manager?.owns ?? []).toBeInstanceOf(Array);
    }),
  );
});

test('null is the same as absent in every object', () => {
  const pod = fixtures.pod('p');
  const nulls = { ...pod, spec: { containers: null, tolerations: null, nodeSelector: null }, status: null };
  expect(objects.PodObject.safeParse(nulls).success).toBe(true);
  const template = { metadata: { creationTimestamp: null, labels: null }, spec: { containers: null, env: null } };
  expect(objects.Template.safeParse(template).success).toBe(true);
});
