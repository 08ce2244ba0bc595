import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { attackStrings } from '../support/attack-strings.ts';
import { cpuMsOf } from '../support/cpu-time.ts';
import { patternsIn, type WrittenPattern } from './patterns.ts';
import { readSources } from './sources.ts';

/**
 * Text from clusters, registries and people meets every regular expression of the product, so each has to get through
 * whatever it is given in a time that grows with its length. What enters is cut to 4 KB, or 64 KB where people paste
 * errors; a pattern that goes back over all of this for every character takes a tenth of a second.
 */
const length = 16_384;
const mostMs = 40;

const root = join(import.meta.dirname, '../../src');
/** The sandbox talks to nobody. */
const sources = readSources(root).filter(({ path }) => !path.startsWith('sandbox/'));
const { literals, made, computed } = patternsIn(sources);

/** The slowest of its attacks, if it takes too long; measured again before it is believed. */
function slowest(pattern: RegExp): string | undefined {
  for (const text of attackStrings(pattern, length)) {
    const ms = [1, 2, 3].reduce((least) => (least > mostMs ? Math.min(least, timeOf(pattern, text)) : least), 1e9);
    if (ms > mostMs) return `${Math.round(ms)} ms for ${JSON.stringify(`${text.slice(0, 40)}…${text.slice(-20)}`)}`;
  }
  return undefined;
}

function timeOf(pattern: RegExp, text: string): number {
  const own = new RegExp(pattern.source, pattern.flags);
  return cpuMsOf(() => (own.global ? text.replace(own, '') : own.exec(text)));
}

/** Loads files anew and takes down every pattern that they make meanwhile. */
async function madeBy(paths: readonly string[]): Promise<readonly WrittenPattern[]> {
  const found: WrittenPattern[] = [];
  const original = RegExp;
  vi.resetModules();
  for (const path of paths) {
    const watched = new Proxy(original, {
      construct(target, [pattern, flags]: [string, string?]) {
        const built = new target(pattern, flags);
        found.push({ where: path, pattern: built });
        return built;
      },
    });
    vi.stubGlobal('RegExp', watched);
    try {
      await import(join(root, path));
    } finally {
      vi.unstubAllGlobals();
    }
  }
  vi.resetModules();
  return found;
}

describe('regular expressions', { timeout: 120_000 }, () => {
  it('that take too long are recognised', () => {
    const slow = [/-+$/, /(arn:aws[\w-]*:\S+) is not/, /^v?\d+(?:\.\d+)+(?:[-.]\w+)*$/, /\s*x/];
    expect(slow.filter((pattern) => slowest(pattern) === undefined)).toEqual([]);
  });

  it('in the source get through every attack', () => {
    expect(literals.length).toBeGreaterThan(300);
    const wrong = literals.flatMap(({ where, pattern }) => {
      const why = slowest(pattern);
      return why === undefined ? [] : [`${where} ${String(pattern).slice(0, 100)}: ${why}`];
    });
    expect(wrong).toEqual([]);
  });

  it('put together while the source is loaded get through every attack', async () => {
    const patterns = await madeBy(made);
    expect(new Set(patterns.map(({ where }) => where))).toEqual(new Set(made));
    expect(patterns.flatMap(({ pattern }) => slowest(pattern) ?? [])).toEqual([]);
  });

  it('made of what only run time knows are these, which have tests of their own', () => {
    expect(computed).toEqual(['model/approval/ticket.ts', 'slack/doors/mention.ts']);
  });
});
