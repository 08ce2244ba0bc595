import type { Confidence } from '../../model/finding/finding.ts';
import { childFor } from '../../model/image/platform-fit.ts';
import type { AbsentChild, ImageProbe, Node } from '../../model/snapshot/snapshot.ts';
import { confidenceInAbsence } from './access.ts';
import { targetNodes } from './targets.ts';
import type { PullCase } from './verdict.ts';

/** Which nodes cannot get their image because the registry no longer has it, although the index still names it. */
export interface Dangling {
  readonly absent: readonly AbsentChild[];
  /** The nodes that would use an absent child; empty if no node is known. */
  readonly nodes: readonly Node[];
  /** Whether no node among those that count can get its image. */
  readonly everywhere: boolean;
  /** Without nodes nobody knows which child is used, and a host that may be a cache proves no absence. */
  readonly confidence: Confidence;
}

/** What is gone for the nodes of the pods that a ruling is about, or of the pods to come. */
export function danglingOf({
  snapshot,
  probe,
  use,
}: Pick<PullCase, 'snapshot' | 'probe' | 'use'>): Dangling | undefined {
  return danglingFor(
    probe,
    targetNodes(
      snapshot,
      use.seen.map(({ pod }) => pod),
    ),
  );
}

/** Compares the children that are gone with what these nodes would use; undefined if it concerns none of them. */
function danglingFor(probe: ImageProbe, nodes: readonly Node[]): Dangling | undefined {
  const { manifest, absentChildren = [] } = probe;
  const surest = confidenceInAbsence(probe);
  if (absentChildren.length === 0 || !manifest.known || manifest.value.body.kind !== 'index') return undefined;
  const { children } = manifest.value.body;
  if (nodes.length === 0) {
    const everywhere = absentChildren.length === children.length;
    return { absent: absentChildren, nodes, everywhere, confidence: everywhere ? surest : 'likely' };
  }
  const absentOf = (node: Node) => {
    const digest = childFor(node.platform, children)?.digest;
    return absentChildren.find((child) => child.digest === digest);
  };
  const affected = nodes.filter((node) => absentOf(node) !== undefined);
  if (affected.length === 0) return undefined;
  const absent = [...new Set(affected.flatMap((node) => absentOf(node) ?? []))];
  return { absent, nodes: affected, everywhere: affected.length === nodes.length, confidence: surest };
}
