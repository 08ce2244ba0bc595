import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { cut, distinct } from '../../model/text/words.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import type { Draft, Note } from '../evidence/check.ts';
import { valueAt } from '../evidence/lookup.ts';
import { templateContainer } from '../evidence/per-snapshot.ts';
import { isCurrent } from '../evidence/rewritten.ts';
import { livePods, podsText, type Seen, seenContainers } from '../evidence/seen.ts';
import { millisOf, spanText } from '../evidence/time.ts';
import { historyMoments, inTimeOrder } from './history.ts';

/** A rollout that has created no pod after this long will not do so on its own. */
const patienceMs = 10 * 60_000;
const rolledOut = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/**
 * The template names an image that the pods do not run, because no pod was created from it yet. During a normal rollout
 * that is not a fault.
 */
export function* stuckRollout(snapshot: Snapshot): Iterable<Draft | Note> {
  const { workload, revisions } = snapshot;
  if (!rolledOut.has(workload.ref.kind)) return;
  const old = seenContainers(snapshot).filter(({ pod, state }) => {
    const wanted = templateContainer(snapshot, state.name);
    return wanted !== undefined && wanted.image !== state.image && isCurrent(snapshot, pod) !== true;
  });
  const [first, ...rest] = old;
  if (first === undefined) return;
  if (!revisions.known) {
    yield* notToTell(snapshot, first);
    return;
  }
  const pods = distinct(old.map(({ pod }) => pod));
  const all = livePods(snapshot).length;
  const onDelete = workload.updateStrategy === 'OnDelete';
  if (pods.length < all && !onDelete) {
    yield { note: `A rollout is in progress: ${pods.length} of ${all} pods are of an older revision.` };
    return;
  }
  const waitedMs = (millisOf(snapshot.takenAt) ?? 0) - (millisOf(changedAt(snapshot, first)) ?? Infinity);
  if (!workload.paused && !onDelete && waitedMs < patienceMs) {
    yield { note: 'The template has just changed; its pods haven’t been created yet.' };
    return;
  }
  yield stuck(snapshot, [first, ...rest], waitedMs);
}

function wantedImage(snapshot: Snapshot, container: string): string {
  return templateContainer(snapshot, container)?.image ?? '';
}

/** Since when the template has named its current image; a paused Deployment creates no revision that would show it. */
function changedAt(snapshot: Snapshot, { state: { name } }: Seen): string | undefined {
  const [newest] = snapshot.revisions.known ? snapshot.revisions.value : [];
  return newest !== undefined && valueAt(newest.images, name) === wantedImage(snapshot, name)
    ? newest.createdAt
    : undefined;
}

function stuck(snapshot: Snapshot, old: readonly [Seen, ...Seen[]], waitedMs: number): Draft {
  const { workload } = snapshot;
  const [first] = old;
  const { state } = first;
  const wanted = wantedImage(snapshot, state.name);
  const at = changedAt(snapshot, first);
  const sure = workload.paused || workload.updateStrategy === 'OnDelete';
  const name = formatWorkload(workload.ref);
  return {
    // Pausing and OnDelete are deliberate choices.
    status: sure ? 'warn' : 'fail',
    cause: 'stale_image',
    confidence: sure ? 'certain' : 'likely',
    title: `${name} names ${cut(wanted, 100)}, but its pods still run ${cut(state.image, 100)} (container ${state.name})`,
    containers: distinct(old.map((seen) => seen.state.name)),
    images: [wanted, state.image],
    evidence: [
      {
        source: 'spec',
        subject: name,
        observed: `container ${state.name}: image ${wanted}`,
        ...(at === undefined ? {} : { at }),
      },
      {
        source: 'pod',
        subject: podsText(old.map(({ pod }) => pod)),
        observed: `container ${state.name}: image ${state.image}`,
      },
      { source: 'spec', subject: name, observed: reasonOf(snapshot) },
    ],
    timeline: inTimeOrder(historyMoments(snapshot, state.name, [], '')),
    conclusion:
      waitedMs > 0 ? `The template changed ${spanText(waitedMs)} before this check.` : 'The template changed.',
    ...wayOut(snapshot, state.name),
  };
}

function wayOut({ workload }: Snapshot, container: string): Pick<Draft, 'next' | 'proposals'> {
  if (workload.paused) {
    const resume = `kubectl rollout resume ${formatWorkload(workload.ref)} -n ${workload.ref.namespace}`;
    return { next: `Resume the rollout: ${resume}` };
  }
  if (workload.updateStrategy === 'OnDelete') {
    return {
      next: 'Delete the pods one by one: the update strategy is OnDelete.',
      proposals: [
        { remedy: 'force-repull', params: { containers: [container] }, summary: 'Delete the old pods one by one' },
      ],
    };
  }
  return {
    next: 'Look at the events of the newest revision: quota, admission or scheduling may be preventing its pods.',
  };
}

function reasonOf({ workload }: Snapshot): string {
  if (workload.paused) return 'the rollout is paused';
  return workload.updateStrategy === 'OnDelete' ? 'update strategy OnDelete' : 'no pod of the newest revision exists';
}

function* notToTell(snapshot: Snapshot, { state }: Seen): Iterable<Draft> {
  const { revisions, workload } = snapshot;
  if (revisions.known) return;
  const why = revisions.missingRight === undefined ? revisions.why : `no right to ${revisions.missingRight}`;
  const wanted = wantedImage(snapshot, state.name);
  yield {
    status: 'unknown',
    cause: 'stale_image',
    confidence: 'possible',
    title: `Container ${state.name}: pods run ${cut(state.image, 90)}, the template names ${cut(wanted, 90)}; couldn't check why`,
    containers: [state.name],
    images: [wanted, state.image],
    evidence: [{ source: 'spec', subject: formatWorkload(workload.ref), observed: `revisions not readable: ${why}` }],
    next: 'Either the rollout isn’t finished, or admission rewrites the image; reading the revisions would show which.',
  };
}
