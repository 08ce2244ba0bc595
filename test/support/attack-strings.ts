import { type AST, RegExpParser } from '@eslint-community/regexpp';

/** How an attack ends, so that a pattern that came far has to go back. */
const ends = ['\u0001', ' ', '!', '\n', 'a'];

/** Letters that a class may mean; those first are the ones that most classes have in common. */
const letters = [
  'a',
  '0',
  '-',
  '.',
  '/',
  ':',
  'A',
  ' ',
  '_',
  '"',
  "'",
  '=',
  '+',
  ',',
  '@',
  '#',
  '(',
  '[',
  '{',
  '<',
  '|',
];

/**
 * Texts of `length` characters on which a pattern that is slow would be slow: whatever it repeats, repeated behind what
 * comes before it, and the beginnings of its matches again and again. Each starts like a match and does not become one.
 */
export function attackStrings(pattern: RegExp, length: number): readonly string[] {
  const { source, flags } = pattern;
  const tree = new RegExpParser().parsePattern(source, 0, source.length, { unicode: /[uv]/.test(flags) });
  const seeds = new Set<string>();
  for (const { before, unit } of pumpsOf(tree, flags)) {
    for (const end of ends) seeds.add(`${before}\u0000${unit}\u0000${end}`);
  }
  return [...seeds].map((seed) => {
    const [before = '', unit = '', end = ''] = seed.split('\u0000');
    const times = Math.max(1, Math.floor((length - before.length - end.length) / Math.max(1, unit.length)));
    return `${before}${unit.repeat(times)}${end}`;
  });
}

/** Something to repeat, and what has to come before. */
interface Pump {
  readonly before: string;
  readonly unit: string;
}

function pumpsOf({ alternatives }: AST.Pattern, flags: string): readonly Pump[] {
  const pumps: Pump[] = [];
  const visit = (alternative: AST.Alternative, around: string): void => {
    let before = around;
    for (const element of alternative.elements) {
      const inner = element.type === 'Quantifier' ? element.element : element;
      const unit = sampleOf(inner, flags);
      if (element.type === 'Quantifier') {
        for (const one of new Set([unit, sampleOf(inner, flags, 1), sampleOf(inner, flags, 2)])) {
          pumps.push({ before, unit: one }, { before: '', unit: before + one }, { before: '', unit: one });
        }
      }
      if ('alternatives' in inner) for (const each of inner.alternatives) visit(each, before);
      before += sampleOf(element, flags);
    }
    pumps.push({ before: '', unit: before }, { before: '', unit: before.slice(0, -1) });
  };
  for (const alternative of alternatives) visit(alternative, '');
  return pumps.filter(({ unit }) => unit !== '');
}

/** A text that the node matches; `variant` chooses another letter where several are possible. */
function sampleOf(node: AST.Element | AST.Alternative, flags: string, variant = 0): string {
  switch (node.type) {
    case 'Alternative':
      return node.elements.map((element) => sampleOf(element, flags, variant)).join('');
    case 'Group':
    case 'CapturingGroup': {
      const chosen = node.alternatives[variant % node.alternatives.length];
      return chosen === undefined ? '' : sampleOf(chosen, flags, variant);
    }
    case 'Quantifier':
      return sampleOf(node.element, flags, variant).repeat(Math.max(node.min, Math.min(node.max, 1)));
    case 'Character':
      return String.fromCodePoint(node.value);
    case 'CharacterSet':
    case 'CharacterClass':
    case 'ExpressionCharacterClass': {
      const one = new RegExp(`^${node.raw}$`, flags.replace(/[gy]/g, ''));
      const possible = [...letters, ...ends, '\u00a0', '\u200b', '\u201c', '\u2028', '\ud800', '\ue000'].filter(
        (letter) => one.test(letter),
      );
      return possible[variant % Math.max(1, possible.length)] ?? node.raw.replace(/^\[\^?|\]$/g, '').slice(0, 1);
    }
    // They take no text, or repeat what is there.
    case 'Assertion':
    case 'Backreference':
      return '';
    default:
      return node satisfies never;
  }
}
