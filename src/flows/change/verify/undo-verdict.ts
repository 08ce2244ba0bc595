import type { Rollout } from '../../../model/change/rollout.ts';
import { isPullFailing, isStaying } from '../../../model/snapshot/pods.ts';
import type { Pod } from '../../../model/snapshot/snapshot.ts';
import type { Watch } from '../work/patience.ts';
import { isFresh, type Verdict } from './rollout-verdict.ts';

/** Pods that were Ready before an undone change are Ready again soon; the others were not Ready before, either. */
const patienceMs = 10_000;
/** This many restarts are not a slow start. */
const crashes = 2;

/** What was read for one look at a change that is being undone. */
interface UndoSeen extends Pick<Watch, 'changedAt'> {
  readonly rollout: Pick<Rollout, 'generation' | 'observedGeneration' | 'revision' | 'unmade'>;
  readonly pods: readonly Pod[];
  readonly now: Date;
}

/**
 * The state of an undo. It restores what was there before, which was often broken: so it has succeeded when the pods
 * run what ran before, or fail as they did; whether they are Ready is reported separately. Pods of the undone change
 * say nothing about that: they fail until they are gone, and until the controller has looked they seem to be the new
 * ones.
 */
export function judgeUndo(verdict: Verdict, { rollout, pods, now, changedAt }: UndoSeen): Verdict {
  const { pods: counted } = verdict;
  if (rollout.observedGeneration < rollout.generation) return verdict;
  if (counted === undefined || counted.updated === 0 || counted.ready >= counted.desired) return verdict;
  const live = pods.filter(isStaying);
  const youngestMs = Math.max(changedAt?.getTime() ?? 0, ...live.map(({ createdAt }) => Date.parse(createdAt)));
  if (live.length === 0 || now.getTime() - youngestMs < patienceMs) return verdict;
  const { desired, updated, onDigest, ready } = counted;
  const isComplete = updated >= desired && live.length === updated && onDigest === updated;
  if (!isComplete && !live.some((pod) => isFresh(pod, rollout) && isBroken(pod))) return verdict;
  const detail = isComplete
    ? `${onDigest} of ${desired} pods run what ran before, ${ready} of them Ready`
    : 'it is as it was before, and its new pods fail as they did then';
  return { settled: true, outcome: 'fixed', detail, pods: counted };
}

function isBroken({ containers }: Pod): boolean {
  return containers.some((state) => isPullFailing(state) || (!state.ready && state.restartCount >= crashes));
}
