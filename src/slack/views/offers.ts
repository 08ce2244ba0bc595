import { styleOf } from '../../flows/change/plan/proposals.ts';
import type { Finding, Proposal } from '../../model/finding/finding.ts';
import { treatedAlike } from '../../model/finding/same-problem.ts';
import { volumeAt } from '../../model/workload/volume-place.ts';
import { remedies } from '../../remedies/index.ts';
import { button } from '../blocks/blocks.ts';
import { type ChooseValue, changeIds, type FixValue } from '../blocks/change-ids.ts';

/** What decides which proposals become buttons. */
export interface Offering {
  /** Whether the image keeps its registry and owner, or moves to an owner in `trustedOwners`. */
  isTrustedMove(from: string, to: string): boolean;
}

/** If the trusted owners are unknown, no button leads to another registry or owner. */
export const cautious: Offering = { isTrustedMove: () => false };

/** Proposals of one finding that one button requests: one per container, all of one kind. */
export interface Offer {
  readonly proposals: readonly number[];
  readonly label: string;
}

/** The most buttons that are useful below one finding. */
const mostOffers = 3;

/** What a button of this finding may request: groups in the finding's order. */
export function offersOf(finding: Finding, offering: Offering): readonly Offer[] {
  const groups = new Map<string, number[]>();
  for (const [index, key] of keysOf(finding).entries()) {
    const proposal = finding.proposals[index];
    if (proposal === undefined || !isOffered(finding, proposal, offering)) continue;
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups.values()].map((proposals) => ({ proposals, label: labelOf(finding, proposals) }));
}

/** A proposal for another registry or owner becomes a button only if that owner is trusted; otherwise it stays text. */
function isOffered({ images }: Finding, { remedy, params }: Proposal, offering: Offering): boolean {
  const known = remedies.find(remedy);
  // A newer worker may propose something that this version cannot request.
  if (known === undefined) return false;
  const image = known.imageSet?.(params);
  if (image === undefined) return true;
  return image !== '' && images.length > 0 && images.every((from) => offering.isTrustedMove(from, image));
}

/** Proposals that can be combined into one plan share this key: one kind of change, each container once. */
function keysOf({ proposals }: Finding): readonly string[] {
  const seen = new Map<string, number>();
  return proposals.map((proposal) => {
    const { remedy, params } = proposal;
    const details = ['pullPolicy', 'policy', 'registry', 'serviceAccount'].map((key) => text(params[key]));
    const kind = [remedy, styleOf(proposal), ...details].join('|');
    const one = `${kind}|${text(params['container'])}`;
    const turn = seen.get(one) ?? 0;
    seen.set(one, turn + 1);
    return `${kind}|${turn}`;
  });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function labelOf(finding: Finding, proposals: readonly number[]): string {
  const [first = 0] = proposals;
  const summary = finding.proposals[first]?.summary ?? '';
  const more = proposals.length > 1 ? ` (and ${proposals.length - 1} more)` : '';
  const others = treatedAlike(finding, finding.proposals[first] ?? { params: {} }).length;
  const also = others === 0 ? '' : `, also for ${others} more`;
  const wish = summary.charAt(0).toLowerCase() + summary.slice(1);
  return `Review fix: ${shortened(wish, 63 - more.length - also.length)}${more}${also}`;
}

/** As much of a sentence as fits and still reads as one: all of it, up to a comma or an "and", or up to a word. */
function shortened(text: string, room: number): string {
  if (text.length <= room) return text;
  const part = text.slice(0, room + 1);
  const end = Math.max(part.lastIndexOf(', '), part.lastIndexOf(' and '));
  if (end > 10) return part.slice(0, end);
  return `${part.slice(0, Math.max(part.slice(0, room).lastIndexOf(' '), 10))}…`;
}

/** Where the buttons of a finding belong. */
export interface FindingPlace {
  readonly messageId: string;
  readonly reportId: string;
  readonly finding: number;
}

/** *Review fix* buttons of one finding, and the buttons of forms. `first` numbers them. */
export function fixButtons(
  finding: Finding,
  place: FindingPlace,
  offering: Offering,
  first: { readonly number: number; readonly primary: boolean },
): ReturnType<typeof button>[] {
  const offers = offersOf(finding, offering).slice(0, mostOffers);
  return [
    ...offers.map(({ proposals, label }, index) => {
      const everywhere = treatedAlike(finding, finding.proposals[proposals[0] ?? 0] ?? { params: {} }).length > 0;
      return button(
        `${changeIds.fix}.${first.number + index}`,
        label,
        JSON.stringify({ ...place, proposals: [...proposals], everywhere } satisfies FixValue),
        first.primary && index === 0 ? 'primary' : undefined,
      );
    }),
    ...chooseButtons(finding, place, first.number),
  ];
}

/** For cases in which a person may know better than imagecheck: a button for each form that applies to this finding. */
function chooseButtons(finding: Finding, place: FindingPlace, number: number): ReturnType<typeof button>[] {
  const { containers } = finding;
  if (containers.length > 0 && containers.every((name) => volumeAt(name) !== undefined)) return [];
  const forms = remedies.all().flatMap(({ id, form }) => (form === undefined ? [] : [{ id, form }]));
  return forms.map(({ id, form }, index) => {
    const label = form.button(finding);
    const value = JSON.stringify({ ...place, remedy: id } satisfies ChooseValue);
    return label === undefined ? undefined : button(`${changeIds.choose}.${number + index}`, label, value);
  });
}
