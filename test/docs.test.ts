import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checks } from '../src/checks/index.ts';
import { parseArguments } from '../src/terminal/arguments.ts';

const root = join(import.meta.dirname, '..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('links to pages that exist', () => {
    const links = [...text.matchAll(/(?<!!)\[[^\]]*\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(join(root, page, '..', link)))).toEqual([]);
  });

  test('names files that exist', () => {
    const files = [...text.matchAll(/`((?:src|test|manifests|docs|scripts)\/[\w./-]+)`/g)].map(([, file = '']) => file);
    const invented = ['src/checks/node-not-ready.ts', 'test/checks/node-not-ready.test.ts'];
    expect(files.filter((file) => !invented.includes(file) && !existsSync(join(root, file)))).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    const named = [...text.matchAll(/npm (?:run (?:-s )?([\w:]+)|(test))/g)].map(
      ([, script, bare]) => script ?? bare ?? '',
    );
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  test('shows commands that the command line takes', async () => {
    const lines = [...text.matchAll(/^ {4}(?:npm run -s imagecheck -- |imagecheck )(.+)$/gm)].map(
      ([, line = '']) => line,
    );
    for (const line of lines) {
      const words = (line.split(/\s[#|<>]/, 1)[0] ?? '').trim().match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
      await expect(parseArguments(words), line).resolves.toMatchObject({ command: expect.any(String) });
    }
  });
});

test('docs/how-it-decides.md tells of every check', () => {
  const text = read('docs/how-it-decides.md');
  expect(checks.map(({ id }) => id).filter((id) => !text.includes(`| \`${id}\` |`))).toEqual([]);
});

describe('the example of docs/adding-a-check.md', () => {
  const blocks = [...read('docs/adding-a-check.md').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);

  test('names only what there is', async () => {
    const imports = blocks.flatMap((code) => [...code.matchAll(/import \{ ([^}]+) \} from '([^']+)'/g)]);
    expect(imports.length).toBeGreaterThan(4);
    const folders = { './': 'src/checks/', '../../src/': 'src/', '../support/': 'test/support/' };
    for (const [, names = '', from = ''] of imports) {
      if (from === 'vitest' || from.includes('node-not-ready')) continue;
      const prefix = Object.keys(folders).find((each) => from.startsWith(each)) as keyof typeof folders;
      const module = (await import(join(root, folders[prefix], from.slice(prefix.length)))) as object;
      expect(names.split(', ').filter((name) => !(name in module))).toEqual([]);
    }
  });
});
