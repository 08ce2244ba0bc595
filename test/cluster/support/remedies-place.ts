import { expect, vi } from 'vitest';
import { diagnose } from '../../../src/flows/ask/diagnose.ts';
import type { DecideDeps } from '../../../src/flows/change/decide/decide.ts';
import { decide } from '../../../src/flows/change/decide/decide.ts';
import { execute } from '../../../src/flows/change/execute/execute.ts';
import { prepare } from '../../../src/flows/change/request/prepare.ts';
import { requestChange } from '../../../src/flows/change/request/request.ts';
import { verify } from '../../../src/flows/change/verify/verify.ts';
import type { ChangeWorkDeps } from '../../../src/flows/change/work/work.ts';
import type { RemediationFamily } from '../../../src/kubernetes/rights/worker-rights.ts';
import { type Approval, finalStates } from '../../../src/model/approval/approval.ts';
import { readPrivateKey } from '../../../src/model/approval/signatures.ts';
import type { RemedyId, RemedyParams } from '../../../src/model/change/change.ts';
import { digestOfIntent } from '../../../src/model/change/plan.ts';
import type { WorkloadKind } from '../../../src/model/workload/workload.ts';
import type { Fields, KubeObject } from '../../../src/sandbox/cluster/objects/object.ts';
import { ownClock } from '../../../src/timing/clock.ts';
import { changeWork } from '../../../src/wire/changes.ts';
import { sampleApproval } from '../../support/approval-samples.ts';
import { memoryChanges } from '../../support/approvals.ts';
import { collectionOf } from './remedies-objects.ts';
import type { Stage } from './remedies-stage.ts';

/** What is asked for. */
export interface Wanted {
  readonly remedy: RemedyId;
  readonly on?: readonly [WorkloadKind, string];
  readonly params?: RemedyParams;
  /** Only `undo`. */
  readonly undoes?: Approval;
}

/** One namespace, its records, and the people and the worker that change something there. */
export interface Place {
  readonly namespace: string;
  readonly deps: ChangeWorkDeps;
  /** `ghcr.io/NAMESPACE/web:TAG`. */
  image(tag: string): string;
  /** Pushes a build, another one for each seed; gives its digest. */
  push(tag: string, seed?: string, more?: { readonly repository?: string; readonly private?: boolean }): string;
  create(kind: WorkloadKind | 'ServiceAccount' | 'Secret' | 'ResourceQuota', body: object): Promise<KubeObject>;
  get(kind: WorkloadKind | 'ServiceAccount' | 'Secret', name: string): Promise<Fields & KubeObject>;
  /** As someone else: merge patch, or what the content type says. */
  patch(
    kind: WorkloadKind | 'ServiceAccount' | 'Secret' | 'ResourceQuota',
    name: string,
    body: unknown,
    how?: {
      readonly contentType?: string;
      readonly subresource?: string;
      readonly query?: string;
      readonly manager?: string;
    },
  ): Promise<void>;
  remove(kind: WorkloadKind, name: string): Promise<void>;
  pods(app: string): Promise<readonly KubeObject[]>;
  /** Until so many pods of an app are Ready and no others are there. */
  ready(app: string, count: number): Promise<void>;
  /** Until a pod of an app waits for that reason. */
  waiting(app: string, reason: string): Promise<void>;
  /** Another step of the registry's control API. */
  registry(change: Parameters<Stage['nodes']['registries']['change']>[1]): void;
  stored(id: string): Approval;
  behave(match: object, behaviour: object): Promise<void>;
  /** As far as a plan, or the refusal. */
  plan(wanted: Wanted): Promise<Approval>;
  /** Someone of the group approves. */
  approve(approval: Approval): Promise<Approval>;
  execute(approval: Approval): Promise<Approval>;
  /** Until the result is there. */
  settle(approval: Approval): Promise<Approval>;
  /** Writes the record of an execution again, and has a worker take it. */
  replay(approval: Approval): Promise<void>;
  /** Waits for the Event of a change. */
  eventOf(approval: Approval): Promise<void>;
  /** All of it. */
  fix(wanted: Wanted): Promise<Approval>;
}

const usualTimeoutMs = 40_000;

