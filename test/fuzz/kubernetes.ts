import { clusterFailure, pageResult } from '../../src/kubernetes/connection/answer.ts';
import { jsonLines } from '../../src/kubernetes/connection/json-lines.ts';
import { mayI } from '../../src/kubernetes/connection/rights.ts';
import { comparedWith } from '../../src/kubernetes/read/earlier-templates.ts';
import { managersOf } from '../../src/kubernetes/read/managed-fields.ts';
import { nodeOf } from '../../src/kubernetes/read/nodes.ts';
import {
  BudgetObject,
  ConfigMapObject,
  ControllerRevisionObject,
  EventObject,
  ManagedObject,
  NodeObject,
  PodObject,
  ReplicaSetObject,
  SecretObject,
  ServiceAccountObject,
  Template,
  WorkloadObject,
} from '../../src/kubernetes/read/objects.ts';
import { followOwners } from '../../src/kubernetes/read/owners.ts';
import { podOf } from '../../src/kubernetes/read/pods.ts';
import { pullSecretOf } from '../../src/kubernetes/read/pull-secret.ts';
import type { ClusterSource } from '../../src/kubernetes/read/read.ts';
import { imagesOf, templateOf } from '../../src/kubernetes/read/template.ts';
import { summaryOf, workloadOf } from '../../src/kubernetes/read/workloads.ts';
import { createChangeReader } from '../../src/kubernetes/write/change-reader.ts';
import { authKeys, setAuth } from '../../src/kubernetes/write/docker-config-edit.ts';
import { changeTemplate } from '../../src/kubernetes/write/edit-template.ts';
import {
  contentOf,
  dockerConfigKey,
  dockerConfigType,
  otherOwner,
  WholeSecret,
} from '../../src/kubernetes/write/pull-secret-object.ts';
import { writtenOf } from '../../src/kubernetes/write/write-answer.ts';
import { memoryKeychain } from '../support/in-memory.ts';
import * as objects from '../support/kubernetes-objects.ts';
import { json, jsonText, type Target } from './target.ts';

const deployment = objects.deployment();
const managedFields = [
  { manager: 'helm', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:template': {} } } },
];
const managed = { ...deployment, metadata: { ...deployment.metadata, managedFields } };
const credential = { username: 'robot', password: 'secret', auth: Buffer.from('robot:secret').toString('base64') };
const dockerConfig = { auths: { 'ghcr.io': credential, 'https://index.docker.io/v1/': { auth: 'YQ==' } } };
const pullSecret = objects.secret(dockerConfigType, dockerConfigKey, JSON.stringify(dockerConfig));
const status = {
  kind: 'Status',
  status: 'Failure',
  message: 'deployments.apps "web" is forbidden',
  reason: 'Forbidden',
  code: 403,
  details: { name: 'web', causes: [{ field: 'spec', message: 'no' }] },
  metadata: { continue: 'abc' },
};
const ref = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
const right = { verb: 'patch', group: 'apps', resource: 'deployments' } as const;

const now = new Date('2026-12-01T00:00:00Z');
const reading = { signal: new AbortController().signal };
const owner = { apiVersion: 'kubernetes.dask.org/v1', kind: 'DaskCluster', name: 'a', uid: 'u', controller: true };
const mark = { approval: '0VEYZPZ3', changeCause: 'a', plan: 'b' };
const edit = {
  type: 'edit-template',
  target: { ...ref, uid: deployment.metadata?.uid ?? '' },
  edits: [{ field: 'restartedAt', to: now.toISOString() }],
} as const;

/** A cluster that answers everything with this. */
function answering(value: unknown, input: string): ClusterSource {
  const answer = answered(input);
  const api = {
    json: () => Promise.resolve({ ok: true, value }),
    change: () => Promise.resolve({ kind: 'answered', answer, retryAfterMs: undefined }),
  } as unknown as ClusterSource['api'];
  return { api, bytes: { keep: () => true }, pageSize: 100 };
}

function answered(body: string, code = 200) {
  return { status: code, contentType: 'application/json', body };
}

async function watched(input: string): Promise<unknown> {
  const parts: unknown[] = [];
  const body = Buffer.from(input);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < body.length; at += 1000) yield body.subarray(at, at + 1000);
  }
  for await (const part of jsonLines(chunks(), 100_000)) parts.push(part);
  return parts;
}

/** Objects of one kind, as lists and single reads take them. */
function objectTarget<T>(
  name: string,
  values: readonly unknown[],
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  read: (object: T) => unknown,
): Target {
  return json(name, ['kubernetes/read/list.ts', 'kubernetes/read/read.ts'], values, (value) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? read(parsed.data) : undefined;
  });
}

const lists = [
  {
    kind: 'PodList',
    metadata: { continue: 'a', resourceVersion: '1' },
    items: [objects.pod('web-1'), objects.pod('web-2')],
  },
  { kind: 'DeploymentList', metadata: {}, items: null },
  { kind: 'DeploymentList', metadata: null, items: [managed, managed] },
];

