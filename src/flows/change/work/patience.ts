import type { TargetResult } from '../../../model/approval/approval.ts';
import type { Rollout } from '../../../model/change/rollout.ts';
import { isWorkload, type Subject } from '../../../model/subject/subject.ts';
import type { Reading } from '../../../ports/cluster.ts';
import type { ChangeWorkDeps } from './work.ts';

/** The Deployment controller's own default; kinds without a deadline are watched for as long. */
const usualProgressSeconds = 600;
/** How late a controller may be in reporting it. */
const slackMs = 30_000;
/** A change is watched no longer than this, however slowly its pods are replaced. */
export const watchedAtMostMs = 4 * 60 * 60_000;
/** A rollout that ends about when it was expected to needs no word about how long it is watched. */
const wordWorthMs = 60_000;

export type RolloutProgress = NonNullable<TargetResult['progress']>;

/** How long one target is watched. */
export interface Watch {
  /** The end of waiting for a rollout that does not progress. */
  readonly until: Date;
  /** The end in any case. Without it `until` is the end, whether the rollout progresses or not. */
  readonly latest?: Date;
  readonly progress?: RolloutProgress;
  /** Not since the change was made: reports of controllers and nodes may be about the time before for a while. */
  readonly changedAt?: Date;
}

/** How long a rollout may make no progress before it counts as stopped. */
export function patienceMs(rollout?: Pick<Rollout, 'progressDeadlineSeconds' | 'minReadySeconds'>): number {
  const seconds = rollout?.progressDeadlineSeconds ?? usualProgressSeconds + (rollout?.minReadySeconds ?? 0);
  return seconds * 1000 + slackMs;
}

/** The same for a subject, read from the cluster; only workloads have a rollout. */
export async function patienceWith(
  subject: Subject,
  {
    cluster,
    changes,
  }: {
    readonly cluster: Pick<ChangeWorkDeps['cluster'], 'workload'>;
    readonly changes: Pick<ChangeWorkDeps['changes'], 'rollout'>;
  },
  reading: Reading,
): Promise<number> {
  if (!isWorkload(subject)) return 0;
  const { kind, namespace, name } = subject;
  const workload = await cluster.workload({ kind, namespace, name }, reading);
  const rollout = workload.kind === 'found' ? await changes.rollout(workload.value, reading) : workload;
  return patienceMs(rollout.kind === 'found' ? rollout.value : undefined);
}

/**
 * The best progress of a rollout so far, and since when. Only more pods than ever before are progress: a pod that
 * becomes ready and fails again and again is not. Pods of a revision that the controller has not created yet cannot be
 * counted.
 */
export function progressAfter(
  before: RolloutProgress | undefined,
  { observedGeneration, generation, revision }: Pick<Rollout, 'observedGeneration' | 'generation' | 'revision'>,
  score: number,
  now: Date,
): RolloutProgress | undefined {
  if (observedGeneration < generation || revision === undefined) return before;
  if (before === undefined) return { best: score };
  return score > before.best ? { best: score, at: now.toISOString() } : before;
}

/** The state of a watch. */
export interface Waiting {
  readonly isOver: boolean;
  /** It is over, and not because nothing progressed. */
  readonly isMoving: boolean;
  /** Until when it is watched, if progress extends that; in words for people. */
  readonly said: string;
}

/** Progress extends the wait, as it extends the controllers' deadline, but never beyond `latest`. */
export function waitingOf({ until, latest, progress }: Watch, rollout: Rollout | undefined, now: Date): Waiting {
  const sinceMs = latest === undefined || progress?.at === undefined ? 0 : Date.parse(progress.at);
  const untilMs = Math.max(until.getTime(), sinceMs + patienceMs(rollout));
  const isMoving = now.getTime() < untilMs;
  const isTold = latest !== undefined && untilMs > until.getTime() + wordWorthMs;
  return {
    isOver: !isMoving || (latest !== undefined && now >= latest),
    isMoving,
    said: isTold ? `; watched until ${latest.toISOString().slice(11, 16)} UTC at the latest` : '',
  };
}
