import { parseSync } from 'oxc-parser';
import type { Source } from './sources.ts';

/** A regular expression as it is written in the source. */
export interface WrittenPattern {
  readonly where: string;
  readonly pattern: RegExp;
}

/** What the source says about regular expressions. */
export interface Written {
  readonly literals: readonly WrittenPattern[];
  /** Files that make some while they are loaded. */
  readonly made: readonly string[];
  /** Files that make some later, of values that only run time knows. */
  readonly computed: readonly string[];
}

/** Finds every regular expression by the syntax tree, whatever it stands in. */
export function patternsIn(sources: readonly Source[]): Written {
  const literals: WrittenPattern[] = [];
  const [made, computed] = [new Set<string>(), new Set<string>()];
  for (const { path, text } of sources) {
    const visit = (node: unknown, isInside: boolean): void => {
      if (Array.isArray(node)) for (const each of node) visit(each, isInside);
      if (!isNode(node)) return;
      if (node.type === 'Literal' && node.regex !== undefined) {
        const line = text.slice(0, node.start).split('\n').length;
        const { pattern, flags } = node.regex;
        literals.push({ where: `${path}:${line}`, pattern: new RegExp(pattern, flags) });
      }
      if (node.callee?.name === 'RegExp') (isInside ? computed : made).add(path);
      for (const child of Object.values(node)) visit(child, isInside || /Function/.test(node.type));
    };
    visit(parseSync(path, text).program, false);
  }
  return { literals, made: [...made], computed: [...computed] };
}

interface Node {
  readonly type: string;
  readonly start?: number;
  readonly callee?: { readonly name?: string };
  readonly regex?: { readonly pattern: string; readonly flags: string };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