export async function openPlace(stage: Stage, name: string, families: readonly RemediationFamily[]): Promise<Place> {
  const { api, nodes, config, reach } = stage;
  const namespace = await api.namespace(`remedies-${name}-`);
  await bind(stage, namespace, families);
  const records = memoryChanges();
  const outbox = { put: async () => {} };
  const queue = { enqueue: async () => {} };
  const deps: ChangeWorkDeps = {
    ...changeWork(config, reach, { ...records, clock: ownClock }, { workerId: 'one', queue }),
    approvals: records.approvals,
    audit: records.audit,
    outbox,
    queue,
    cluster: reach.cluster,
    reports: { save: async () => 'report', get: async () => undefined },
    diagnose: (target, how) => diagnose(target, reach, how),
    onIncident: ({ error }) => {
      throw error;
    },
  };
  const { privateKey } = config.signing;
  const bot: DecideDeps = {
    approvals: records.approvals,
    audit: records.audit,
    outbox,
    queue,
    now: deps.now,
    workers: {
      beat: async () => {},
      gone: async () => {},
      alive: async (cluster) => [
        { cluster, id: 'one', version: '1', seenAt: new Date().toISOString(), missingRights: [], jobs: [] },
      ],
      lastSeen: async () => undefined,
    },
    policy: config.approve,
    onTrouble: (_, error) => {
      throw error;
    },
    ...(privateKey === undefined ? {} : { privateKey: readPrivateKey(privateKey) }),
  };
  const context = () => ({ signal: AbortSignal.timeout(usualTimeoutMs), stopping: new AbortController().signal });
  const stored = (id: string): Approval => {
    const found = records.stored(id);
    if (found === undefined) throw new Error(`there is no ${id}`);
    return found;
  };
  const jobOf = ({ id, team }: Approval) => ({ version: 1 as const, cluster: 'test', team, approval: id });
  const ok = async (...call: Parameters<typeof api.call>): Promise<Fields & KubeObject> => {
    const { code, body } = await api.call(...call);
    if (code > 299) throw new Error(`${call[0]} ${call[1]}: ${code} ${JSON.stringify(body).slice(0, 800)}`);
    return body as Fields & KubeObject;
  };
  const at = (kind: Parameters<typeof collectionOf>[0], object?: string) =>
    `${collectionOf(kind, namespace)}${object === undefined ? '' : `/${object}`}`;
  const pods = async (app: string): Promise<readonly KubeObject[]> =>
    (await api.call('GET', `${at('Pod')}?labelSelector=app%3D${app}`)).body.items ?? [];

  const place: Place = {
    namespace,
    deps,
    image: (tag) => `ghcr.io/${namespace}/web:${tag}`,
    push: (tag, seed = tag, { repository = 'web', ...more } = {}) => {
      // The same seed is the same build whenever it is pushed.
      const created = '2026-11-01T10:00:00Z';
      const push = { created, repository: `${namespace}/${repository}`, tags: [tag], seed, ...more };
      return nodes.registries.change('ghcr.io', { push }).digest ?? '';
    },
    create: (kind, body) => ok('POST', at(kind), { body }),
    get: (kind, object) => ok('GET', at(kind, object)),
    patch: async (kind, object, body, how = {}) => {
      const { contentType = 'application/merge-patch+json', subresource, query = '', manager = 'kubectl-edit' } = how;
      const path = `${at(kind, object)}${subresource === undefined ? '' : `/${subresource}`}${query}`;
      await ok('PATCH', path, { body, contentType, manager });
    },
    remove: async (kind, object) => {
      await ok('DELETE', `${at(kind, object)}?propagationPolicy=Background`);
    },
    pods,
    ready: (app, count) =>
      eventually(async () => {
        expect((await pods(app)).map(readiness)).toEqual(Array.from({ length: count }, () => 'Ready'));
      }),
    waiting: (app, reason) =>
      eventually(async () => {
        expect(JSON.stringify((await pods(app)).map((pod) => pod['status']))).toContain(`"reason":"${reason}"`);
      }),
    registry: (change) => void nodes.registries.change('ghcr.io', change),
    stored,
    behave: async (match, behaviour) => {
      const body = JSON.stringify({ match: { namespace, ...match }, behaviour });
      await fetch(`${nodes.control}/behaviours`, { method: 'POST', body });
    },
    plan: async ({ remedy, on, params = {}, undoes }) => {
      const requestedAt = new Date().toISOString();
      const targets = on === undefined ? [] : [{ subject: { kind: on[0], namespace, name: on[1] }, params }];
      const asked = sampleApproval({
        cluster: 'test',
        requester: 'UANA',
        requestedAt,
        request: {
          version: 1,
          cluster: 'test',
          remedy,
          targets,
          at: requestedAt,
          ...(undoes === undefined ? {} : { undoes: undoes.id }),
        },
      });
      await requestChange(asked, bot);
      await prepare(jobOf(asked), deps, context());
      return stored(asked.id);
    },
    approve: async (approval) => {
      if (approval.plan === undefined) throw new Error(`no plan: ${approval.outcome}`);
      const digest = digestOfIntent(approval.plan.intent);
      for (const user of ['UBEN', 'UCARL']) {
        const { team, id } = approval;
        const groups = ['dask-owners', 'on-call'];
        const click = { team, id, digest, user, groups, what: 'approve' as const, channel: 'C1', key: `${id}${user}` };
        const decision = await decide(click, bot);
        if (decision.kind === 'granted') return decision.approval;
        if (decision.kind !== 'voted') throw new Error(`not approved: ${JSON.stringify(decision)}`);
      }
      throw new Error('two votes were not enough');
    },
    execute: async (approval) => {
      await execute(jobOf(approval), deps, context());
      return stored(approval.id);
    },
    settle: async (approval) => {
      await eventually(async () => {
        if (stored(approval.id).state === 'running') await execute(jobOf(approval), deps, context());
        await verify(jobOf(approval), deps, context());
        const { state, results } = stored(approval.id);
        expect(finalStates, `${state}: ${JSON.stringify(results)}`).toContain(state);
      });
      return stored(approval.id);
    },
    replay: async (approval) => {
      records.forge({ ...approval, state: 'approved' });
      await execute(jobOf(approval), deps, context());
    },
    eventOf: async ({ id }) => {
      const { body } = await api.call('GET', `/api/v1/namespaces/${namespace}/events`);
      expect(JSON.stringify(body.items)).toContain(`by approval ${id}`);
    },
    fix: async (wanted) => place.settle(await place.execute(await place.approve(await place.plan(wanted)))),
  };
  return place;
}

