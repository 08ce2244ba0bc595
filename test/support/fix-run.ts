import { makePlan, type PlanOutcome } from '../../src/flows/change/plan/plan.ts';
import type { PlanReach } from '../../src/flows/change/plan/reach.ts';
import type { Approval } from '../../src/model/approval/approval.ts';
import type { AuditEvent } from '../../src/model/audit/audit.ts';
import type { ChangeRequest } from '../../src/model/change/change.ts';
import { known } from '../../src/model/values/fact.ts';
import type { Applied, Applying } from '../../src/ports/changes.ts';
import { type FixRun, runFix } from '../../src/terminal/fix.ts';
import type { AnyOperation } from './any-operation.ts';
import { memoryChanges as memoryRecords } from './approvals.ts';
import { memoryCluster, memoryKeychain } from './in-memory.ts';
import { allowAll, aRequest, memoryChanges, planReach } from './planning.ts';
import { digestOf } from './probes.ts';
import { aRollout } from './rollout.ts';
import { aContainer, aPod, aState, now } from './snapshot.ts';

export const one = 'ghcr.io/acme/web:1';
export const two = 'ghcr.io/acme/web:2';
/** The requested change: the other image. */
export const typed: ChangeRequest = aRequest({
  typed: { target: { type: 'workload', kind: 'Deployment', namespace: 'shop', name: 'web' }, params: { image: ':2' } },
});
export const id = '7F3K2QXD';

/** A cluster of one Deployment whose pods follow the template at once. */
export function world(say: (operation: AnyOperation, how: Applying) => Applied | undefined = () => undefined) {
  let image = one;
  let runs = one;
  const events: string[] = [];
  const { changes, applied } = memoryChanges({
    apply: (operation, how) => {
      const said = say(operation, how);
      if (said !== undefined) return said;
      const edit =
        operation.type === 'edit-template' ? operation.edits.find(({ field }) => field === 'image') : undefined;
      if (edit?.field === 'image' && edit.from !== image) return { kind: 'conflict', what: `it says ${image}` };
      if (!how.dryRun && edit?.field === 'image') image = runs = edit.to;
      return { kind: 'applied', diff: '-a\n+b\n', before: one, after: two };
    },
  });
  const story = () => {
    const container = aContainer({ image });
    const state = aState(container, { imageId: `ghcr.io/acme/web@${digestOf(runs)}` });
    return { template: { containers: [container] }, pods: known([aPod([state], { revision: 'web-7d9f' })]) };
  };
  const cluster = {
    ...memoryCluster(),
    workload: (...args: Parameters<ReturnType<typeof memoryCluster>['workload']>) =>
      memoryCluster(story()).workload(...args),
    pods: (...args: Parameters<ReturnType<typeof memoryCluster>['pods']>) => memoryCluster(story()).pods(...args),
  };
  const writer: FixRun['changes'] & PlanReach['changes'] = {
    ...changes,
    rollout: async () => ({ kind: 'found', value: aRollout({ revision: 'web-7d9f' }) }),
    event: async ({ message }) => {
      events.push(message);
      return { kind: 'found', value: undefined };
    },
  };
  return {
    cluster,
    writer,
    applied,
    events,
    set: (text: string) => {
      image = text;
    },
    stay: () => {
      runs = one;
    },
    image: () => image,
  };
}

export type World = ReturnType<typeof world>;

/** Records of changes, by their ids. */
export function fixRecords() {
  const records = memoryRecords();
  return {
    ...records,
    get: (wanted: string): Approval | undefined => records.stored(wanted),
    set: (wanted: string, approval: Approval) => records.forge({ ...approval, id: wanted }),
  };
}

/** Runs a fix in that world; `kept` are the changes that are known. */
export async function fix(place: World, more: Partial<FixRun> = {}, kept = fixRecords()) {
  const [out, err]: [string[], string[]] = [[], []];
  const before = kept.events().length;
  const keys: string[] = [];
  const run = {
    request: typed,
    makePlan: async (request: ChangeRequest, how: Parameters<FixRun['makePlan']>[1]): Promise<PlanOutcome> => {
      const references = { [one]: one, [two]: two, [`ghcr.io/acme/web@${digestOf(one)}`]: one };
      const { reach } = planReach(place.cluster, { references }, { changes: place.writer, remediation: allowAll });
      const undone = kept.get(request.undoes ?? '');
      return makePlan(request, reach, { ...how, approval: more.id ?? id, ...(undone === undefined ? {} : { undone }) });
    },
    fixLine: (token: string) => `imagecheck fix … --digest ${token}`,
    undoLine: (done: string) => `imagecheck fix undo ${done} --context dev`,
    json: false,
    screen: {
      out: (text: string) => out.push(text),
      err: (text: string) => err.push(text),
      interactive: false,
      columns: 80,
    },
    paint: (_: unknown, text: string) => text,
    signal: new AbortController().signal,
    id,
    text: 'set-image deployment/web :2',
    person: 'ana',
    ask: async () => 'yes',
    cluster: place.cluster,
    changes: place.writer,
    keychain: memoryKeychain(),
    records: {
      where: 'a test',
      approvals: kept.approvals,
      audit: {
        append: async (events: readonly AuditEvent[], key?: string) => {
          keys.push(key ?? '');
          await kept.audit.append(events, key);
        },
      },
      outbox: { put: async () => {} },
    },
    diagnose: async () => 'THE DIAGNOSIS\n',
    now: () => new Date(now),
    lookMs: 0,
    ...more,
  } satisfies FixRun;
  const code = await runFix(run);
  const real = place.applied.filter(({ how }) => !how.dryRun);
  const audit = kept.events().slice(before);
  return { code, out: out.join(''), err: err.join(''), audit, keys, kept, real, run };
}

/** Everything that happened, in order. */
export const actions = (audit: readonly AuditEvent[]) => audit.map(({ action }) => action);
