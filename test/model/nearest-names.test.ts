import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestNames } from '../../src/model/nearest-names.ts';

describe('nearestNames', () => {
  it.each([
    ['alpin', ['alpine', 'latest', '7.2', '7-alpine'], ['alpine']],
    [
      'ghcr.io/acme/engine:latest',
      ['docker.io/library/nginx:alpine', 'ghcr.io/acme/engines:2'],
      ['ghcr.io/acme/engines:2'],
    ],
    ['library/nginix', ['library/nginx', 'library/redis', 'acme/nginx'], ['library/nginx', 'acme/nginx']],
    [
      'demon-project/operate-ui',
      ['afewell-hh/demon-operate-ui', 'afewell-hh/demon-engine', 'afewell-hh/demon-runtime'],
      ['afewell-hh/demon-operate-ui'],
    ],
    [
      'ghcr.io/demon-project/engine',
      ['ghcr.io/afewell-hh/demon-operate-ui', 'ghcr.io/afewell-hh/demon-engine', 'docker.io/library/nats'],
      ['ghcr.io/afewell-hh/demon-engine'],
    ],
    ['v1.2.3', ['v1.2.4', 'v1.2.3', 'nightly'], ['v1.2.4']],
    ['web', [], []],
    ['', ['web'], []],
    ['88a216e', ['latest', '1f2c9aa', 'main'], []],
    ['acme/web', ['ACME/web', 'acme/web-api'], ['ACME/web', 'acme/web-api']],
  ])('%s among %j', (wanted, candidates, expected) => {
    expect(nearestNames(wanted, candidates, 5)).toEqual(expected);
  });

  it('prefers a slip in the same place to the same name elsewhere, and keeps to the number asked for', () => {
    expect(nearestNames('acme/web', ['other/web', 'acme/wep', 'acme/webb'], 2)).toEqual(['acme/webb', 'acme/wep']);
  });

  it('is quick on ten thousand tags', () => {
    const tags = Array.from({ length: 10_000 }, (_, index) => `release-2024.${index}-build`);
    const start = performance.now();
    expect(nearestNames('release-2024.77-biuld', tags, 1)).toEqual(['release-2024.77-build']);
    expect(performance.now() - start).toBeLessThan(3000);
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
