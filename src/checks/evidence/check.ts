import type { Evidence, Finding, Moment, Proposal, Status } from '../../model/finding/finding.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { cut, distinct } from '../../model/text/words.ts';

/** What a check concludes; `defineCheck` fills in the rest. A `pass` becomes a note or is left out. */
export interface Draft extends Pick<Finding, 'cause' | 'confidence' | 'title' | 'next'> {
  readonly status: Exclude<Status, 'pass'>;
  readonly evidence: readonly Evidence[];
  readonly containers?: readonly string[];
  readonly images?: readonly string[];
  readonly conclusion?: string;
  readonly timeline?: readonly Moment[];
  readonly prevent?: { readonly sentence: string; readonly snippet?: string };
  readonly proposals?: readonly Proposal[];
  readonly alsoAffects?: readonly string[];
  readonly alsoImages?: Finding['alsoImages'];
  readonly near?: readonly string[];
}

/** A remark of a check that passed, such as "pinned to 1.2 while 1.3 exists". */
export interface Note {
  readonly note: string;
}

/**
 * A rule: reads a snapshot and draws conclusions. Pure; it throws only if it has a bug, which the report then shows as
 * unknown.
 */
export interface Check {
  readonly id: string;
  readonly run: (snapshot: Snapshot) => { readonly findings: readonly Finding[]; readonly notes: readonly string[] };
}

/**
 * Makes a check from its id and its rule. Everything that the rule quotes from clusters, registries
 * and people is cut to a length that a report can carry; a `fail` without evidence is refused as a bug.
 *
 * @example
 * export const nodeNotReady = defineCheck({
 *   id: 'node-not-ready',
 *   *run({ nodes }) {
 *     if (!nodes.known) return;
 *     for (const node of nodes.value.filter(({ ready }) => !ready)) {
 *       yield {
 *         status: 'warn',
 *         cause: 'not_image_related',
 *         confidence: 'certain',
 *         title: `Node ${node.name} is not ready`,
 *         evidence: [{ source: 'node', subject: node.name, observed: 'condition Ready is not True' }],
 *         next: 'Look at the kubelet of that node.',
 *       };
 *     }
 *   },
 * });
 */
export function defineCheck(rule: {
  readonly id: string;
  readonly run: (snapshot: Snapshot) => Iterable<Draft | Note>;
}): Check {
  return {
    id: rule.id,
    run(snapshot) {
      const findings: Finding[] = [];
      const notes: string[] = [];
      for (const conclusion of rule.run(snapshot)) {
        if ('note' in conclusion) notes.push(cut(conclusion.note, limits.sentence));
        else findings.push(complete(rule.id, conclusion));
      }
      return { findings, notes };
    },
  };
}

const limits = { title: 240, sentence: 800, observed: 400, subject: 200, name: 253, image: 512 } as const;
const most = { evidence: 10, timeline: 12, names: 50, proposals: 8 } as const;

function complete(check: string, draft: Draft): Finding {
  if (draft.status === 'fail' && draft.evidence.length === 0) {
    throw new Error(`${check} found "${draft.title}" without evidence`);
  }
  return {
    check,
    cause: draft.cause,
    status: draft.status,
    confidence: draft.confidence,
    title: cut(draft.title, limits.title),
    containers: names(draft.containers, limits.name),
    images: names(draft.images, limits.image),
    evidence: draft.evidence.slice(0, most.evidence).map((evidence) => ({
      ...evidence,
      subject: cut(evidence.subject, limits.subject),
      observed: cut(evidence.observed, limits.observed),
    })),
    ...(draft.conclusion === undefined ? {} : { conclusion: cut(draft.conclusion, limits.sentence) }),
    timeline: (draft.timeline ?? [])
      .slice(-most.timeline)
      .map(({ at, what }) => ({ at, what: cut(what, limits.subject) })),
    next: cut(draft.next, limits.sentence),
    ...(draft.prevent === undefined ? {} : { prevent: draft.prevent }),
    proposals: (draft.proposals ?? [])
      .slice(0, most.proposals)
      .map((proposal) => ({ ...proposal, summary: cut(proposal.summary, limits.title) })),
    consequences: [],
    alsoAffects: names(draft.alsoAffects, limits.name),
    ...(draft.alsoImages === undefined || draft.alsoImages.length === 0
      ? {}
      : { alsoImages: draft.alsoImages.slice(0, most.names).map(shortened) }),
    ...(draft.near === undefined || draft.near.length === 0 ? {} : { near: names(draft.near, limits.image) }),
  };
}

function shortened({ workload, container, image, near = [] }: NonNullable<Finding['alsoImages']>[number]) {
  return {
    workload: cut(workload, limits.name),
    container: cut(container, limits.name),
    image: cut(image, limits.image),
    ...(near.length === 0 ? {} : { near: names(near, limits.image) }),
  };
}

function names(list: readonly string[] | undefined, max: number): string[] {
  return distinct(list ?? [])
    .slice(0, most.names)
    .map((name) => cut(name, max));
}
