import { digestOfImageId, isConfigId } from '../../../checks/evidence/digests.ts';
import type { TargetResult } from '../../../model/approval/approval.ts';
import type { ExpectedImage } from '../../../model/change/plan.ts';
import type { Rollout } from '../../../model/change/rollout.ts';
import { isPodReady, isPullFailing, isStaying } from '../../../model/snapshot/pods.ts';
import type { ContainerState, Pod } from '../../../model/snapshot/snapshot.ts';
import { defined } from '../../../model/values/defined.ts';
import type { Fact } from '../../../model/values/fact.ts';
import type { Workload } from '../../../model/workload/workload.ts';
import type { Lookup } from '../../../ports/cluster.ts';
import { progressAfter, type Waiting, type Watch, waitingOf } from '../work/patience.ts';
import { lastImageWriter, otherImage, otherImageWords } from './other-image.ts';

/** What was read for one look at a changed workload. */
export interface RolloutSeen extends Watch {
  readonly workload: Lookup<Workload>;
  readonly rollout: Lookup<Rollout>;
  readonly pods: Fact<readonly Pod[]>;
  readonly expects: readonly ExpectedImage[];
  readonly now: Date;
}

/** Its state. `settled`: looking again will not show more. */
export interface Verdict extends Pick<TargetResult, 'outcome' | 'detail' | 'pods' | 'progress' | 'replacedBy'> {
  readonly settled: boolean;
}

/** A pull that fails for this long is not a temporary failure. */
const pullPatienceMs = 45_000;
/** Times of pods are whole seconds of another clock. */
const clockSlackMs = 2_000;
/** This many restarts are not a slow start. */
const crashes = 2;
/**
 * Without a probe a container is Ready from its start until it crashes; it has to run this long, and longer after a
 * crash.
 */
const steadyMs = { first: 3_000, again: 10_000 } as const;

/**
 * Judges one look. Every wanted pod has to run an intended digest and be Ready: a finished rollout is not enough,
 * because it may have brought back the same old image. The numbers are current, so a scaled workload is judged as
 * scaled.
 */
export function judgeRollout(seen: RolloutSeen): Verdict {
  const { workload, rollout, pods } = seen;
  const { isOver } = waitingOf(seen, undefined, seen.now);
  if (workload.kind === 'absent') return settled('not-fixed', 'it has been deleted since');
  if (workload.kind === 'unknown') return unread(workload.why, isOver);
  const other = changedMeanwhile(workload.value, seen.expects);
  if (other !== undefined) return settled('not-fixed', other);
  if (workload.value.ref.kind === 'CronJob') return settled('applied', 'takes effect at the next run');
  if (rollout.kind === 'absent') return settled('not-fixed', 'it has been deleted since');
  if (rollout.kind === 'unknown') return unread(rollout.why, isOver);
  if (!pods.known) return unread(pods.why, isOver);
  const untold = revisionUntold(workload.value, rollout.value);
  if (untold !== undefined) return unread(untold, isOver);
  const count = countPods(rollout.value, pods.value, seen.expects);
  const shown = {
    desired: rollout.value.desired,
    updated: count.fresh.length,
    ready: count.ready,
    onDigest: count.onDigest,
  };
  const score = shown.updated + shown.ready + shown.onDigest;
  const progress = progressAfter(seen.progress, rollout.value, score, seen.now);
  const wait = waitingOf({ ...seen, ...defined({ progress }) }, rollout.value, seen.now);
  const verdict = judgeCounted(seen, rollout.value, count, wait);
  return { ...verdict, pods: shown, ...(verdict.settled ? {} : defined({ progress })) };
}

interface Counted {
  /** Of the new template, alive. */
  readonly fresh: readonly Pod[];
  /** Of an older template, still there. */
  readonly old: number;
  readonly ready: number;
  readonly onDigest: number;
  /** Of the new template, running something else than intended. */
  readonly elsewhere: readonly string[];
  readonly isDigestKnown: boolean;
}

function countPods(rollout: Rollout, all: readonly Pod[], expects: readonly ExpectedImage[]): Counted {
  const live = all.filter(isStaying);
  const fresh = live.filter((pod) => isFresh(pod, rollout));
  const known = expects.filter(({ digests }) => digests.length > 0);
  const elsewhere = fresh.flatMap((pod) =>
    known.flatMap((expect) => {
      const running = digestIn(pod, expect);
      return running === undefined || expect.digests.includes(running) ? [] : [running];
    }),
  );
  return {
    fresh,
    old: live.length - fresh.length,
    ready: fresh.filter(isPodReady).length,
    onDigest: fresh.filter((pod) => known.every((expect) => expect.digests.includes(digestIn(pod, expect) ?? '')))
      .length,
    elsewhere: [...new Set(elsewhere)],
    isDigestKnown: known.length === expects.length,
  };
}

/**
 * Why the new pods cannot be identified, if that matters: for a kind with revisions, once its controller has seen the
 * change. Then no pod proves anything.
 */
