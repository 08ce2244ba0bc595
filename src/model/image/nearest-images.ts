import { editDistance } from '../text/nearest-names.ts';
import { type ImageRef, parseImage } from './image.ts';

type Place = Pick<ImageRef, 'registry' | 'repository'>;

/**
 * The images whose repository is most like the wanted one, best first, one per repository and in their original
 * spelling: for "did you mean". A name that occurs whole (under another owner or registry, or with more words) comes
 * before one that is a few letters away, and the shorter a name is, the fewer letters may differ: `api` is not a typo
 * of `app`.
 */
export function nearestImages(wanted: Place, candidates: Iterable<string>, max: number): readonly string[] {
  return ranked(wanted, candidates)
    .slice(0, Math.max(0, max))
    .map(({ text }) => text);
}

/**
 * The one image that must be meant, if there is one: the nearest, when it is very similar to the wanted one and no
 * other comes close. A field filled with a wrong image is worse than an empty one.
 */
export function likelyImage(wanted: Place, candidates: Iterable<string>): string | undefined {
  const [best, second] = ranked(wanted, candidates);
  if (best === undefined || best.isGuess) return undefined;
  return second === undefined || second.distance - best.distance >= clearLead ? best.text : undefined;
}

/** The nearest must lead by this much, or another may be meant. */
const clearLead = 0.04;

interface Near {
  readonly text: string;
  readonly distance: number;
  readonly isGuess: boolean;
}

function ranked(wanted: Place, candidates: Iterable<string>): readonly Near[] {
  const byPlace = new Map<string, Near | undefined>();
  for (const text of new Set(candidates)) {
    const parsed = parseImage(text);
    if (!parsed.ok || parsed.image.registry === '') continue;
    const place = `${parsed.image.registry}/${parsed.image.repository}`;
    if (byPlace.has(place)) continue;
    const likeness = likenessOf(wanted, parsed.image);
    byPlace.set(place, likeness === undefined ? undefined : { text, ...likeness });
  }
  return [...byPlace.values()]
    .filter((near) => near !== undefined)
    .toSorted((a, b) => a.distance - b.distance || (a.text < b.text ? -1 : 1));
}

/** How the place of the other name relates to the wanted one. `kin`: another place with something in common. */
type Position = 'same' | 'beside' | 'kin' | 'elsewhere';

const positionCost: Readonly<Record<Position, number>> = { same: 0, beside: 0.05, kin: 0.12, elsewhere: 0.25 };

/** How similar two places are; undefined when only letters match. */
function likenessOf(wanted: Place, other: Place): Omit<Near, 'text'> | undefined {
  const [owner, name] = splitLast(wanted.repository);
  const [otherOwner, otherName] = splitLast(other.repository);
  const position = positionOf(
    { registry: wanted.registry, owner },
    { registry: other.registry, owner: otherOwner },
    other.repository,
  );
  const isFar = position === 'elsewhere';
  const relation = relationOf({ words: wordsOf(name), known: wordsOf(owner) }, wordsOf(otherName), position);
  if (relation === undefined) return undefined;
  const distance = positionCost[position] + relation.cost;
  const isShort = relation.letters < (isFar ? 4 : 3);
  return { distance, isGuess: isShort || relation.isGuess };
}

function positionOf(
  here: { readonly registry: string; readonly owner: string },
  there: { readonly registry: string; readonly owner: string },
  otherRepository: string,
): Position {
  const isSameHost = here.registry === there.registry;
  if (here.owner === there.owner) return isSameHost || here.owner === '' ? (isSameHost ? 'same' : 'kin') : 'beside';
  if (isSameHost && isSlip(here.owner, there.owner)) return 'beside';
  const words = new Set(wordsOf(otherRepository));
  return wordsOf(here.owner).some((word) => word.length > 2 && word !== 'library' && words.has(word))
    ? 'kin'
    : 'elsewhere';
}

interface Relation {
  readonly cost: number;
  /** The share of words in common. */
  readonly letters: number;
  readonly isGuess: boolean;
}

/**
 * Whole names cost at most 0.25, a name with missing words 0.3 and more, typos 0.5 and more. One extra word is fine
 * when it is the wanted owner's: `acme/web` and `fork/acme-web`.
 */
