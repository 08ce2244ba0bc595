import type { IntentTarget } from '../../../model/change/plan.ts';
import { knownOperations } from '../../../operations/index.ts';
import type { ReadReach } from '../../../operations/parts/operation-kind.ts';
import type { Reading } from '../../../ports/cluster.ts';
import type { Watch } from '../work/patience.ts';
import type { Verdict } from './rollout-verdict.ts';

/**
 * The state of those operations of a target that report their own result, because they take time or no rollout shows
 * it. Undefined if there are none, or if all have succeeded and the rollout of the others decides.
 */
export async function operationsStanding(
  { operations }: Pick<IntentTarget, 'operations'>,
  { until, latest = until }: Pick<Watch, 'until' | 'latest'>,
  reach: ReadReach,
  now: Date,
  reading: Reading,
): Promise<Verdict | undefined> {
  const known = knownOperations(operations);
  const standings = await Promise.all(
    known.flatMap(({ kind, operation }) => (kind.judge === 'rollout' ? [] : [kind.judge(operation, reach, reading)])),
  );
  const isOver = now >= latest;
  const failed = standings.find(({ kind }) => kind === 'failed');
  if (failed?.kind === 'failed') return { settled: true, outcome: 'not-fixed', detail: failed.detail };
  const unread = standings.find(({ kind }) => kind === 'unknown');
  if (unread?.kind === 'unknown') return { settled: isOver, outcome: 'unknown', detail: unread.why };
  const running = standings.find(({ kind }) => kind === 'running');
  if (running?.kind === 'running') {
    const detail = isOver ? `${running.detail}; it is not watched any longer` : running.detail;
    return { settled: isOver, outcome: isOver ? 'unknown' : 'started', detail };
  }
  if (standings.length === 0 || standings.length < known.length) return undefined;
  const details = standings.flatMap((standing) => (standing.kind === 'done' ? [standing.detail] : []));
  return { settled: true, outcome: 'fixed', detail: details.join('; ') };
}
