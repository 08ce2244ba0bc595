import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type DecideClick, type DecideDeps, decide } from '../../src/flows/change/decide/decide.ts';
import { execute } from '../../src/flows/change/execute/execute.ts';
import { resumeApprovals } from '../../src/flows/change/execute/resume-approvals.ts';
import { prepare } from '../../src/flows/change/request/prepare.ts';
import { requestChange } from '../../src/flows/change/request/request.ts';
import { verify } from '../../src/flows/change/verify/verify.ts';
import type { ChangeWorkDeps } from '../../src/flows/change/work/work.ts';
import type { JobContext, JobName } from '../../src/jobs.ts';
import type { Approval } from '../../src/model/approval/approval.ts';
import type { ApprovePolicy, RemediationSetting } from '../../src/model/approval/approval-settings.ts';
import type { Operation } from '../../src/model/change/operation.ts';
import { digestOfIntent } from '../../src/model/change/plan.ts';
import type { OutboxMessage } from '../../src/model/message.ts';
import { known } from '../../src/model/values/fact.ts';
import type { Queue } from '../../src/ports/queue.ts';
import { writerThat } from './any-operation.ts';
import { sampleApproval } from './approval-samples.ts';
import { type MemoryChanges, memoryChanges } from './approvals.ts';
import { type ClusterScript, changeCluster, newImage, oldImage, type Thing } from './change-cluster.ts';
import { memoryKeychain } from './in-memory.ts';
import { digestOf } from './probes.ts';
import { aRollout } from './rollout.ts';
import { aContainer, aPod, aState } from './snapshot.ts';

export interface Job {
  readonly name: JobName;
  readonly data: { version: 1; cluster: string; team: string; approval: string };
}

export { newImage, oldImage } from './change-cluster.ts';

export const usualPolicy: ApprovePolicy = {
  rules: [
    {
      approvers: { users: ['UBEN', 'UCARL'], groups: ['dask-owners'] },
      clusters: ['*'],
      namespaces: ['*'],
      remedies: ['*'],
      risks: ['low', 'medium', 'high'],
      votes: 1,
      selfApproval: false,
      overGit: false,
      ticket: false,
    },
  ],
  breakGlass: [],
  freeze: [],
};

export const everythingAllowed: RemediationSetting = {
  remedies: ['set-image', 'undo'],
  namespaces: ['*'],
  images: ['*'],
};

/** A bot's signing keys, and someone else's. */
export const keys = generateKeyPairSync('ed25519');
export const otherKeys = generateKeyPairSync('ed25519');

