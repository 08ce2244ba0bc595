import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configurationSchema } from '../../src/config/json-schema.ts';
import { parseConfig } from '../../src/config.ts';
import { causes } from '../../src/model/finding/cause.ts';
import { remedies } from '../../src/remedies/index.ts';
import { outside, pem } from './outside.ts';

const docs = join(import.meta.dirname, '../../docs');
const page = readFileSync(join(docs, 'configuration.md'), 'utf8');

it('publishes the schema that the code uses (npm run schema)', () => {
  expect(readFileSync(join(docs, 'configuration.schema.json'), 'utf8')).toBe(configurationSchema(remedies.ids()));
});

it('describes undo in the schema as the page does, and as it works', () => {
  const told = 'An undo follows the rules for the remedy it undoes';
  expect(page).toContain(told);
  expect(configurationSchema(remedies.ids())).toContain(told.replace('An', 'an'));
  expect(configurationSchema(remedies.ids())).not.toContain('undo is one of its own');
});

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly default?: unknown;
}

/** Every key with its dotted path, lists as `[]`. */
function keysOf(node: SchemaNode, path = ''): readonly { readonly path: string; readonly node: SchemaNode }[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const own = path === '' ? name : `${path}.${name}`;
    return [{ path: own, node: child }, ...keysOf(child, own), ...keysOf(child.items ?? {}, `${own}[]`)];
  });
}
const keys = keysOf(JSON.parse(configurationSchema(remedies.ids())));

function firstCell(line: string): string {
  return line.startsWith('|') ? (line.split('|')[1] ?? '') : '';
}

describe('docs/configuration.md', () => {
  it('lists exactly the keys that exist', () => {
    expect(keys.length).toBeGreaterThan(45);
  });

  it.each(keys.map(({ path, node }) => [path, node] as const))('describes %s and its default', (path, node) => {
    const [section = '', ...rest] = path.split(/\.|(?=\[\])/);
    const heading = page.indexOf(`### \`${section}\``);
    const lines = (heading < 0 ? page : page.slice(heading, page.indexOf('\n### ', heading + 1))).split('\n');
    const name =
      heading < 0
        ? path
        : rest
            .join('.')
            .replace(/^\[\]\./, '')
            .replaceAll('.[]', '[]');
    const described = lines.find((line) => firstCell(line).includes(`\`${name}\``));
    if (node.properties !== undefined || name === '')
      return expect(heading >= 0 || page.includes(`| \`${path}.`)).toBe(true);
    expect(described, `no row for ${name} in ${section}`).toBeDefined();
    if (['string', 'number', 'boolean'].includes(typeof node.default))
      expect(described).toContain(`\`${String(node.default)}\``);
  });

  it('lists every cause', () => {
    expect(Object.keys(causes).filter((cause) => !page.includes(`\`${cause}\``))).toEqual([]);
  });

  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const variables = [...page.matchAll(/Env: ([A-Z_]+)/g)].map(([, name = '']) => [name, 'redis://x'] as const);

  it.each(examples.map((text) => [text.split('\n', 1)[0], text]))(
    'has a valid example that starts with %s',
    (_, text = '') => {
      const env = { ...Object.fromEntries(variables), SLACK_BOT_TOKEN: 'x', SLACK_APP_TOKEN: 'x' };
      const config = parseConfig(
        text,
        'imagecheck.yaml',
        outside({ role: 'all', env, files: { 'ca/internal.pem': pem } }),
      );
      expect(config.registries).toHaveLength(text.match(/^ {2}- name:/gm)?.length ?? 0);
    },
  );

  it('has a sandbox and a production example', () => {
    expect(examples).toHaveLength(3);
  });
});
