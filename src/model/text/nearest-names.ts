/**
 * The candidates most similar to the wanted name, best first: for "did you mean". Works for tags, commands and names of
 * objects; images have owners as well (`nearestImages`). Names that merely share letters are left out.
 */
export function nearestNames(wanted: string, candidates: Iterable<string>, max: number): readonly string[] {
  return [...new Set(candidates)]
    .filter((candidate) => candidate !== wanted)
    .map((candidate) => ({ candidate, distance: nameDistance(wanted.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, Math.max(0, max))
    .map(({ candidate }) => candidate);
}

/** Share of a name that may differ before it counts as another name. */
const farthest = 0.45;

/** 0 for equal names up to 1 for unrelated ones. */
function nameDistance(a: string, b: string): number {
  return Math.min(slipDistance(a, b), wordDistance(a, b));
}

/**
 * The share of letters that differ; 1 when there are too many for a typo: more than one, or one in four of a long name.
 */
function slipDistance(a: string, b: string): number {
  const share = editShare(a, b);
  const longer = Math.max(a.length, b.length);
  return Math.round(share * longer) > Math.max(1, Math.floor(longer / 4)) ? 1 : share;
}

/** Small when one name is the other with a word added or removed: `operate-ui` and `demon-operate-ui`. */
function wordDistance(a: string, b: string): number {
  const words = (text: string) => text.split(/[-_./:]+/).filter((word) => word !== '');
  const [fewer = [], more = []] = [words(a), words(b)].sort((x, y) => x.length - y.length);
  if (fewer.length === 0 || !fewer.every((word) => more.includes(word))) return 1;
  const letters = (list: readonly string[]) => list.join('').length;
  return letters(fewer) < 3 ? 1 : 0.6 * (1 - letters(fewer) / letters(more)) + 0.05;
}

/** Edits needed as a share of the longer text; 1 as soon as the lengths alone rule out a match. */
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
