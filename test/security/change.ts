import { Queue } from 'bullmq';
import { expect, vi } from 'vitest';
import { type DecideClick, decide } from '../../src/flows/change/decide/decide.ts';
import { newApprovalId, requestChange } from '../../src/flows/change/request/request.ts';
import type { Approval, ApprovalState } from '../../src/model/approval/approval.ts';
import type { ChangeRequest } from '../../src/model/change/change.ts';
import { digestOfIntent } from '../../src/model/change/plan.ts';
import type { KubeObject } from '../../src/sandbox/cluster/objects/object.ts';
import { areRunning } from '../../src/sandbox/stories/kubernetes.ts';
import { deployment } from '../../src/sandbox/stories/objects.ts';
import { keysOf } from '../../src/store/redis/keys.ts';
import { alpha, prefix, type SecurityStage, shop, team } from './stage.ts';

const keys = keysOf(prefix);

export function eventually<T>(look: () => T | Promise<T>, timeout = 20_000): Promise<T> {
  return vi.waitFor(look, { timeout, interval: 20 });
}

/** A Deployment that runs `acme/NAME:1`; `:2` is there as well, and so is someone else's image. */
export async function deploy({ registries, kubernetes }: SecurityStage, name: string): Promise<void> {
  for (const tag of ['1', '2']) {
    registries.change('ghcr.io', { push: { repository: `acme/${name}`, tags: [tag], seed: `${name} ${tag}` } });
  }
  registries.change('ghcr.io', { push: { repository: `evil/${name}`, tags: ['2'], seed: `evil ${name}` } });
  const containers = [{ name: 'app', image: imageOf(name, '1') }];
  await kubernetes.create(deployment({ name, namespace: shop }, containers));
  await kubernetes.until(shop, name, 'that its pod runs', areRunning(1));
}

export function imageOf(name: string, tag: string, owner = 'acme'): string {
  return `ghcr.io/${owner}/${name}:${tag}`;
}

let count = 0;

/** Ana asks; resolves with the pending plan. */
export async function plan(
  stage: SecurityStage,
  name: string,
  over: Partial<ChangeRequest> = {},
  requester = 'UANA',
): Promise<Approval> {
  count += 1;
  const at = new Date().toISOString();
  const workload = { kind: 'Deployment' as const, namespace: shop, name };
  const targets = [{ subject: workload, params: { image: ':2' } }];
  const approval: Approval = {
    version: 1,
    id: newApprovalId(team, `request ${count}`),
    revision: 0,
    team,
    cluster: alpha,
    state: 'preparing',
    request: { version: 1, cluster: alpha, remedy: 'set-image', targets, at, ...over },
    requester,
    text: 'set-image',
    channel: 'C1',
    requestedAt: at,
    votes: [],
    results: [],
  };
  await requestChange(approval, stage.bot);
  return await reaches(stage, approval.id, ['pending', 'failed']);
}

export async function stored({ store }: SecurityStage, id: string): Promise<Approval> {
  const approval = await store.approvals.get(team, id);
  if (approval === undefined) throw new Error(`there is no ${id}`);
  return approval;
}

export async function reaches(
  stage: SecurityStage,
  id: string,
  states: readonly ApprovalState[],
  withinMs = 40_000,
): Promise<Approval> {
  return await eventually(async () => {
    const approval = await stored(stage, id);
    expect(states, approval.outcome).toContain(approval.state);
    return approval;
  }, withinMs);
}

export function clickOn(approval: Approval, over: Partial<DecideClick> = {}): DecideClick {
  count += 1;
  return {
    team,
    id: approval.id,
    digest: approval.plan === undefined ? '' : digestOfIntent(approval.plan.intent),
    user: 'UBEN',
    groups: [],
    what: 'approve',
    channel: 'C1',
    key: `click ${count}`,
    ...over,
  };
}

/**
 * What the bot signs when Ben approves, as a record that no worker has seen: it is decided about beside Redis, at any
 * time, so that the attacker has it before the worker.
 */
export async function granted(stage: SecurityStage, pending: Approval, ageMs = 0): Promise<Approval> {
  let record = pending;
  const approvals: SecurityStage['bot']['approvals'] = {
    ...stage.store.approvals,
    get: async () => record,
    change: async (next) => {
      record = { ...next, revision: next.revision + 1 };
      return record;
    },
  };
  const now = () => new Date(Date.now() - ageMs);
  const bot = { ...stage.bot, approvals, now, queue: { enqueue: async () => {} }, outbox: { put: async () => {} } };
  const decision = await decide(clickOn(pending), bot);
  if (decision.kind !== 'granted') throw new Error(JSON.stringify(decision));
  return record;
}

/** Puts a record into Redis, under whichever key: with everything that belongs to it, and without anybody's hold. */
export async function forge({ store: { client } }: SecurityStage, approval: Approval, id = approval.id): Promise<void> {
  const key = keys.approval(approval.team, id);
  const { state, cluster, revision } = approval;
  await client.del(key);
  const record = JSON.stringify({ v: 1, d: approval });
  await client.hset(key, { record, revision, state, cluster, nonce: 'forged' });
  await client.zadd(keys.approvals(approval.team, 'all'), Date.now(), id);
}

/** Queues a job as it is, and waits until a worker is done with it. */
export async function runJob(
  { store, redis }: SecurityStage,
  name: string,
  data: unknown,
  cluster = alpha,
): Promise<void> {
  const queueName = name === 'execute' || name === 'verify' ? `work-${cluster}.change` : `work-${cluster}`;
  const queue = new Queue(queueName, {
    connection: { host: '127.0.0.1', port: redis.port },
    prefix: store.queuePrefix,
  });
  try {
    const job = await queue.add(name, data, { attempts: 1 });
    await eventually(async () => expect(['completed', 'failed']).toContain(await job.getState()));
  } finally {
    await queue.close();
  }
}

export function jobOf({ team: of, id, cluster }: Approval): Readonly<Record<string, unknown>> {
  return { version: 1, cluster, team: of, approval: id };
}

export async function deploymentOf({ api }: SecurityStage, name: string): Promise<KubeObject> {
  const { body } = await api.send('GET', `/apis/apps/v1/namespaces/${shop}/deployments/${name}`);
  return body as unknown as KubeObject;
}

export async function imageNow(stage: SecurityStage, name: string): Promise<string> {
  const { spec } = (await deploymentOf(stage, name)) as unknown as {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { image: string }[] } } };
  };
  return spec.template.spec.containers[0]?.image ?? '';
}
