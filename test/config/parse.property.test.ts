import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError, parseConfig } from '../../src/config.ts';
import { cpuMsOf } from '../support/cpu-time.ts';
import { outside } from './outside.ts';

/** Fewer texts are tried on a busy machine. */
const hurry = { interruptAfterTimeLimit: 6_000 };

const roles = fc.constantFrom('bot', 'worker', 'all', 'terminal');

/** True when the text is a configuration or an honest ConfigError; anything else is thrown on. */
function holds(text: string, role: 'bot' | 'worker' | 'all' | 'terminal'): boolean {
  try {
    parseConfig(text, 'x.yaml', outside({ role }));
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = text.split('\n').length;
    return (
      error.mistakes.length > 0 && error.mistakes.every(({ line }) => line === undefined || (line > 0 && line <= lines))
    );
  }
}

const names = `registries name registry usernameEnv passwordEnv caFile endpoint tokenRealm clusters id mirrors slack teams
  mode redis url policy ask users messages cause timeouts log ghcr.io http://x __proto__ constructor toString << 0 ~`;
const words = fc.constantFrom('', ...names.split(/\s+/));
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    words,
    fc.jsonValue(),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(words, tie('tree'), { maxKeys: 5 }),
  ),
}));
const marks = `registries: clusters: name id ghcr.io [ ] { } | > ' " # --- ... <<: &a *a !!map !x %YAML 1e999 .nan`;
const blanks = ['- ', '  ', '\n', ': ', '? ', '\t', '---\n', '\u0000', '\ud800'];
const yamlPieces = fc.constantFrom(...blanks, ...marks.split(' '));

/** Made once: building a string of every character takes longer than many tries. */
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(yamlPieces).map((parts) => parts.join('')),
);

it('takes any text and throws nothing but a ConfigError', () => {
  fc.assert(fc.property(texts, roles, holds), { numRuns: 2000, ...hurry });
});

it('takes any structure made of known keys and throws nothing but a ConfigError', () => {
  fc.assert(
    fc.property(tree, roles, (value, role) => holds(stringify(value) ?? '', role)),
    { numRuns: 1000, ...hurry },
  );
});

it('refuses aliases that grow without bound', () => {
  const lines = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]`);
  const spentMs = cpuMsOf(() => {
    expect(holds(['a0: &a0 x', ...lines].join('\n'), 'terminal')).toBe(true);
  });
  expect(spentMs).toBeLessThan(5000);
});
