import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checks } from '../src/checks/index.ts';
import { parseArguments } from '../src/terminal/arguments.ts';
import { terminalCommands } from '../src/wire/terminal-commands/index.ts';
import { deadReferences, filesBelow, type Text } from './architecture/references.ts';

const root = join(import.meta.dirname, '..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file.replaceAll('\\', '/')}`),
];
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('names files that exist', () => {
    const files = [...text.matchAll(/`((?:src|test|manifests|docs|scripts)\/[\w./-]+)`/g)].map(([, file = '']) => file);
    const invented = [
      'src/checks/node-not-ready.ts',
      'test/checks/node-not-ready.test.ts',
      'src/remedies/pin-digest.ts',
      'test/remedies/pin-digest.test.ts',
    ];
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
      await expect(parseArguments(words, terminalCommands), line).resolves.toMatchObject({
        command: expect.any(String),
      });
    }
  });
});

describe('references', () => {
  // They hold the words that are looked for.
  const own = ['test/docs.test.ts', 'test/architecture/references.ts'];
  const readable = /\.(md|ts|tsx|mjs|js|html|css|ya?ml)$/;

  test('lead to files and headings that are in the repository', () => {
    const folders = ['src', 'test', 'docs', 'scripts', 'bench', 'manifests'];
    const files = [...folders.flatMap((folder) => filesBelow(root, folder)), 'README.md'].filter(
      (path) => readable.test(path) && !own.includes(path),
    );
    expect(files.length).toBeGreaterThan(500);
    const texts = files.map((path): Text => ({ path, text: read(path) }));
    expect(deadReferences(texts, (path) => existsSync(join(root, path)))).toEqual([]);
  });

  const page: Text = {
    path: 'docs/facts/a.md',
    text: "# A page\n\n## Token's realm, `v2`\n\n```sh\n# no heading\n```\n",
  };
  const dead = (path: string, text: string) =>
    deadReferences([page, { path, text }], (each) => [page.path, 'docs/b.md', 'docs/pixel.png'].includes(each));

  test.each([
    ['src/a.ts', '/** As docs/facts/a.md#no-heading has it. */'],
    ['src/a.ts', '// docs/missing.md'],
    ['src/a.ts', '/** Why: docs/missing.md#tokens-realm-v2 */'],
    ['src/a.ts', '// design section 4'],
    ['src/a.ts', '/** registries.md 1.2 */'],
    ['src/a.ts', '// see stack.md'],
    ['test/a.ts', '// error-catalog.md'],
    ['bench/a.ts', '// clouds-and-alerts.md, peers.md'],
    ['scripts/a.mjs', '// the aim of issue 9'],
    ['docs/b.md', '[Tokens](facts/a.md#nothing)'],
    ['docs/b.md', '[Tokens](facts/missing.md)'],
    ['docs/b.md', '[Here](#missing)'],
    ['docs/b.md', '![Picture](missing.png)'],
  ])('that lead nowhere are found: %s, %s', (path, text) => {
    expect(dead(path, text)).not.toEqual([]);
  });

  test.each([
    ['src/a.ts', '/** As docs/facts/a.md#tokens-realm-v2 has it. */'],
    ['src/a.ts', "const url = 'https://example.net/docs/missing.md';"],
    ['src/a.ts', '// bolt-js issue #2509, a tissue of 3 layers'],
    ['docs/b.md', '[Tokens](facts/a.md#tokens-realm-v2), [page](facts/a.md), [here](#b), ![](pixel.png)\n\n# B'],
    ['docs/b.md', '[Elsewhere](https://example.net/a.md#b)'],
  ])('that lead somewhere are left alone: %s, %s', (path, text) => {
    expect(dead(path, text)).toEqual([]);
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

describe('the example of docs/adding-a-remedy.md', () => {
  const diffs = [
    ...read('docs/adding-a-remedy.md').matchAll(/```diff\n--- (\S+)\n\+\+\+ b\/(\S+)\n([\s\S]*?)```/g),
  ].map(([, from, path = '', body = '']) => ({ from, path, lines: body.trimEnd().split('\n') }));
  const added = (path: string) =>
    diffs
      .filter((diff) => diff.path === path && diff.from === '/dev/null')
      .map(
        ({ lines }) =>
          `${lines
            .slice(1)
            .map((line) => line.slice(1))
            .join('\n')}\n`,
      );

  // These files are compiled, linted and run where they are; only what they import is spelled from another folder.
  test('shows files that do what it says', () => {
    const file = read('test/examples/pin-digest.ts');
    const remedy = file.replaceAll("'../../src/remedies/parts/", "'./parts/").replaceAll("'../../src/", "'../");
    expect(added('src/remedies/pin-digest.ts')).toEqual([remedy]);
    const tables = read('test/examples/pin-digest.test.ts');
    const moved = tables.replace("'./pin-digest.ts'", "'../../src/remedies/pin-digest.ts'");
    expect(added('test/remedies/pin-digest.test.ts')).toEqual([moved]);
  });

  test('changes lines that are there', () => {
    const changed = diffs.filter(({ from }) => from !== '/dev/null');
    expect(changed.map(({ path }) => path)).toEqual(['src/remedies/index.ts']);
    for (const { path, lines } of changed) {
      const hunks = lines.join('\n').split('\n@@\n');
      for (const hunk of hunks) {
        const before = hunk.split('\n').filter((line) => !line.startsWith('+'));
        expect(read(path)).toContain(before.map((line) => line.slice(1)).join('\n'));
      }
    }
  });
});
