import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { distinct, listed } from '../model/text/words.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { logLinesOf } from './evidence/log-lines.ts';
import { pullGroups } from './evidence/pull.ts';
import { groupText, pullDraft, waitingText } from './evidence/pull-draft.ts';
import { livePods, nodeOfPod, podsText, putOutPods, servesAnyway } from './evidence/seen.ts';

const prevent = {
  sentence:
    'Watch the nodes’ disk use, let the kubelet collect images earlier (imageGCHighThresholdPercent), and keep images small.',
};

/** A node has no disk space: the image cannot be unpacked, pods are evicted, or nothing more is scheduled there. */
export const nodeDisk = defineCheck({
  id: 'node-disk',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'node-disk')) {
      const nodes = distinct(group.rulings.flatMap(({ use }) => use.seen.flatMap(({ pod }) => pod.node ?? [])));
      yield pullDraft(group, {
        title: `${groupText(group)}: no space left on ${nodes.length === 0 ? 'the node' : `node ${listed(nodes)}`}`,
        conclusion: `The registry and the image aren’t the problem. ${waitingText(group)}`.trim(),
        next: 'Free disk space on the node (unused images, logs), or move the pods to another node.',
        prevent,
        extraEvidence: pressureEvidence(snapshot, nodes),
      });
    }
    yield* evicted(snapshot);
    yield* pressed(snapshot);
    yield* written(snapshot);
  },
});

function pressureEvidence({ nodes }: Snapshot, names: readonly string[]): Draft['evidence'] {
  if (!nodes.known) return [];
  return nodes.value
    .filter(({ name, diskPressure }) => diskPressure && names.includes(name))
    .slice(0, 3)
    .map(({ name }) => ({ source: 'node', subject: `node/${name}`, observed: 'condition DiskPressure is True' }));
}

function* evicted(snapshot: Snapshot): Iterable<Draft> {
  const pods = putOutPods(snapshot).filter(
    ({ statusReason, statusMessage }) =>
      statusReason === 'Evicted' &&
      /low on resource|node had condition/i.test(statusMessage ?? '') &&
      /ephemeral-storage|disk|inodes|imagefs|nodefs/i.test(statusMessage ?? ''),
  );
  if (pods.length === 0) return;
  yield {
    status: servesAnyway(snapshot) ? 'warn' : 'fail',
    cause: 'disk_full',
    confidence: 'certain',
    title: `${podsText(pods)} evicted: no disk space on the node`,
    evidence: pods.slice(0, 3).map(({ name, statusMessage }) => ({
      source: 'pod',
      subject: `pod/${name}`,
      observed: statusMessage ?? 'Evicted',
    })),
    next: 'Free disk space on the node, and bound what the pods write (ephemeral-storage requests and limits).',
    prevent,
  };
}

/**
 * Nodes under disk pressure matter only if a pod of this workload waits for a node, or runs there and may be evicted.
 */
function* pressed(snapshot: Snapshot): Iterable<Draft> {
  const waiting = livePods(snapshot).filter(({ unschedulable }) => /disk-pressure/.test(unschedulable ?? ''));
  if (waiting.length > 0) {
    yield {
      status: snapshot.workload.ready > 0 ? 'warn' : 'fail',
      cause: 'disk_full',
      confidence: 'certain',
      title: `${podsText(waiting)} waits: nodes are under disk pressure`,
      evidence: waiting
        .slice(0, 3)
        .map(({ name, unschedulable }) => ({ source: 'pod', subject: `pod/${name}`, observed: unschedulable ?? '' })),
      next: 'Free disk space on the nodes; the taint is removed when the pressure ends.',
      prevent,
    };
    return;
  }
  const nodes = distinct(livePods(snapshot).flatMap((pod) => nodeOfPod(snapshot, pod) ?? [])).filter(
    ({ diskPressure }) => diskPressure,
  );
  if (nodes.length === 0) return;
  const names = nodes.map(({ name }) => name);
  yield {
    status: 'warn',
    cause: 'disk_full',
    confidence: 'certain',
    title: `Node ${listed(names)} is under disk pressure; its pods may be evicted`,
    evidence: pressureEvidence(snapshot, names),
    next: 'Free disk space on the node.',
    prevent,
  };
}

/** A program that cannot write may have filled its own volume rather than the node's disk. */
function* written(snapshot: Snapshot): Iterable<Draft> {
  for (const { container, lines, troubled } of logLinesOf(snapshot)) {
    const full = lines.filter(({ owner }) => owner === 'node-disk');
    if (full.length === 0) continue;
    yield {
      status: troubled ? 'fail' : 'warn',
      cause: 'disk_full',
      confidence: 'possible',
      title: `Container ${container} reports that no space is left`,
      containers: [container],
      evidence: full.slice(0, 3).map(({ evidence }) => evidence),
      next: 'See which file system is full: the node’s, or a volume of the pod.',
    };
  }
}
