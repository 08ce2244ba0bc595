import { type Fields, fields, type KubeObject, number, records, text, timestamp } from '../objects/object.ts';
import { typeOf } from '../write/admission.ts';
import {
  type Again,
  type Controller,
  type ControllerContext,
  deleteOwned,
  isActive,
  isReady,
  objectOf,
  ownOrOwned,
  podsOf,
  writeStatus,
} from './controller.ts';
import { controllerManager, createPod } from './pod-template.ts';

const component = 'job-controller';

/** Runs pods until enough have succeeded, or too many have failed. */
export function jobController(context: ControllerContext): Controller {
  const type = typeOf(context.store, 'jobs', 'batch');
  return {
    concerns: ownOrOwned('Job'),
    reconcile: (key) => {
      const job = objectOf(context.store, type, key);
      if (job === undefined || job.metadata.deletionTimestamp !== undefined || isOver(job)) return undefined;
      return reconcile(context, job);
    },
  };
}

function isOver(job: KubeObject): boolean {
  return records(job, 'status', 'conditions').some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

function reconcile(context: ControllerContext, job: KubeObject): Again {
  const pods = podsOf(context.store, job);
  const inPhase = (phase: string) => pods.filter((pod) => text(pod, 'status', 'phase') === phase);
  const succeeded = inPhase('Succeeded').length;
  const failed = inPhase('Failed').length;
  const active = pods.filter(isActive);
  const completions = number(job, 'spec', 'completions') ?? 1;
  const parallelism = number(job, 'spec', 'parallelism') ?? 1;
  const limit = number(job, 'spec', 'backoffLimit') ?? 6;
  const isSuspended = fields(job, 'spec')['suspend'] === true;
  if (succeeded >= completions) {
    context.emit(job, component, { type: 'Normal', reason: 'Completed', message: 'Job completed' });
    report(context, job, { succeeded, failed, active: 0 }, [
      'Complete',
      'CompletionsReached',
      'Reached expected number of succeeded pods',
    ]);
    return undefined;
  }
  if (failed > limit) {
    const message = 'Job has reached the specified backoff limit';
    for (const pod of active) deleteOwned(context, pod);
    context.emit(job, component, { type: 'Warning', reason: 'BackoffLimitExceeded', message });
    report(context, job, { succeeded, failed, active: 0 }, ['Failed', 'BackoffLimitExceeded', message]);
    return undefined;
  }
  const wanted = isSuspended ? 0 : Math.min(parallelism, completions - succeeded);
  for (let missing = wanted - active.length; missing > 0; missing -= 1) createPod(context, job, component, {});
  for (const pod of active.slice(wanted)) deleteOwned(context, pod);
  report(context, job, { succeeded, failed, active: wanted, ready: active.filter(isReady).length });
  return undefined;
}

function report(
  context: ControllerContext,
  job: KubeObject,
  counts: Fields,
  end?: readonly [type: string, reason: string, message: string],
): void {
  const at = timestamp(context.now());
  const present = fields(job, 'status');
  const [type, reason, message] = end ?? [];
  const condition = { type, status: 'True', reason, message, lastProbeTime: at, lastTransitionTime: at };
  writeStatus(context, controllerManager, job, {
    ...present,
    startTime: text(present, 'startTime') || at,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)),
    ...(end === undefined ? {} : { active: undefined, conditions: [...records(present, 'conditions'), condition] }),
    ...(type === 'Complete' ? { completionTime: at } : {}),
  });
}

function isByHand({ metadata }: KubeObject): boolean {
  return metadata.annotations?.['cronjob.kubernetes.io/instantiate'] === 'manual';
}

/**
 * Keeps `status.active` of CronJobs. The schedule itself is not simulated: a run is a Job owned by the CronJob. A Job
 * created by hand (`kubectl create job --from=cronjob/NAME`) is not a scheduled run.
 */
export function cronJobController(context: ControllerContext): Controller {
  const { store } = context;
  const type = typeOf(store, 'cronjobs', 'batch');
  return {
    concerns: ownOrOwned('CronJob'),
    reconcile: (key) => {
      const cronJob = objectOf(store, type, key);
      if (cronJob === undefined) return undefined;
      const jobs = store
        .dependents(cronJob.metadata.uid)
        .filter((dependent) => dependent.kind === 'Job' && !isByHand(dependent));
      const active = jobs
        .filter((job) => !isOver(job))
        .map((job) => {
          const { name, namespace, uid } = job.metadata;
          return { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid };
        });
      const last = jobs
        .map(({ metadata }) => metadata.creationTimestamp)
        .sort()
        .at(-1);
      writeStatus(context, controllerManager, cronJob, {
        ...(active.length === 0 ? {} : { active: active }),
        ...(last === undefined ? {} : { lastScheduleTime: last }),
      });
      return undefined;
    },
  };
}
