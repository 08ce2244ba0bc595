import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A file below src, by its path from there, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** One import, export-from or `import()` of a file. */
export interface Import {
  readonly from: string;
  /** A path below src for relative imports, otherwise the name as written. */
  readonly to: string;
  readonly local: boolean;
  readonly typeOnly: boolean;
}

/** Every TypeScript file below a directory. */
export function readSources(directory: string): readonly Source[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|mts)$/.test(name))
    .map((name) => ({ path: name.replaceAll('\\', '/'), text: readFileSync(join(directory, name), 'utf8') }));
}

const statement = /^[ \t]*(?:import|export)\s+(?:(type)\s)?[^;'"]*?from\s*['"]([^'"]+)['"]/gm;
const sideEffect = /^[ \t]*import\s*()['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\s*()\(\s*['"`]([^'"`]+)['"`]/g;

/** What a file imports, in any of the ways there are; an `import()` counts as a value. */
export function importsOf({ path, text }: Source): readonly Import[] {
  const code = withoutComments(text);
  return [statement, sideEffect, dynamic].flatMap((pattern) =>
    [...code.matchAll(pattern)].map(([, type, target = '']) => {
      const local = target.startsWith('.');
      const to = local ? posix.normalize(posix.join(posix.dirname(path), target)) : target;
      return { from: path, to, local, typeOnly: type === 'type' };
    }),
  );
}

/** Text without whole-line and block comments, in which examples of imports may stand. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

/** Folders inside an area that have a rule of their own: remedies speak the grammar, and commands list remedies. */
const innerAreas = ['commands/grammar'];

/** The folder below src, or the file's own name: `checks`, `ports`. */
export function areaOf(path: string): string {
  const inner = innerAreas.find((area) => path.startsWith(`${area}/`));
  if (inner !== undefined) return inner;
  const slash = path.indexOf('/');
  return slash < 0 ? path.replace(/\.ts$/, '') : path.slice(0, slash);
}

/** The package of an import: `@slack/bolt/x` -> `@slack/bolt`; Node's own modules keep their `node:`. */
export function packageOf(target: string): string {
  const parts = target.split('/');
  return target.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? target);
}
