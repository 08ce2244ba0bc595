import type { RemedyId } from '../../../model/change/change.ts';
import type { Finding, Proposal } from '../../../model/finding/finding.ts';
import { remedies } from '../../../remedies/index.ts';
import type { Merged } from '../../../remedies/parts/wish.ts';

/** How a proposal names its image: two proposals of the same style can be combined across workloads. */
export type Style = 'digest' | 'tag' | 'none';

/** `digest` for `name@sha256:…`, `tag` for every other image, `none` for remedies that set no image. */
export function styleOf({ remedy, params }: Proposal): Style {
  const image = remedies.find(remedy)?.imageSet?.(params);
  if (image === undefined) return 'none';
  return image.includes('@') ? 'digest' : 'tag';
}

/** Proposals of a finding that do the same to another workload: the same remedy and style, one per container. */
export function alike({ proposals }: Pick<Finding, 'proposals'>, wanted: Proposal): readonly Proposal[] {
  const style = styleOf(wanted);
  const taken = new Set<unknown>();
  return proposals.filter((proposal) => {
    if (proposal.remedy !== wanted.remedy || styleOf(proposal) !== style) return false;
    const container = proposal.params['container'] ?? proposal;
    if (taken.has(container)) return false;
    taken.add(container);
    return true;
  });
}

/**
 * One set of parameters from proposals for one workload, usually one proposal per container. Contradicting proposals
 * are refused; none is chosen.
 */
export function mergeProposals(remedy: RemedyId, proposals: readonly Proposal[]): Merged {
  const [first, ...others] = proposals;
  if (first === undefined) return { ok: false, why: 'no proposal was chosen' };
  const stranger = proposals.find((proposal) => proposal.remedy !== remedy);
  if (stranger !== undefined) return { ok: false, why: `the proposal is for ${stranger.remedy}, not for ${remedy}` };
  if (others.length === 0) return { ok: true, params: first.params };
  const params = proposals.map((proposal) => proposal.params);
  return remedies.find(remedy)?.merge(params) ?? { ok: false, why: `the remedy ${remedy} is not known here` };
}
