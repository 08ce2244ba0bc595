import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Change } from '../../src/sandbox/registries/control.ts';

const documentation = readFileSync(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
const source = readFileSync(new URL('../../src/sandbox/control/api.ts', import.meta.url), 'utf8');
const routes = [...source.matchAll(/'((?:GET|POST|DELETE) \/api\/[^']+)'/g)].map(([, route]) => route ?? '');

describe('docs/sandbox.md', () => {
  test('finds routes in the code', () => {
    expect(routes.length).toBeGreaterThan(15);
  });

  test.each(routes)('names %s', (route) => {
    const pattern = route.replaceAll('/', '\\/').replaceAll('*', '[A-Z]+');
    expect(documentation).toMatch(new RegExp(`\`${pattern}[ ?\`]`));
  });

  test.each(Change.options.flatMap((option) => Object.keys(option.shape)))(
    'names the change %s of a registry',
    (name) => {
      expect(documentation).toMatch(new RegExp(`\`\\{"${name}":`));
    },
  );
});
