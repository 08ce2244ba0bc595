/** A ticket id is short; longer text is never matched against the pattern. */
const longestTicket = 100;

/** Whether a ticket is named, and matches the pattern from its first to its last character. */
export function isTicket(pattern: string, ticket: string | undefined): boolean {
  const trimmed = ticket?.trim() ?? '';
  if (trimmed === '' || trimmed.length > longestTicket || wrongTicketPattern(pattern) !== undefined) return false;
  return new RegExp(`^(?:${pattern})$`).test(trimmed);
}

/**
 * Why a ticket pattern cannot be used: it isn't a valid regular expression, or it can take forever on a short text (a
 * repeated group that can match in several ways, many repetitions one after the other, or a back-reference). Undefined
 * if it is fine.
 */
export function wrongTicketPattern(pattern: string): string | undefined {
  if (pattern.length > 200) return 'expected at most 200 characters';
  try {
    // On its own first: `a)(b` is invalid, and would become valid inside the group that anchors it.
    void new RegExp(pattern);
    void new RegExp(`^(?:${pattern})$`);
  } catch {
    return 'expected a regular expression, such as OPS-[0-9]+';
  }
  const ways = waysToMatch(pattern);
  if (ways === Number.POSITIVE_INFINITY) {
    return 'expected a regular expression without repetitions inside of repetitions';
  }
  if (ways <= mostWays) return undefined;
  return 'expected a regular expression with fewer repetitions (+, *, ?, {1,9}), such as [A-Z]+-[0-9]+';
}

/** An engine that tries this many ways to match a ticket needs some 100 ms: three repetitions without an end. */
const mostWays = (longestTicket + 1) ** 3;

/** What is known of a group so far: the ways of its finished alternatives, and of the one that is being read. */
interface Group {
  alternatives: number;
  ways: number;
}

/**
 * In how many ways an engine that goes back may try to match a ticket, at most; infinite for a repetition of something
 * that itself matches in several ways, and for a reference back.
 */
function waysToMatch(pattern: string): number {
  if (/\\(?:k<|[1-9])/.test(pattern.replace(/\\\\/g, 'x'))) return Number.POSITIVE_INFINITY;
  // An escaped character or a class counts as one character, whatever it looks like.
  const plain = pattern.replace(/\\./g, 'x').replace(/\[[^\]]{0,200}\]/g, 'x');
  const groups: Group[] = [{ alternatives: 0, ways: 1 }];
  const part = /\((?:\?(?:[:=!]|<[=!]|<\w+>))?|\||(\)|.)([*+?]|\{\d+(?:,\d*)?\})?\??/gs;
  for (const [text, last, repetition] of plain.matchAll(part)) {
    const inside = groups.at(-1);
    if (inside === undefined) return Number.POSITIVE_INFINITY;
    if (text.startsWith('(')) groups.push({ alternatives: 0, ways: 1 });
    else if (text === '|') Object.assign(inside, { alternatives: inside.alternatives + inside.ways, ways: 1 });
    else {
      const closed = last === ')' ? groups.pop() : undefined;
      const own = closed === undefined ? 1 : closed.alternatives + closed.ways;
      const outer = groups.at(-1);
      if (outer !== undefined) outer.ways *= waysToRepeat(own, repetition);
    }
  }
  const [whole] = groups;
  return whole === undefined ? Number.POSITIVE_INFINITY : whole.alternatives + whole.ways;
}

/** The ways to match something that matches in `own` ways as often as the repetition allows. */
function waysToRepeat(own: number, repetition: string | undefined): number {
  if (repetition === undefined) return own;
  if (repetition === '?') return own + 1;
  const [, least = '0', comma, most = ''] = /^\{(\d+)(?:(,)(\d*))?\}$/.exec(repetition) ?? [];
  const from = Number(least);
  const isEndless = repetition === '*' || repetition === '+' || (comma === ',' && most === '');
  const to = Math.min(longestTicket, isEndless ? longestTicket : comma === ',' ? Number(most) : from);
  if (own > 1 && to > 1) return Number.POSITIVE_INFINITY;
  return Math.max(1, to - from + 1) * own;
}
