import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { ConfigMistake } from './mistakes.ts';

/** A YAML text that keeps its line numbers. */
export interface ConfigDocument {
  /** Undefined when the text is empty or isn't YAML. */
  readonly value: unknown;
  readonly mistakes: readonly ConfigMistake[];
  /** The line of a key, or of the nearest enclosing key that is written down; undefined when there is none. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** Parses one YAML document. Never throws: errors in the text are in `mistakes`. */
export function parseConfigDocument(text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    line: lines.linePos(pos[0]).line,
    where: '',
    message: `not valid YAML: ${firstLine(message)}`,
  }));
  const lineOf = (path: readonly PropertyKey[]) => {
    const offset = offsetOf(document.contents, path);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  if (problems.length > 0) return { value: undefined, mistakes: problems, lineOf };
  try {
    return { value: document.toJS({ maxAliasCount: 50 }) ?? undefined, mistakes: [], lineOf };
  } catch {
    const message = 'the aliases in this file cannot be resolved, or there are too many of them';
    return { value: undefined, mistakes: [{ line: undefined, where: '', message }], lineOf };
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

/** Follows a path through the nodes and returns the deepest key or item on the way. */
function offsetOf(root: unknown, path: readonly PropertyKey[]): number | undefined {
  let node = root;
  let offset = path.length === 0 ? startOf(root) : undefined;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : undefined) === String(part));
      if (pair === undefined || !isPair(pair)) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const start: unknown = node.range[0];
  return typeof start === 'number' ? start : undefined;
}
