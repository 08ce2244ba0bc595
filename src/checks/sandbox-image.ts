import type { Evidence } from '../model/finding/finding.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { cut, distinct, listed } from '../model/text/words.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { groupBy } from './evidence/grouping.ts';
import { holdUpOf, sandboxImageTrouble, uncreatedContainers } from './evidence/hold-ups.ts';
import { isServedInFull, livePods, podsText, type Seen } from './evidence/seen.ts';

/**
 * The node's sandbox (pause) image: the runtime starts every pod with it, so none starts without it. It is the node's
 * own: no pull secret of the workload is used for it, and nothing in the workload mends it.
 */
export const sandboxImage = defineCheck({
  id: 'sandbox-image',
  *run(snapshot) {
    const held = uncreatedContainers(snapshot).filter(
      ({ pod }) => sandboxImageTrouble(holdUpOf(snapshot, pod)) !== undefined,
    );
    for (const group of groupBy(held, ({ pod }) => sandboxImageTrouble(holdUpOf(snapshot, pod))?.cause ?? '')) {
      yield* withoutSandbox(snapshot, group);
    }
  },
});

function* withoutSandbox(snapshot: Snapshot, group: readonly [Seen, ...Seen[]]): Iterable<Draft> {
  const [{ pod }] = group;
  const holdUp = holdUpOf(snapshot, pod);
  const trouble = sandboxImageTrouble(holdUp);
  if (holdUp === undefined || trouble === undefined) return;
  const { cause, confidence, meaning, next, image } = trouble;
  const nodes = distinct(group.flatMap((one) => one.pod.node ?? []));
  const pods = podsText(group.map((one) => one.pod));
  const name = image === undefined ? 'the sandbox image' : `the sandbox image ${cut(image, 100)}`;
  yield {
    status: isServedInFull(snapshot) ? 'warn' : 'fail',
    cause,
    confidence,
    title: `${pods} can’t start on ${listed(nodes)}: the node has no usable copy of ${name}`,
    containers: distinct(group.map(({ state }) => state.name)),
    evidence: [
      {
        source: 'event',
        subject: pods,
        observed: `${holdUp.reason}: ${holdUp.message}`,
        ...(holdUp.at === undefined ? {} : { at: holdUp.at }),
      },
      ...otherNodes(snapshot, new Set(nodes)),
    ],
    conclusion: meaning,
    next,
    prevent: {
      sentence:
        'Have the nodes keep the sandbox image (pinned in the runtime) and give them a registry that they can reach for it.',
    },
  };
}

/** That the same pods start elsewhere says that it is these nodes. */
function otherNodes(snapshot: Snapshot, held: ReadonlySet<string>): readonly Evidence[] {
  const started = livePods(snapshot).filter(
    ({ node, containers }) =>
      node !== undefined && !held.has(node) && containers.some(({ runningSince }) => runningSince !== undefined),
  );
  const nodes = distinct(started.flatMap(({ node }) => node ?? []));
  if (nodes.length === 0) return [];
  return [{ source: 'pod', subject: podsText(started), observed: `started on ${listed(nodes.slice(0, 3))}` }];
}
