import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands, spellingsOf } from '../../src/commands/index.ts';
import { remedies } from '../../src/remedies/index.ts';
import { remedyOf } from '../support/remedies.ts';

describe('the list of remedies', () => {
  const ids = remedies.ids();

  it('has every file, each once, under the name of its file', () => {
    const files = readdirSync(new URL('../../src/remedies/', import.meta.url))
      .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
      .map((name) => name.slice(0, -3));
    expect(files.length).toBeGreaterThan(0);
    expect(ids.toSorted()).toEqual(files.toSorted());
    expect(remedies.all().map(({ id }) => id)).toEqual(ids);
  });

  it('has every id that stored requests name', () => {
    const stored = ['force-repull', 'set-image', 'set-pull-policy', 'roll-back', 'add-pull-secret', 'undo'];
    expect(ids).toEqual(expect.arrayContaining(stored));
  });

  it('finds a remedy by its id alone', () => {
    for (const id of ids) expect(remedies.find(id)?.id).toBe(id);
    expect(remedies.find('constructor')).toBeUndefined();
    expect(remedies.find('no-such-remedy')).toBeUndefined();
  });

  it('has no word that starts two commands', () => {
    const words = commands.all().flatMap(spellingsOf);
    expect(words.toSorted()).toEqual([...new Set(words)].toSorted());
    const own = remedies.all().flatMap(({ command }) => command?.word ?? []);
    expect(own.length).toBeGreaterThan(0);
    expect(words).toEqual(expect.arrayContaining(own));
  });

  it.each(remedies.all().map(({ id, version, title }) => ({ id, version, title })))(
    '$id is at a version and has a title',
    (remedy) => {
      expect(remedy.version).toBeGreaterThanOrEqual(1);
      expect(remedy.title).toMatch(/^[A-Z]/);
    },
  );
});

describe('parameters', () => {
  it.each([
    ['force-repull', { containers: ['web'], containr: 1 }],
    ['force-repull', { containers: [] }],
    ['set-image', { container: 'web' }],
    ['set-image', { image: ':1', pullPolicy: 'Sometimes' }],
    ['set-image', { images: [] }],
    ['set-pull-policy', {}],
    ['set-pull-policy', { policy: 'Always', pullPolicy: 'Never' }],
    ['roll-back', { revision: '' }],
    ['add-pull-secret', {}],
    ['add-pull-secret', { registry: 'ghcr.io', password: 'x' }],
    ['undo', {}],
  ] as const)('%s refuses %j', (id, params) => {
    expect(remedyOf(id).params.safeParse(params).success).toBe(false);
  });

  it.each([
    ['force-repull', {}, {}],
    ['set-image', { container: 'web', image: ':1' }, { images: [{ container: 'web', image: ':1' }] }],
    ['set-pull-policy', { container: 'web', pullPolicy: 'Always' }, { policy: 'Always', containers: ['web'] }],
    ['set-pull-policy', { policy: 'Never' }, { policy: 'Never' }],
    ['roll-back', { revision: 3 }, { revision: 3 }],
  ] as const)('%s reads %j, and reads what it gives again', (id, params, expected) => {
    const { params: schema } = remedyOf(id);
    const once = schema.parse(params);
    expect(once).toEqual(expected);
    expect(schema.parse(once)).toEqual(once);
  });
});
