import { wasPutOut } from '../model/snapshot/pods.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { counted, cut, distinct, listed } from '../model/text/words.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { type Draft, defineCheck, type Note } from './evidence/check.ts';
import { crashesOf } from './evidence/crashes.ts';
import { groupBy } from './evidence/grouping.ts';
import { holdUpOf, isSettled, sandboxImageTrouble, settlingMs, uncreatedContainers } from './evidence/hold-ups.ts';
import { usualWaitMs } from './evidence/patience.ts';
import { openPullOf } from './evidence/pulls.ts';
import {
  hasGivenUp,
  isServedInFull,
  livePods,
  nodeOfPod,
  podsText,
  putOutPods,
  type Seen,
  seenContainers,
} from './evidence/seen.ts';
import { ageMs, millisOf, spanText } from './evidence/time.ts';

const kept = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/**
 * Pods that are not working although no image is to blame: their node is lost, they are not created, they run but do
 * not become ready, the cluster ended them, or there are none. Without this check such workloads would be reported as
 * healthy.
 */
export const notReady = defineCheck({
  id: 'not-ready',
  *run(snapshot) {
    yield* onLostNodes(snapshot);
    const waiting = uncreatedContainers(snapshot).filter(
      ({ pod }) => isSettled(snapshot, pod) && sandboxImageTrouble(holdUpOf(snapshot, pod)) === undefined,
    );
    const groups = groupBy(waiting, ({ pod, state }) => `${state.name} ${holdUpOf(snapshot, pod)?.message}`);
    for (const group of groups) yield* beingCreated(snapshot, group);
    yield* running(snapshot);
    yield* putOut(snapshot);
    yield* failedJob(snapshot);
    yield* noPods(snapshot);
  },
});

/** A pod that is down fails the workload unless as many others are Ready as are wanted. */
function severity(snapshot: Snapshot): 'fail' | 'warn' {
  return isServedInFull(snapshot) ? 'warn' : 'fail';
}

function isOnLostNode(snapshot: Snapshot, { pod }: Pick<Seen, 'pod'>): boolean {
  return nodeOfPod(snapshot, pod)?.ready === false;
}

function* onLostNodes(snapshot: Snapshot): Iterable<Draft> {
  const pods = livePods(snapshot).filter((pod) => !wasPutOut(pod) && isOnLostNode(snapshot, { pod }));
  if (pods.length === 0) return;
  const nodes = distinct(pods.flatMap(({ node }) => node ?? []));
  yield {
    status: severity(snapshot),
    cause: 'not_image_related',
    confidence: 'certain',
    title: `${nodes.length === 1 ? 'Node' : 'Nodes'} ${listed(nodes)} ${nodes.length === 1 ? 'is' : 'are'} not ready, so the state of ${podsText(pods)} is unknown`,
    evidence: nodes.slice(0, 3).map((node) => ({
      source: 'node',
      subject: `node/${node}`,
      observed: 'condition Ready is not True',
    })),
    conclusion: 'The kubelet of the node no longer reports, so the pods’ state is the last known one.',
    next: `Look at the node: kubectl describe node ${nodes[0] ?? ''}`,
  };
}

function* beingCreated(snapshot: Snapshot, seen: readonly [Seen, ...Seen[]]): Iterable<Draft | Note> {
  const [{ pod, state }] = seen;
  const age = ageMs(snapshot.takenAt, pod.createdAt);
  const pods = podsText(seen.map((one) => one.pod));
  const holdUp = holdUpOf(snapshot, pod);
  const place = { containers: [state.name], images: [state.image] };
  if (holdUp !== undefined) {
    const { reason, message, at } = holdUp;
    const text = `${reason}: ${message}`;
    yield {
      ...place,
      status: severity(snapshot),
      cause: 'not_image_related',
      confidence: 'likely',
      title: `${pods} can't be created: ${cut(text, 140)}`,
      evidence: [{ source: 'event', subject: pods, observed: text, ...(at === undefined ? {} : { at }) }],
      conclusion: `It has been waiting for ${spanText(age)}; no image has been pulled yet.`,
      next: 'Create or correct what the message names, such as a volume, a ConfigMap, a Secret or the network of the node.',
    };
  } else if (openPullOf(snapshot, pod) === undefined && age > usualWaitMs(snapshot)) {
    yield {
      ...place,
      status: 'unknown',
      cause: 'unknown',
      confidence: 'possible',
      title: `${pods} was created ${spanText(age)} ago and hasn't started; ${snapshot.events.known ? 'no event says why' : 'events couldn’t be read'}`,
      evidence: [{ source: 'pod', subject: pods, observed: 'waiting: ContainerCreating' }],
      next: `A large image may still be coming; otherwise look at volumes, network and kubelet: kubectl describe pod ${pod.name} -n ${snapshot.workload.ref.namespace}`,
    };
  }
}

