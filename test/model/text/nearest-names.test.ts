import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestNames } from '../../../src/model/text/nearest-names.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

describe('nearestNames', () => {
  it.each([
    ['alpin', ['alpine', 'latest', '7.2', '7-alpine'], ['alpine']],
    ['nginix', ['nginx', 'redis'], ['nginx']],
    ['operate-ui', ['demon-operate-ui', 'demon-engine', 'demon-runtime'], ['demon-operate-ui']],
    ['v1.2.3', ['v1.2.4', 'v1.2.3', 'nightly'], ['v1.2.4']],
    ['web', [], []],
    ['', ['web'], []],
    ['88a216e', ['latest', '1f2c9aa', 'main'], []],
    ['web', ['WEB', 'web-api'], ['WEB', 'web-api']],
  ])('%s among %j', (wanted, candidates, expected) => {
    expect(nearestNames(wanted, candidates, 5)).toEqual(expected);
  });

  it('keeps to the number asked for', () => {
    expect(nearestNames('frontend', ['backend', 'frontent', 'frontends'], 1)).toEqual(['frontends']);
  });

  it('is quick on ten thousand tags', () => {
    const tags = Array.from({ length: 10_000 }, (_, index) => `release-2024.${index}-build`);
    const spentMs = cpuMsOf(() => {
      expect(nearestNames('release-2024.77-biuld', tags, 1)).toEqual(['release-2024.77-build']);
    });
    expect(spentMs).toBeLessThan(3000);
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['deployment', 'deplyoment', 1],
    ['alpin', 'alpine', 1],
  ])('%s and %s: %i', (a, b, wanted) => {
    expect(editDistance(a, b)).toBe(wanted);
    expect(editDistance(b, a)).toBe(wanted);
  });

  it('is 0 only for equal texts', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 12 }),
        fc.string({ maxLength: 12 }),
        (a, b) => (editDistance(a, b) === 0) === (a === b),
      ),
    );
  });
});