/** A cluster, records, a queue, people and any number of workers, all on one clock and in one process. */
export function changeWorld(names: readonly string[] = ['web']) {
  let nowMs = Date.parse('2026-11-20T14:10:00.000Z');
  const clock = () => nowMs;
  const now = () => new Date(nowMs);
  const records: MemoryChanges = memoryChanges(clock);
  const things = new Map<string, Thing>(
    names.map((name) => [name, { name, uid: `uid-${name}`, image: oldImage, annotations: {} }]),
  );
  const jobs: Job[] = [];
  const shown = new Map<string, OutboxMessage>();
  const finals = new Set<string>();
  const later = new Set<string>();
  /** Real requests that changed something. */
  const patches: { readonly approval: string; readonly operation: Operation }[] = [];
  /** Every call with `dryRun: false`, whatever it did. */
  const attempts: Operation[] = [];
  const events = new Map<string, string>();
  const incidents: unknown[] = [];
  const script: ClusterScript = {};

  const { apply, plan, workloadOf } = changeCluster({ things, patches, attempts, script, now });
  const byName = (name: string) => things.get(name);
  const queue: Pick<Queue, 'enqueue'> = {
    enqueue: async (_, name, data) => void jobs.push({ name, data } as Job),
  };
  const outbox = {
    put: async (message: OutboxMessage, phase?: string): Promise<void> => {
      if (phase === 'first' && shown.has(message.id)) return;
      if (phase === 'early' && later.has(message.id)) return;
      if (phase === 'interim' && finals.has(message.id)) return;
      if (phase !== 'first' && phase !== 'early') later.add(message.id);
      if (phase === 'final') finals.add(message.id);
      shown.set(message.id, message);
    },
  };
  const worker = (over: Partial<ChangeWorkDeps> = {}): ChangeWorkDeps => ({
    clusterId: 'dev-eu',
    actor: { actor: 'worker:one' },
    approvals: records.approvals,
    audit: records.audit,
    outbox,
    reports: { save: async () => 'report-1', get: async () => undefined },
    queue,
    cluster: {
      workload: async ({ name }) => {
        const thing = byName(name);
        return thing === undefined ? { kind: 'absent' } : { kind: 'found', value: workloadOf(thing) };
      },
      pods: async ({ ref }) => {
        const thing = byName(ref.name);
        const image = thing?.image ?? '';
        const state = aState(aContainer({ image }), { imageId: `ghcr.io/acme/web@${thing?.runs ?? digestOf(image)}` });
        return known([aPod([state], { revision: 'rs-new' })]);
      },
    },
    changes: {
      ...writerThat(apply),
      event: async ({ name, message }) => {
        events.set(name, message);
        return { kind: 'found', value: undefined };
      },
      rollout: async ({ uid }) => ({
        kind: 'found',
        value: aRollout({
          uid,
          generation: 2,
          observedGeneration: 2,
          progressDeadlineSeconds: 600,
          revision: 'rs-new',
        }),
      }),
      identity: async () => ({ kind: 'absent' }),
      eventExists: async ({ name }) => known(events.has(name)),
    },
    plan,
    diagnose: async () => ({ kind: 'absent', certain: true, message: 'not here', near: [] }),
    policy: usualPolicy,
    remediation: everythingAllowed,
    publicKeys: [keys.publicKey],
    keychain: memoryKeychain(),
    times: { planMs: 3_600_000, undoMs: 4 * 3_600_000, keepMs: 86_400_000 },
    now,
    onIncident: (incident) => void incidents.push(incident.error),
    ...over,
  });
  const workers = {
    beat: async () => {},
    gone: async () => {},
    alive: async (cluster: string) => [
      { cluster, id: 'one', version: '1', seenAt: now().toISOString(), missingRights: [], jobs: [] },
    ],
    lastSeen: async () => undefined,
  };
  const bot = (over: Partial<DecideDeps> & { readonly privateKey?: KeyObject } = {}): DecideDeps => ({
    approvals: records.approvals,
    audit: records.audit,
    outbox,
    workers,
    queue,
    now,
    policy: usualPolicy,
    privateKey: keys.privateKey,
    onTrouble: (_, error) => void incidents.push(error),
    ...over,
  });
  const context = (): JobContext => ({ signal: new AbortController().signal, stopping: new AbortController().signal });
  const run = async (job: Job, deps: ChangeWorkDeps): Promise<void> => {
    if (job.name === 'prepare' && (await prepare(job.data, deps, context())) === 'alone') {
      await prepare(job.data, deps, { ...context(), isAlone: true });
    }
    if (job.name === 'execute') await execute(job.data, deps, context());
    if (job.name === 'verify') await verify(job.data, deps, context());
  };
  const resume = () =>
    resumeApprovals(
      { ...bot(), workers },
      { lostAfterMs: 3000, planWithinMs: 600_000, onTrouble: (_, error) => void incidents.push(error) },
    );

  const world = {
    records,
    things,
    jobs,
    shown,
    patches,
    attempts,
    events,
    incidents,
    script,
    worker,
    bot,
    run,
    resume,
    now,
    pass: (milliseconds: number): void => {
      nowMs += milliseconds;
    },
    /** Runs the queue, advancing time, until nothing is left to do. */
    settle: async (deps: ChangeWorkDeps = worker()): Promise<void> => {
      for (let turn = 0; turn < 60; turn += 1) {
        await resume();
        const job = jobs.shift();
        if (job !== undefined) await run(job, deps);
        nowMs += 1000;
      }
    },
    /** A change of every thing that was asked for by UANA, as far as `pending`. */
    pending: async (over: Partial<Approval> = {}, deps: ChangeWorkDeps = worker()): Promise<Approval> => {
      const at = now().toISOString();
      const targets = [...things.values()].map(({ name }) => ({
        subject: { kind: 'Deployment' as const, namespace: 'prod', name },
        params: { image: newImage },
      }));
      const asked = sampleApproval({
        requester: 'UANA',
        requestedAt: at,
        request: { version: 1, cluster: 'dev-eu', remedy: 'set-image', targets, at },
        ...over,
      });
      await requestChange(asked, bot());
      const job = jobs.shift();
      if (job === undefined) throw new Error('nothing was queued');
      await run(job, deps);
      return world.stored(asked.id);
    },
    stored: (id: string): Approval => {
      const approval = records.stored(id);
      if (approval === undefined) throw new Error(`there is no ${id}`);
      return approval;
    },
    click: (approval: Approval, over: Partial<DecideClick> = {}): DecideClick => {
      if (approval.plan === undefined) throw new Error('there is no plan to click on');
      return {
        team: approval.team,
        id: approval.id,
        digest: digestOfIntent(approval.plan.intent),
        user: 'UBEN',
        groups: [],
        what: 'approve',
        channel: 'C1',
        key: `key-${Math.random()}`,
        ...over,
      };
    },
    /** As far as `approved`; its job is queued. */
    approved: async (over: Partial<Approval> = {}, deps: ChangeWorkDeps = worker()): Promise<Approval> =>
      world.granted((await world.pending(over, deps)).id),
    /** What is pending, approved by UBEN. */
    granted: async (id: string): Promise<Approval> => {
      const decision = await decide(world.click(world.stored(id)), bot());
      if (decision.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(decision)}`);
      return decision.approval;
    },
    jobOf: (approval: Approval, name: JobName): Job => ({
      name,
      data: { version: 1, cluster: approval.cluster, team: approval.team, approval: approval.id },
    }),
    actions: (id: string): readonly string[] =>
      records
        .events()
        .filter(({ approval }) => approval === id)
        .map(({ action }) => action),
  };
  return world;
}
export type ChangeWorld = ReturnType<typeof changeWorld>;