/** Containers that run but are not ready for longer than their probes and the rollout allow. */
function* running(snapshot: Snapshot): Iterable<Draft> {
  const { kind } = snapshot.workload.ref;
  if (kind === 'Job' || kind === 'CronJob') return;
  const crashing = new Set(crashesOf(snapshot).map(({ container }) => container));
  const gaveUp = hasGivenUp(snapshot.workload);
  const unready = seenContainers(snapshot).filter(
    (seen) =>
      seen.state.type === 'main' &&
      seen.state.runningSince !== undefined &&
      !seen.state.ready &&
      !crashing.has(seen.state.name) &&
      !isOnLostNode(snapshot, seen),
  );
  for (const group of groupBy(unready, ({ state }) => state.name)) {
    const longest = Math.max(...group.map((seen) => unreadyMs(snapshot, seen)));
    const [{ state }] = group;
    if (longest > usualWaitMs(snapshot, state.name) || gaveUp) yield notServing(snapshot, group, longest);
  }
}

/** A program that was Ready before is given as much time as one that starts. */
function unreadyMs({ takenAt }: Snapshot, { pod, state }: Seen): number {
  const since = pod.conditions.find(({ type, status }) => type === 'Ready' && status !== 'True')?.since;
  const ranMs = ageMs(takenAt, state.runningSince);
  return since === undefined ? ranMs : Math.min(ranMs, ageMs(takenAt, since));
}

function notServing(snapshot: Snapshot, group: readonly [Seen, ...Seen[]], ranMs: number): Draft {
  const [{ pod, state }] = group;
  const pods = podsText(group.map((one) => one.pod));
  const names = new Set(group.map((one) => one.pod.name));
  const { events, workload } = snapshot;
  const probes = (events.known ? events.value : []).filter(
    ({ object, reason }) => names.has(object.name) && reason === 'Unhealthy',
  );
  return {
    status: severity(snapshot),
    cause: 'not_image_related',
    confidence: 'likely',
    title: `Container ${state.name} is running and has not been ready for ${spanText(ranMs)} (${counted(names.size, 'pod')})`,
    containers: [state.name],
    images: distinct(group.map((one) => one.state.image)),
    evidence: [
      ...probes.slice(0, 2).map(({ object, message, lastAt }) => ({
        source: 'event' as const,
        subject: `pod/${object.name}`,
        observed: message,
        ...(lastAt === undefined ? {} : { at: lastAt }),
      })),
      { source: 'pod', subject: pods, observed: 'running, not ready' },
    ],
    conclusion: 'The image was pulled and the program is running, but it doesn’t pass its readiness probe.',
    next: `See what the readiness probe checks, and read the log: kubectl logs ${pod.name} -n ${workload.ref.namespace} -c ${state.name}`,
  };
}

/** The node's memory and disk have their own checks. */
function* putOut(snapshot: Snapshot): Iterable<Draft> {
  const pods = putOutPods(snapshot).filter(
    ({ statusMessage = '' }) => !/low on resource|node had condition/i.test(statusMessage),
  );
  for (const group of groupBy(pods, ({ statusReason }) => statusReason ?? '')) {
    const [{ statusReason = '' }] = group;
    yield {
      status: severity(snapshot),
      cause: 'not_image_related',
      confidence: 'certain',
      title: `${podsText(group)} was terminated by the cluster: ${cut(statusReason, 60)}`,
      evidence: group.slice(0, 3).map(({ name, statusMessage }) => ({
        source: 'pod',
        subject: `pod/${name}`,
        observed: `${statusReason}: ${statusMessage ?? ''}`,
      })),
      next: 'Read the message: it names the limit or the node; the image isn’t the problem.',
    };
  }
}

/** A Job that failed for good may have no pods left to show why. */
function* failedJob({ workload, template }: Snapshot): Iterable<Draft> {
  const failed = workload.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (workload.ref.kind !== 'Job' || failed === undefined) return;
  const { reason = '', message = '' } = failed;
  yield {
    status: 'fail',
    cause: 'unknown',
    confidence: 'possible',
    title: `${formatWorkload(workload.ref)} has failed: ${cut(message === '' ? reason : message, 140)}`,
    containers: template.containers.map(({ name }) => name),
    evidence: [
      { source: 'spec', subject: formatWorkload(workload.ref), observed: `condition Failed: ${reason} ${message}` },
    ],
    next: 'A failed Job isn’t retried: find out why its pods failed (logs, events), then create it again.',
  };
}

/** No pods and no messages; if pods cannot be created, the events say why. */
function* noPods({ workload, pods, events, takenAt }: Snapshot): Iterable<Draft> {
  const wanted = workload.desired ?? 0;
  const young = (millisOf(takenAt) ?? 0) - (millisOf(workload.createdAt) ?? 0) <= settlingMs;
  if (!kept.has(workload.ref.kind) || wanted === 0 || !pods.known || pods.value.length > 0 || young) return;
  const told = events.known && events.value.some(({ reason }) => reason === 'FailedCreate');
  if (told || workload.conditions?.some(({ type, status }) => type === 'ReplicaFailure' && status === 'True')) return;
  yield {
    status: 'unknown',
    cause: 'unknown',
    confidence: 'certain',
    title: `${formatWorkload(workload.ref)} wants ${counted(wanted, 'pod')} and has none; no event or condition explains why`,
    evidence: [{ source: 'spec', subject: formatWorkload(workload.ref), observed: `replicas: ${wanted}, pods: 0` }],
    next: `Look at quota, admission and the events: kubectl describe ${formatWorkload(workload.ref)} -n ${workload.ref.namespace}`,
  };
}