function relationOf(
  { words, known }: { readonly words: readonly string[]; readonly known: readonly string[] },
  otherWords: readonly string[],
  position: Position,
): Relation | undefined {
  const [name, otherName] = [words.join(''), otherWords.join('')];
  if (name === '' || otherName === '') return undefined;
  if (name === otherName) {
    return { cost: words.length === otherWords.length ? 0 : 0.02, letters: name.length, isGuess: false };
  }
  const isFar = position === 'elsewhere';
  const leastLetters = isFar ? 4 : 2;
  if (words.every((word) => otherWords.includes(word))) {
    const strange = otherWords.filter((word) => !words.includes(word) && !known.includes(word)).join('').length;
    const share = name.length / (name.length + strange);
    if (share < leastShare || name.length < leastLetters) return undefined;
    return { cost: 0.05 + 0.3 * (1 - share), letters: name.length, isGuess: share < 0.4 };
  }
  if (otherWords.every((word) => words.includes(word))) {
    const share = otherName.length / name.length;
    if (share < (isFar ? 0.5 : leastShare) || otherName.length < leastLetters) return undefined;
    return { cost: (isFar ? 0.7 : 0.3) + 0.3 * (1 - share), letters: otherName.length, isGuess: share < 0.5 };
  }
  const slipped = slips(words, otherWords, position);
  if (slipped === undefined) return undefined;
  const longer = Math.max(name.length, otherName.length);
  const cost = 0.5 + slipped.edits / longer;
  return { cost, letters: longer - slipped.edits, isGuess: isFar || slipped.shortest < 5 };
}

/** A shorter name must cover at least this share of the longer one. */
const leastShare = 1 / 3;

interface Slips {
  readonly edits: number;
  /** Minimum length of a word with a typo. */
  readonly shortest: number;
}

/** The letters that differ, none of them in a number; undefined when the names are unrelated. */
function slips(words: readonly string[], otherWords: readonly string[], position: Position): Slips | undefined {
  const [name, otherName] = [words.join(''), otherWords.join('')];
  if (name.replace(/\D/g, '') !== otherName.replace(/\D/g, '')) return undefined;
  if (words.length !== otherWords.length) {
    return isFarSlip(name, otherName) ? { edits: editDistance(name, otherName), shortest: name.length } : undefined;
  }
  const pairs = words
    .map((word, index) => [word, otherWords[index] ?? ''] as const)
    .filter(([word, other]) => word !== other);
  const least = position === 'same' ? 3 : 5;
  const isSlipped = pairs.every(([word, other]) =>
    position === 'elsewhere' ? isFarSlip(word, other) : isSlip(word, other, least),
  );
  const edits = pairs.reduce((sum, [word, other]) => sum + editDistance(word, other), 0);
  if (!isSlipped || edits > 2) return undefined;
  return { edits, shortest: Math.min(...pairs.map(([word, other]) => Math.max(word.length, other.length))) };
}

/** One letter, or two for eight letters and more; a word shorter than `least` is too short for a typo. */
function isSlip(a: string, b: string, least = 4): boolean {
  const [shorter, longer] = [a, b].map(({ length }) => length).toSorted((x, y) => x - y);
  if (shorter === undefined || longer === undefined || longer > 255 || longer - shorter > 2) return false;
  return longer >= least && shorter >= 3 && editDistance(a, b) <= (longer >= 8 ? 2 : 1);
}

/**
 * When nothing else matches: one letter of a long word (two from twelve on), and not the first. Replacing one letter
 * often gives another word (`porter` and `poster`), so a replacement needs a longer word.
 */
function isFarSlip(a: string, b: string): boolean {
  const longer = Math.max(a.length, b.length);
  if (longer < 6 || longer > 255 || Math.abs(a.length - b.length) > 2 || a[0] !== b[0]) return false;
  const isReplaced = a.length === b.length && lettersOf(a) !== lettersOf(b);
  return (longer >= 8 || !isReplaced) && editDistance(a, b) <= (longer >= 12 ? 2 : 1);
}

/** The same for names that differ only in the order of letters. */
function lettersOf(text: string): string {
  return text.split('').toSorted().join('');
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[-_./:]+/).filter((word) => word !== '');
}

function splitLast(text: string): readonly [owner: string, name: string] {
  const slash = text.lastIndexOf('/');
  return [text.slice(0, Math.max(0, slash)), text.slice(slash + 1)];
}
