/** A source of choices that a seed determines: whole numbers from 0 to `below` - 1. */
export type Choose = (below: number) => number;

/** Mulberry32: small, quick, and the same everywhere. */
export function choosing(seed: number): Choose {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Texts with a meaning somewhere, or none anywhere. */
const tokens: readonly string[] = [
  ['', ' ', '\n', '\t', '\r\n', '\u0000', '\u001b[31m', '\u2028', '\u202e', '\ud800', '\udfff', '\ufeff', '💥'],
  ['"', "'", '`', '\\', '\\"', '/', '//', '..', ':', '::', '@', '@@', '#', '?', '*', '=', ',', ';', '&', '%', '%00'],
  ['<', '>', '<!channel>', '<@U0ANA>', '<http://a|b>', '&lt;', '{', '}', '[', ']', '(', ')', '{{', '${x}', '|', '-'],
  ['null', 'true', '-1', '0', '1e309', '9007199254740993', 'NaN', '__proto__', 'constructor', 'toString', '*id', '&id'],
  ['sha256:', `sha256:${'0'.repeat(64)}`, ':latest', 'docker.io/', 'localhost:5000/', '[::1]:443/', '127.0.0.1/'],
  ['deployment', '-n', '--', '-c', 'pod/', 'rpc error: code = Unknown desc = ', 'Failed to pull image "', '403', 'EOF'],
  ['2026-12-01T00:00:00Z', '275760-09-14', 'P1D', '5m', 'arn:awsu', 'realm="', 'rel="next"', 'Bearer ', 'eyJ'],
].flat();

const numbers = [0, -0, -1, 1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 1e308, 5e-324, 8.64e15 + 1];
/** How often something is repeated: seldom often. */
const repeats = [2, 2, 3, 3, 5, 10, 50, 1000];
/** No text becomes longer. */
const longest = 300_000;

/** A text made from one of these, or from two. */
export function mutatedText(corpus: readonly string[], choose: Choose): string {
  let text = pick(corpus, choose);
  for (let count = choose(4) + 1; count > 0; count -= 1) text = changedOnce(text, corpus, choose);
  return text.slice(0, longest);
}

function changedOnce(text: string, corpus: readonly string[], choose: Choose): string {
  const from = choose(text.length + 1);
  const to = Math.min(text.length, from + choose(choose(8) === 0 ? text.length + 1 : 12));
  const [before, span, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
  switch (choose(8)) {
    case 0:
      return before + after;
    case 1:
      return before + pick(tokens, choose) + span + after;
    case 2:
      return before + pick(tokens, choose) + after;
    case 3:
      return before + span.repeat(allowed(pick(repeats, choose), span.length)) + after;
    case 4:
      return before + pick(tokens, choose).repeat(pick(repeats, choose)) + span + after;
    case 5: {
      const other = pick(corpus, choose);
      return before + other.slice(choose(other.length + 1)) + after;
    }
    case 6:
      return before + String.fromCharCode(choose(choose(2) === 0 ? 128 : 65_536)) + after;
    default:
      return before + after + span;
  }
}

function allowed(count: number, length: number): number {
  return Math.min(count, Math.ceil(longest / Math.max(1, length)));
}

/** JSON made from one of these texts of JSON, mostly still JSON. */
export function mutatedJson(corpus: readonly string[], choose: Choose): string {
  if (choose(10) === 0) return mutatedText(corpus, choose);
  const root: { value: unknown } = { value: JSON.parse(pick(corpus, choose)) };
  for (let count = choose(3) + 1; count > 0; count -= 1) changeOnce(root, corpus, choose);
  const made = JSON.stringify(root.value) ?? 'null';
  return choose(200) === 0 ? nested(made, 1 + choose(5000)) : made;
}

/** A place in a JSON value: a key of an object or of an array. */
interface Spot {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

/** As an assignment makes it, whatever the key is called. */
const plain = { enumerable: true, configurable: true, writable: true };

function changeOnce(root: { value: unknown }, corpus: readonly string[], choose: Choose): void {
  const { parent, key } = someSpot(root, choose);
  const value = parent[key];
  switch (choose(9)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else Reflect.deleteProperty(parent, key);
      return;
    case 1:
      parent[key] = pick(numbers, choose);
      return;
    case 2:
      parent[key] = pick<unknown>([null, true, false, [], {}, '', [[]], [null], { a: null }], choose);
      return;
    case 3:
      parent[key] = typeof value === 'string' ? mutatedText([value], choose) : pick(tokens, choose);
      return;
    case 4:
      if (Array.isArray(value) && value.length > 0) repeatElement(value, choose);
      else parent[key] = [value, value];
      return;
    case 5:
      if (Array.isArray(parent)) parent.push(value);
      else Object.defineProperty(parent, pick(tokens, choose), { ...plain, value });
      return;
    case 6:
      parent[key] = structuredClone(someSpot({ value: JSON.parse(pick(corpus, choose)) }, choose).parent);
      return;
    case 7: {
      const other = someSpot(root, choose);
      // Something that holds itself is not JSON.
      parent[key] = structuredClone(other.parent[other.key]);
      return;
    }
    default:
      parent[key] = typeof value === 'string' ? pick(tokens, choose).repeat(pick(repeats, choose)) : { value };
  }
}

function repeatElement(list: unknown[], choose: Choose): void {
  const element = list[choose(list.length)];
  const size = (JSON.stringify(element) ?? '').length;
  for (let left = allowed(pick(repeats, choose), size); left > 0; left -= 1) list.push(element);
}

/** So deep that only text can be made of it. */
function nested(made: string, depth: number): string {
  return `${'[{"a":'.repeat(depth)}${made}${'}]'.repeat(depth)}`;
}

/** Walks down from the root and stops somewhere. */
function someSpot(root: { value: unknown }, choose: Choose): Spot {
  let spot: Spot = { parent: root, key: 'value' };
  for (;;) {
    const value = spot.parent[spot.key];
    if (typeof value !== 'object' || value === null) return spot;
    const keys = Object.keys(value);
    if (keys.length === 0 || choose(6) === 0) return spot;
    spot = { parent: value as Record<string, unknown>, key: pick(keys, choose) };
  }
}

function pick<T>(all: readonly T[], choose: Choose): T {
  return all[choose(all.length)] as T;
}
