import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A text of the repository, by its path from the root. */
export interface Text {
  readonly path: string;
  readonly text: string;
}

const skipped = new Set(['node_modules', '.git', 'dist', '.vitest']);

/** Paths of all files below a directory, from there. */
export function filesBelow(directory: string, folder = ''): readonly string[] {
  return readdirSync(join(directory, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (skipped.has(entry.name)) return [];
    return entry.isDirectory() ? filesBelow(directory, path) : [path];
  });
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(page: string): readonly string[] {
  const plain = page.replace(/^```[\s\S]*?^```/gm, '');
  return [...plain.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** What only the authors had: papers that are not in the repository, by names that were used for them. */
const unpublished =
  /design section|(?<![\w/-])(?:registries|stack|error-catalog|clouds-and-alerts|peers)\.md|\bissue \d+\b/gi;

/**
 * References that lead nowhere: links of pages, pages that comments and texts name (`docs/x.md`, `docs/x.md#heading`),
 * and papers that a reader does not have. `exists` tells whether a path from the root is there.
 */
export function deadReferences(texts: readonly Text[], exists: (path: string) => boolean): readonly string[] {
  const anchors = new Map(texts.filter(isPage).map(({ path, text }) => [path, anchorsOf(text)]));
  return texts.flatMap((source) =>
    [...namedIn(source), ...(isPage(source) ? linkedFrom(source) : [])]
      .filter(({ path, anchor }) => !exists(path) || (anchor !== '' && anchors.get(path)?.includes(anchor) !== true))
      .map(({ as }) => `${source.path}: ${as}`)
      .concat([...source.text.matchAll(unpublished)].map(([what]) => `${source.path}: ${what}`)),
  );
}

interface Reference {
  /** As it is written. */
  readonly as: string;
  readonly path: string;
  /** Empty for the whole page. */
  readonly anchor: string;
}

function isPage({ path }: Text): boolean {
  return path.endsWith('.md');
}

function namedIn({ text }: Text): readonly Reference[] {
  return [...text.matchAll(/(?<![\w/.:-])(docs\/[\w/-]+\.md)(?:#([\w-]+))?/g)].map(([as, path = '', anchor = '']) => ({
    as,
    path,
    anchor,
  }));
}

function linkedFrom({ path: page, text }: Text): readonly Reference[] {
  return [...text.matchAll(/\[[^\]]*\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, link = '', anchor = '']) => ({
      as: `${link}${anchor === '' ? '' : `#${anchor}`}`,
      path: link === '' ? page : posix.normalize(posix.join(posix.dirname(page), link)),
      anchor,
    }),
  );
}