/** Waits for a condition; `expect.poll` knows no test where several run at once. */
export function eventually(check: () => Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: usualTimeoutMs, interval: 100 });
}

/** Image of the container `app` of a template. */
export function imageOf({ spec }: Fields): string | undefined {
  const { template } = (spec ?? {}) as { template?: { spec: { containers: { name: string; image: string }[] } } };
  return template?.spec.containers.find(({ name }) => name === 'app')?.image;
}

/** Distinct digests that the pods of an app run, without those that go; `not ready` for one that is not. */
export async function digestsOf(place: Pick<Place, 'pods'>, app: string): Promise<readonly string[]> {
  const live = (await place.pods(app)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const digests = live.map((pod) => {
    const { containerStatuses = [] } = (pod['status'] ?? {}) as { containerStatuses?: { imageID: string }[] };
    return readiness(pod) === 'Ready' ? (containerStatuses[0]?.imageID.split('@')[1] ?? '') : 'not ready';
  });
  return [...new Set(digests)];
}

function readiness({ status, metadata }: KubeObject): string {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  if (metadata.deletionTimestamp !== undefined) return 'going';
  return conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True') ? 'Ready' : 'not ready';
}

/** The ClusterRoles of the families, in this namespace alone. */
async function bind({ api }: Stage, namespace: string, families: readonly RemediationFamily[]): Promise<void> {
  const subjects = [{ kind: 'ServiceAccount', namespace: 'imagecheck', name: 'imagecheck-worker' }];
  for (const family of families) {
    const name = `imagecheck-worker-${family}`;
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
    const { code, body } = await api.call('POST', path, { body: { metadata: { name }, roleRef, subjects } });
    if (code !== 201) throw new Error(`${name}: ${code} ${JSON.stringify(body)}`);
    // The authorizer reads bindings from a cache that is a moment behind.
    const user = 'system:serviceaccount:imagecheck:imagecheck-worker';
    const spec = { user, resourceAttributes: { namespace, ...proofs[family] } };
    const review = () => api.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { body: { spec } });
    await eventually(async () => expect((await review()).body).toMatchObject({ status: { allowed: true } }));
  }
}

/** A right of each family that nothing else grants. */
const proofs: Readonly<Record<RemediationFamily, object>> = {
  'workload-images': { group: 'apps', resource: 'deployments', verb: 'patch' },
  'pod-deletion': { resource: 'pods', verb: 'delete' },
  'pull-secrets-writing': { resource: 'secrets', verb: 'create' },
};

/** Strategic merge patch of a template's containers, by their names. */
export function strategic(containers: readonly object[]): object {
  return { spec: { template: { spec: { containers } } } };
}

export const strategicType = { contentType: 'application/strategic-merge-patch+json' };
