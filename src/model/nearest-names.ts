/**
 * The candidates most like the wanted name, best first: for "did you mean". Works for tags, repositories and whole
 * names. The last path segment counts most, so the same image under another owner is found
 * (`demon-project/operate-ui` and `afewell-hh/demon-operate-ui`); names that only share letters are left out.
 */
export function nearestNames(wanted: string, candidates: Iterable<string>, max: number): readonly string[] {
  return [...new Set(candidates)]
    .filter((candidate) => candidate !== wanted)
    .map((candidate) => ({ candidate, distance: nameDistance(wanted, candidate) }))
    .filter(({ distance }) => distance < 1)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, Math.max(0, max))
    .map(({ candidate }) => candidate);
}

/** Share of a name that may differ before it is another name. */
const farthest = 0.45;
/** What another tag of the same name costs: little, because the name is what is looked for. */
const otherTagCost = 0.05;
/** What another owner or host costs at most, so that the same name elsewhere loses to a slip in the same place. */
const elsewhereCost = 0.3;

/** 0 for equal names up to 1 for unrelated ones. */
function nameDistance(wanted: string, candidate: string): number {
  const [owner, tagged] = splitLast(wanted.toLowerCase());
  const [otherOwner, otherTagged] = splitLast(candidate.toLowerCase());
  const [name = '', tag] = tagged.split(':');
  const [otherName = '', otherTag] = otherTagged.split(':');
  const elsewhere = owner === otherOwner ? 0 : elsewhereCost * Math.max(0.5, editShare(owner, otherOwner));
  const difference = Math.min(slipDistance(name, otherName), wordDistance(name, otherName));
  const otherwiseTagged = tag === otherTag ? 0 : otherTagCost;
  return difference > farthest ? 1 : elsewhere + (1 - elsewhereCost) * difference + otherwiseTagged;
}

/** The share of letters that slipped; 1 when too many did for a slip: one, or one in four of a long name. */
function slipDistance(a: string, b: string): number {
  const share = editShare(a, b);
  const longer = Math.max(a.length, b.length);
  return Math.round(share * longer) > Math.max(1, Math.floor(longer / 4)) ? 1 : share;
}

/** Small when one name is the other one with a word more or less: `operate-ui` and `demon-operate-ui`. */
function wordDistance(a: string, b: string): number {
  const words = (text: string) => text.split(/[-_./:]+/).filter((word) => word !== '');
  const [fewer = [], more = []] = [words(a), words(b)].sort((x, y) => x.length - y.length);
  if (fewer.length === 0 || !fewer.every((word) => more.includes(word))) return 1;
  const letters = (list: readonly string[]) => list.join('').length;
  return letters(fewer) < 3 ? 1 : 0.6 * (1 - letters(fewer) / letters(more)) + 0.05;
}

function splitLast(text: string): readonly [owner: string, name: string] {
  const slash = text.lastIndexOf('/');
  return [text.slice(0, Math.max(0, slash)), text.slice(slash + 1)];
}

/** Edits needed as a share of the longer text; 1 as soon as the lengths alone rule a likeness out. */
function editShare(a: string, b: string): number {
  const longer = Math.max(a.length, b.length);
  if (longer === 0) return 0;
  if (Math.abs(a.length - b.length) > longer / 2 || longer > 255) return a === b ? 0 : 1;
  return editDistance(a, b) / longer;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const replaced = at(last, column - 1) + (same ? 0 : 1);
      const swapped =
        a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1] ? at(beforeLast, column - 2) + 1 : Infinity;
      current.push(Math.min(at(last, column) + 1, at(current, column - 1) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