export const kubernetesTargets: readonly Target[] = [
  objectTarget('pod', [objects.pod('web-1')], PodObject, (pod) => podOf(pod)),
  objectTarget(
    'workload',
    [deployment, objects.statefulSet(), objects.daemonSet(), objects.job('j'), objects.cronJob()],
    WorkloadObject,
    (object) => [workloadOf(ref, object, { owners: [] }), summaryOf('Deployment', object)],
  ),
  objectTarget('node', [objects.node('one')], NodeObject, nodeOf),
  objectTarget('event', [objects.event()], EventObject, (event) => event),
  objectTarget('ReplicaSet', [objects.replicaSet('web-1', 1, 'a:1')], ReplicaSetObject, (set) => set),
  objectTarget(
    'ControllerRevision',
    [objects.controllerRevision('web-1', 1, 'a:1', 'web', 'StatefulSet')],
    ControllerRevisionObject,
    (revision) => revision,
  ),
  objectTarget(
    'budget',
    [{ metadata: { name: 'b' }, spec: { selector: { matchLabels: { a: 'b' } } } }],
    BudgetObject,
    (one) => one,
  ),
  objectTarget(
    'service account',
    [{ metadata: { name: 'a' }, imagePullSecrets: [{ name: 's' }] }],
    ServiceAccountObject,
    (one) => one,
  ),
  objectTarget('ConfigMap', [{ metadata: { name: 'a' }, data: { A: 'b' } }], ConfigMapObject, (map) => map),
  objectTarget('pull secret', [pullSecret], SecretObject, pullSecretOf),
  objectTarget('template', [deployment.spec?.template], Template, (template) => [
    templateOf(template),
    imagesOf(template),
  ]),
  objectTarget('managed fields', [managed], ManagedObject, ({ metadata }) => managersOf(metadata.managedFields)),
  json(
    'object to change',
    ['kubernetes/write/edit-template.ts', 'kubernetes/read/read.ts'],
    [deployment],
    (value, input) =>
      changeTemplate(answering(value, input), edit, { ...reading, mark, dryRun: false, keychain: memoryKeychain() }),
  ),
  json('whole secret', ['kubernetes/write/pull-secret-object.ts'], [pullSecret], (value) => {
    const secret = WholeSecret.safeParse(value).data;
    return secret === undefined ? undefined : [contentOf(secret), otherOwner(secret)];
  }),
  json('review of rights', ['kubernetes/connection/rights.ts'], [{ status: { allowed: true } }], (value, input) =>
    mayI(answering(value, input).api, right, reading),
  ),
  json(
    'review of ourselves',
    ['kubernetes/write/change-reader.ts'],
    [{ status: { userInfo: { username: 'system:serviceaccount:a:b' } } }, managed],
    async (value, input) => {
      const reader = createChangeReader(answering(value, input));
      return [
        await reader.whoAmI(reading),
        await reader.identity({ kind: 'Secret', namespace: 'a', name: 'b' }, reading),
      ];
    },
  ),
  json(
    'discovery',
    ['kubernetes/read/owners.ts'],
    [{ resources: [{ name: 'daskclusters', kind: 'DaskCluster', namespaced: true }] }, managed],
    (value, input) => followOwners(answering(value, input), 'shop', [owner], reading),
  ),
  json(
    'earlier template',
    ['kubernetes/read/earlier-templates.ts', 'kubernetes/read/template-differences.ts'],
    [deployment.spec?.template],
    (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? comparedWith(value as Record<string, unknown>, { template: deployment.spec?.template } as never)
        : undefined,
  ),
  jsonText(
    'content of a pull secret',
    ['kubernetes/write/docker-config-edit.ts', 'kubernetes/read/pull-secret.ts'],
    [dockerConfig],
    (input) => [
      authKeys(input),
      setAuth(input, 'ghcr.io', credential),
      pullSecretOf({
        metadata: { name: 'a', namespace: 'b' },
        type: dockerConfigType,
        data: { [dockerConfigKey]: Buffer.from(input).toString('base64') },
      } as never),
    ],
  ),
  jsonText('list', ['kubernetes/connection/list-page.ts', 'kubernetes/connection/answer.ts'], lists, (input) => {
    const page = pageResult(answered(input));
    return page.ok ? [...page.value.items].length : page.why;
  }),
  jsonText('refusal', ['kubernetes/connection/answer.ts', 'kubernetes/write/write-answer.ts'], [status], (input) => [
    ...[400, 403, 404, 410, 500].map((code) => clusterFailure(answered(input, code))),
    writtenOf({ kind: 'answered', answer: answered(input, 422), retryAfterMs: undefined }, right),
  ]),
  jsonText(
    'watch',
    ['kubernetes/connection/json-lines.ts'],
    [{ type: 'ADDED', object: objects.pod('web-1') }],
    (input) => watched(`${input}\n${input}\n`),
  ),
];