function revisionUntold({ ref: { kind } }: Workload, rollout: Rollout): string | undefined {
  const { revision, revisionUnread, unmade, desired, paused, generation, observedGeneration } = rollout;
  const hasRevisions = kind === 'Deployment' || kind === 'StatefulSet' || kind === 'DaemonSet';
  if (!hasRevisions || revision !== undefined || unmade === true) return undefined;
  if (desired === 0 || paused || observedGeneration < generation) return undefined;
  return `which pods are of the new template is not known: ${revisionUnread ?? 'its controller names no revision yet'}`;
}

/** Whether it belongs to the current template. For a kind without revisions, all pods do. */
export function isFresh(pod: Pod, { revision, unmade }: Pick<Rollout, 'revision' | 'unmade'>): boolean {
  return unmade !== true && (revision === undefined || pod.revision === revision);
}

/** What the node reports that it runs; the id of a config (side-loaded images) identifies no manifest. */
function digestIn(pod: Pod, { container, digests }: ExpectedImage): string | undefined {
  const state = pod.containers.find(({ name, type }) => name === container.name && type === container.type);
  const digest = digestOfImageId(state?.imageId ?? '');
  if (digest === undefined || digests.includes(digest)) return digest;
  return isConfigId(state?.imageId ?? '') ? undefined : digest;
}

function judgeCounted(seen: RolloutSeen, rollout: Rollout, count: Counted, wait: Waiting): Verdict {
  const { fresh, old, ready, onDigest } = count;
  const { isOver } = wait;
  const wanted = Math.max(0, rollout.desired - rollout.partition);
  const sum = `${onDigest} of ${rollout.desired} pods are running the intended image, ${ready} of the new ones are Ready`;
  if (rollout.observedGeneration < rollout.generation) {
    const slow = 'its controller has not looked at the change yet';
    return isOver ? settled('unknown', slow) : waiting(slow);
  }
  const isWhole = fresh.length >= rollout.desired && old === 0 && ready === fresh.length;
  if (isWhole && rollout.desired > 0) {
    const verdict = judgeWhole(count, rollout);
    const isTooSoon =
      verdict.outcome === 'fixed'
        ? !fresh.every((pod) => isSteady(pod, seen.now))
        : // A kubelet ends and starts the containers of a bare pod when it comes to it; until then they are Ready as before.
          rollout.strategy === 'none' && count.elsewhere.length > 0;
    return isTooSoon && !isOver ? waiting(progressText(rollout, count) + wait.said) : verdict;
  }
  const held = heldBack(rollout, wanted, count);
  if (held !== undefined) return settled('applied', held);
  const hasStopped = (isOver && !wait.isMoving) || isStuck(rollout, fresh, seen);
  const broken = brokenPods(fresh, seen.now, hasStopped);
  const allOnDigest = fresh.length > 0 && onDigest === fresh.length && count.isDigestKnown;
  if (broken?.kind === 'pull') return settled('not-fixed', `${broken.what} (${sum})`);
  if (broken?.kind === 'crash' && allOnDigest) return settled('not-ready', `${sum}, but ${broken.what}`);
  if (broken?.kind === 'crash' && isOver) return settled('not-fixed', `${broken.what} (${sum})`);
  if (hasStopped) return judgeStopped(rollout, count, sum, allOnDigest);
  return isOver
    ? settled('unknown', `still going on, ${progressText(rollout, count)}`)
    : waiting(progressText(rollout, count) + wait.said);
}

/** It no longer makes progress, although not every wanted pod is there. */
function judgeStopped(rollout: Rollout, count: Counted, sum: string, allOnDigest: boolean): Verdict {
  const { fresh, ready, elsewhere } = count;
  if (ready < fresh.length && allOnDigest) return settled('not-ready', `${sum}: they do not become Ready`);
  const why = reasonOfRollout(rollout);
  if (why === undefined && fresh.length > 0 && ready === fresh.length && elsewhere.length === 0) {
    return settled('unknown', `it stands still, ${progressText(rollout, count)}; nothing is wrong with the new ones`);
  }
  return settled('not-fixed', [why ?? 'not finished in time', sum].join(': '));
}

/** Whether its containers have run long enough to rule out an immediate crash. */
function isSteady({ containers }: Pod, now: Date): boolean {
  return containers.every(({ runningSince, lastTerminated }) => {
    if (runningSince === undefined) return true;
    const hasCrashed = lastTerminated !== undefined && lastTerminated.exitCode !== 0;
    return now.getTime() - Date.parse(runningSince) >= (hasCrashed ? steadyMs.again : steadyMs.first);
  });
}

/** Every wanted pod is of the new template and Ready: what it runs decides. */
function judgeWhole({ fresh, onDigest, elsewhere, isDigestKnown, ready }: Counted, { desired }: Rollout): Verdict {
  if (elsewhere.length > 0) {
    const what = elsewhere.map((digest) => digest.slice(0, 19)).join(', ');
    return settled(
      'not-fixed',
      `the rollout finished, but ${fresh.length - onDigest} of ${fresh.length} pods run ${what}…, which is not what was intended`,
    );
  }
  if (onDigest < fresh.length) {
    return settled(
      'unknown',
      `all ${ready} pods have the new template and are Ready, but only ${onDigest} of ${desired} report which digest they run`,
    );
  }
  if (!isDigestKnown) {
    return settled(
      'unknown',
      `all ${ready} pods are of the new template and Ready; which digests they should run is not known: the registry did not tell, or the pull policy lets a node run the copy it has`,
    );
  }
  return settled('fixed', `${onDigest} of ${fresh.length} pods are running the intended image and are Ready`);
}

