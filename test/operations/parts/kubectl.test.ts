import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TemplateEdit } from '../../../src/model/change/operation.ts';
import { shellWord } from '../../../src/operations/parts/kubectl.ts';
import { manifestYaml, strategicPatch } from '../../../src/operations/parts/template-yaml.ts';

describe('shellWord', () => {
  it.each([
    ['web=ghcr.io/acme/web:1', 'web=ghcr.io/acme/web:1'],
    ['a b', `'a b'`],
    [`it's`, `'it'\\''s'`],
    ['$(id)', `'$(id)'`],
    ['', `''`],
    ['a\nb', `'a b'`],
  ])('%j', (text, expected) => {
    expect(shellWord(text)).toBe(expected);
  });

  it('is one word to a shell, with nothing run', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme-ascii' }), { minLength: 1, maxLength: 20 }), (words) => {
        const said = execFileSync('sh', ['-c', `printf '%s\\n' ${words.map(shellWord).join(' ')}`], {
          encoding: 'utf8',
        });
        expect(said).toBe(words.map((word) => `${word}\n`).join(''));
      }),
      { numRuns: 30 },
    );
  });
});

describe('edits as a patch and as YAML', () => {
  const web = { type: 'main', name: 'web' } as const;
  const edits: TemplateEdit[] = [
    { field: 'image', container: web, from: 'a', to: 'ghcr.io/acme/web:1' },
    { field: 'imagePullPolicy', container: web, from: 'Always', to: null },
    { field: 'imagePullSecrets', change: 'add', name: 'on' },
    { field: 'imagePullSecrets', change: 'remove', name: 'old' },
    { field: 'restartedAt', to: 'now' },
  ];

  it('patches a CronJob where its pods are', () => {
    expect(JSON.parse(strategicPatch('CronJob', edits) ?? '')).toEqual({
      spec: {
        jobTemplate: {
          spec: {
            template: {
              spec: {
                containers: [{ name: 'web', image: 'ghcr.io/acme/web:1', imagePullPolicy: null }],
                imagePullSecrets: [{ name: 'on' }, { $patch: 'delete', name: 'old' }],
              },
            },
          },
        },
      },
    });
  });

  it('quotes what YAML would take for something else', () => {
    expect(manifestYaml('Pod', edits)).toBe(
      [
        'spec:',
        '  containers:',
        '    - name: web',
        '      image: ghcr.io/acme/web:1',
        '      # without: imagePullPolicy',
        '  imagePullSecrets:',
        '    - name: "on"',
        '    # without: old',
      ].join('\n'),
    );
  });

  it('a restart is nothing to write down', () => {
    expect(manifestYaml('Deployment', [{ field: 'restartedAt', to: 'now' }])).toBeUndefined();
  });
});
