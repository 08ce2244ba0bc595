import type { TargetResult } from '../../../model/approval/approval.ts';
import type { Rollout } from '../../../model/change/rollout.ts';
import { isWorkload, type Subject } from '../../../model/subject/subject.ts';
import type { Reading } from '../../../ports/cluster.ts';
import type { ChangeWorkDeps } from './work.ts';

/** The Deployment controller's own default; kinds without a limit are watched as long. */
const usualProgressSeconds = 600;
/** What a controller may be late with saying it. */
const slackMs = 30_000;
/** A change is watched no longer than this, however slowly its pods are replaced. */
export const watchedAtMostMs = 4 * 60 * 60_000;
/** A rollout that ends about when it was expected to needs no word about how long it is watched. */
const wordWorthMs = 60_000;

export type RolloutProgress = NonNullable<TargetResult['progress']>;

/** How long one target is looked at. */
export interface Watch {
  /** The end of waiting for a rollout that does not move. */
  readonly until: Date;
  /** The end in any case. Without it, `until` is, whether the rollout moves or not. */
  readonly latest?: Date;
  readonly progress?: RolloutProgress;
  /** Not after the change was made. What controllers and nodes say may be about the time before for a while. */
  readonly changedAt?: Date;
}

/** How long a rollout may stand still before it counts as stopped. */
export function patienceMs(rollout?: Pick<Rollout, 'progressDeadlineSeconds' | 'minReadySeconds'>): number {
  const seconds = rollout?.progressDeadlineSeconds ?? usualProgressSeconds + (rollout?.minReadySeconds ?? 0);
  return seconds * 1000 + slackMs;
}

/** The same of a subject, read from the cluster; what is no workload has no rollout. */
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
 * How far a rollout was at its best, and since when. Only more pods than ever before are progress: a pod that gets ready
 * and fails again and again is none. Pods of a revision that its controller has not made yet cannot be counted.
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

/** Where a watch stands. */
export interface Waiting {
  readonly isOver: boolean;
  /** It is over, and not because nothing moved. */
  readonly isMoving: boolean;
  /** Until when it is watched, where progress moves that on; as people would say it. */
  readonly said: string;
}

/** Progress moves the end of waiting on, as it does the deadline of controllers, but never beyond `latest`. */
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
