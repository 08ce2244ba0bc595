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
 * repeated group that contains a repetition or a choice, or a back-reference). Undefined if it is fine.
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
  return takesForever(pattern) ? 'expected a regular expression without repetitions inside of repetitions' : undefined;
}

/** Whether there is a group with a repetition or a choice in it that is itself repeated, or a reference back. */
function takesForever(pattern: string): boolean {
  // An escaped character or a class counts as one character, whatever it looks like.
  const plain = pattern.replace(/\\k<[^>]*>|\\[1-9]/g, '\u0000').replace(/\\./g, 'x');
  if (plain.includes('\u0000')) return true;
  const groups: { risky: boolean }[] = [{ risky: false }];
  const withoutClasses = plain.replace(/\[[^\]]*\]/g, 'x');
  for (let index = 0; index < withoutClasses.length; index++) {
    const inside = groups.at(-1);
    const rest = withoutClasses.slice(index);
    if (rest.startsWith('(')) groups.push({ risky: false });
    else if (rest.startsWith(')')) {
      const { risky } = groups.pop() ?? { risky: false };
      const outer = groups.at(-1);
      if (risky && isRepeated(rest.slice(1))) return true;
      if (outer !== undefined) outer.risky ||= risky;
    } else if (inside !== undefined && (rest.startsWith('|') || isRepeated(rest))) inside.risky = true;
  }
  return false;
}

function isRepeated(rest: string): boolean {
  return /^(?:[*+]|\{\d+,?\d*\})/.test(rest);
}
