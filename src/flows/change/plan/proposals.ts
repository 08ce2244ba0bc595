import type { RemedyId, RemedyParams } from '../../../model/change/change.ts';
import type { Finding, Proposal } from '../../../model/finding/finding.ts';

export type Merged =
  | { readonly ok: true; readonly params: RemedyParams }
  | { readonly ok: false; readonly why: string };

/** How a proposal names its image: two proposals of the same style go together across workloads. */
export type Style = 'digest' | 'tag' | 'none';

/** `digest` for `name@sha256:…`, `tag` for every other image, `none` for remedies that set no image. */
export function styleOf({ remedy, params }: Proposal): Style {
  if (remedy !== 'set-image') return 'none';
  return typeof params['image'] === 'string' && params['image'].includes('@') ? 'digest' : 'tag';
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
 * One set of parameters from proposals for one workload, usually one proposal per container. Proposals that contradict
 * each other are refused, never chosen from.
 */
export function mergeProposals(remedy: RemedyId, proposals: readonly Proposal[]): Merged {
  const [first, ...others] = proposals;
  if (first === undefined) return { ok: false, why: 'no proposal was chosen' };
  const stranger = proposals.find((proposal) => proposal.remedy !== remedy);
  if (stranger !== undefined) return { ok: false, why: `the proposal is for ${stranger.remedy}, not for ${remedy}` };
  if (others.length === 0) return { ok: true, params: first.params };
  switch (remedy) {
    case 'set-image':
      return mergeImages(proposals);
    case 'set-pull-policy':
      return mergePolicies(proposals);
    case 'force-repull':
      return { ok: true, params: mergeContainers(proposals) };
    case 'roll-back':
    case 'add-pull-secret':
    case 'undo': {
      const differs = others.some(({ params }) => JSON.stringify(params) !== JSON.stringify(first.params));
      return differs ? contradiction : { ok: true, params: first.params };
    }
    default:
      return remedy satisfies never;
  }
}

const contradiction: Merged = { ok: false, why: 'the proposals contradict each other; review one at a time' };

function mergeImages(proposals: readonly Proposal[]): Merged {
  const images = proposals.flatMap(({ params }) => (Array.isArray(params['images']) ? params['images'] : [params]));
  const byContainer = new Map<unknown, unknown>();
  for (const image of images) {
    const container: unknown = image.container;
    const before = byContainer.get(container);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(image)) return contradiction;
    byContainer.set(container, image);
  }
  return { ok: true, params: { images: [...byContainer.values()] } };
}

function mergePolicies(proposals: readonly Proposal[]): Merged {
  const policies = new Set(proposals.map(({ params }) => params['policy'] ?? params['pullPolicy']));
  const [policy, ...more] = policies;
  if (more.length > 0) return contradiction;
  return { ok: true, params: { ...mergeContainers(proposals), policy } };
}

/** No containers named means all of them. */
function mergeContainers(proposals: readonly Proposal[]): RemedyParams {
  const containers = proposals.map(({ params }) =>
    Array.isArray(params['containers'])
      ? params['containers']
      : params['container'] === undefined
        ? undefined
        : [params['container']],
  );
  if (containers.includes(undefined)) return {};
  return { containers: [...new Set(containers.flatMap((names) => names ?? []))] };
}