/** Why pods stay unchanged although the change was made; people have to act, or wait for something else. */
function heldBack(rollout: Rollout, wanted: number, { fresh, old, ready, onDigest }: Counted): string | undefined {
  if (rollout.desired === 0) return 'it is scaled to 0: no pod runs, and the next one will have the change';
  if (rollout.paused) return 'its rollout is paused, so no pod changes before it is resumed (kubectl rollout resume)';
  if (rollout.strategy === 'OnDelete' && old > 0) {
    return `its update strategy is OnDelete: ${fresh.length} of ${rollout.desired} pods have the change, the others get it when they are deleted`;
  }
  if (rollout.partition > 0 && fresh.length >= wanted && ready >= wanted && onDigest >= wanted) {
    return `${onDigest} of ${rollout.desired} pods are running the intended image; its partition (${rollout.partition}) keeps the others`;
  }
  return undefined;
}

interface Broken {
  readonly kind: 'pull' | 'crash';
  readonly what: string;
}

/** The first container that will not recover by waiting. */
function brokenPods(pods: readonly Pod[], now: Date, isOver: boolean): Broken | undefined {
  for (const pod of pods) {
    const ageMs = now.getTime() - Date.parse(pod.createdAt);
    for (const state of pod.containers) {
      const found = brokenContainer(pod, state, isOver || ageMs >= pullPatienceMs);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function brokenContainer(pod: Pod, state: ContainerState, isPatienceOver: boolean): Broken | undefined {
  const who = `${pod.name}/${state.name}`;
  if (isPullFailing(state) && isPatienceOver) {
    return { kind: 'pull', what: `${who}: ${state.waiting?.reason}: ${state.waiting?.message}`.slice(0, 500) };
  }
  const end = state.terminated ?? state.lastTerminated;
  if (state.ready || state.restartCount < crashes || end === undefined || end.exitCode === 0) return undefined;
  return {
    kind: 'crash',
    what: `${who} ends with exit code ${end.exitCode} (${end.reason}), ${state.restartCount} restarts`,
  };
}

/** Someone set another image after us: then it is theirs. */
function changedMeanwhile(workload: Workload, expects: readonly ExpectedImage[]): string | undefined {
  const other = otherImage(workload, expects);
  if (other === undefined) return undefined;
  const by = lastImageWriter(workload);
  const who = by === undefined || by.name === 'imagecheck' ? '' : ` by ${by.name}`;
  return `changed afterwards${who}: ${otherImageWords(other)}`;
}

/**
 * Whether its controller gave up. Its message may still be about the previous rollout, as long as it went back to an
 * existing revision and nothing moved since: then no new pod fails, or it is younger than the deadline; and a refusal
 * belongs to the previous rollout while the change itself is younger than that.
 */
function isStuck(
  { conditions, progressDeadlineSeconds = 0, unmade }: Rollout,
  fresh: readonly Pod[],
  { now, changedAt }: Pick<RolloutSeen, 'now' | 'changedAt'>,
): boolean {
  if (unmade === true || !conditions.some(({ reason }) => reason === 'ProgressDeadlineExceeded')) return false;
  const bornBefore = now.getTime() - progressDeadlineSeconds * 1000 + clockSlackMs;
  const isDue = changedAt === undefined || changedAt.getTime() <= bornBefore;
  const isRefused = conditions.some(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  const isOld = fresh.every(({ createdAt }) => Date.parse(createdAt) <= bornBefore);
  return (isRefused && isDue) || (isOld && fresh.some((pod) => !isPodReady(pod)));
}

/** What the controller complains about: quota, admission, the deadline. */
function reasonOfRollout({ conditions }: Rollout): string | undefined {
  const failure = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  const stuck = conditions.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  return (failure ?? stuck)?.message ?? (failure ?? stuck)?.reason;
}

function progressText(rollout: Rollout, { fresh, ready, onDigest }: Counted): string {
  const failure = rollout.conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  const trouble = failure?.message === undefined ? '' : `; ${failure.message}`;
  return `${fresh.length} of ${rollout.desired} pods updated, ${onDigest} on the intended digests, ${ready} Ready${trouble}`;
}

function unread(why: string, isOver: boolean): Verdict {
  return isOver ? settled('unknown', `it could not be read: ${why}`) : waiting(`it cannot be read: ${why}`);
}

function settled(outcome: TargetResult['outcome'], detail: string): Verdict {
  return { settled: true, outcome, ...defined({ detail }) };
}

function waiting(detail: string): Verdict {
  return { settled: false, outcome: 'applied', detail };
}
