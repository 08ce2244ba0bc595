import type { PlanReach } from '../../src/flows/change/plan/plan.ts';
import type { RemediationSetting } from '../../src/model/approval/approval-settings.ts';
import type { ChangeRequest } from '../../src/model/change/change.ts';
import { known } from '../../src/model/values/fact.ts';
import type { Workload, WorkloadRef } from '../../src/model/workload/workload.ts';
import type { Applied, Applying, ChangeReader, ClusterWriter } from '../../src/ports/changes.ts';
import type { ClusterReader } from '../../src/ports/cluster.ts';
import { remedies } from '../../src/remedies/index.ts';
import { type AnyOperation, writerThat } from './any-operation.ts';
import {
  type ClusterStory,
  memoryCluster,
  memoryKeychain,
  memoryRegistry,
  type RegistryStory,
  recorder,
} from './in-memory.ts';
import { aRollout } from './rollout.ts';
import { now } from './snapshot.ts';

/** The API server's answers besides the objects. */
export interface ChangeStory {
  readonly rollout?: Awaited<ReturnType<ChangeReader['rollout']>>;
  readonly budgets?: Awaited<ReturnType<ChangeReader['budgets']>>;
  readonly earlierTemplates?: Awaited<ReturnType<ChangeReader['earlierTemplates']>>;
  /** By `Secret/NAME` and `ServiceAccount/NAME`. */
  readonly identities?: Readonly<Record<string, Awaited<ReturnType<ChangeReader['identity']>>>>;
  readonly apply?: (operation: AnyOperation, how: Applying) => Applied;
}

/** Changes in memory: nothing is kept, and what was asked to be applied is recorded. */
export function memoryChanges(story: ChangeStory = {}) {
  const applied: { readonly operation: AnyOperation; readonly how: Applying }[] = [];
  const changes: ChangeReader & ClusterWriter = {
    rollout: async (workload) => story.rollout ?? { kind: 'found', value: aRollout({ uid: workload.uid }) },
    budgets: async () => story.budgets ?? known([]),
    earlierTemplates: async () => story.earlierTemplates ?? known([]),
    identity: async ({ kind, name }) => story.identities?.[`${kind}/${name}`] ?? { kind: 'absent' },
    eventExists: async () => known(false),
    whoAmI: async () => ({ kind: 'found', value: 'ana' }),
    ...writerThat(async (operation, how) => {
      applied.push({ operation, how });
      return story.apply?.(operation, how) ?? { kind: 'applied', diff: '-old\n+new\n', before: 'old', after: 'new' };
    }),
  };
  return { changes, applied };
}

/** Several workloads of one namespace in one cluster; each is read as in its own story. */
export function clusterOf(...stories: readonly ClusterStory[]): ClusterReader {
  const readers = stories.map((story) => memoryCluster(story));
  const [first] = readers;
  if (first === undefined) return memoryCluster();
  const web: WorkloadRef = { kind: 'Deployment', namespace: 'shop', name: 'web' };
  const refs = stories.map((story) => story.workload?.ref ?? web);
  const at = (ref: Pick<WorkloadRef, 'name'>): ClusterReader =>
    readers[refs.findIndex(({ name }) => name === ref.name)] ?? memoryCluster({ lookup: { kind: 'absent' } });
  const of = (workload: Workload) => at(workload.ref);
  const every = stories.map((story, index) => ({
    ref: refs[index] ?? web,
    containers: story.template?.containers ?? [],
    ready: 1,
  }));
  return {
    ...first,
    workload: (ref, reading) => at(ref).workload(ref, reading),
    workloads: async () => known(every),
    workloadNames: async () => known(every.map(({ ref }) => ref)),
    pods: (workload, reading) => of(workload).pods(workload, reading),
    revisions: (workload, reading) => of(workload).revisions(workload, reading),
  };
}

/** A worker that may do everything everywhere. */
export const allowAll: RemediationSetting = { remedies: remedies.ids(), namespaces: ['*'], images: ['*'] };

/** What planning reads from, in memory. */
export function planReach(
  cluster: ClusterReader,
  registry: RegistryStory = {},
  patch: Partial<PlanReach> & { readonly story?: ChangeStory } = {},
): { readonly reach: PlanReach; readonly applied: ReturnType<typeof memoryChanges>['applied'] } {
  const { story, ...rest } = patch;
  const { changes, applied } = memoryChanges(story);
  const reach: PlanReach = {
    cluster,
    registry: memoryRegistry(registry, recorder()),
    placeholders: [],
    messages: [],
    now: () => new Date(now),
    changes,
    keychain: memoryKeychain(registry.own),
    trustedOwners: [],
    remediation: allowAll,
    ...rest,
  };
  return { reach, applied };
}

/** A request for one Deployment of the namespace `shop`. */
export function aRequest(patch: Partial<ChangeRequest> = {}): ChangeRequest {
  return {
    version: 1,
    cluster: 'dev-eu',
    remedy: 'set-image',
    targets: [],
    at: now,
    ...patch,
  };
}

/** A signal that never ends planning. */
export const planHow = { signal: new AbortController().signal, approval: '7F3K2QXD', dryRun: true };
