import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImage } from '../../../src/model/image/image.ts';
import { likelyImage, nearestImages } from '../../../src/model/image/nearest-images.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

function near(wanted: string, ...candidates: string[]): readonly string[] {
  return nearestImages(placeOf(wanted), candidates, 5);
}

function likely(wanted: string, ...candidates: string[]): string | undefined {
  return likelyImage(placeOf(wanted), candidates);
}

function placeOf(text: string) {
  const parsed = parseImage(text);
  if (!parsed.ok) throw new Error(`${text} is no image`);
  return parsed.image;
}

describe('nearestImages and likelyImage', () => {
  it.each([
    ['a letter too much', 'library/nginix', 'nginx:1'],
    ['a letter too few', 'ghcr.io/acme/postgrs', 'ghcr.io/acme/postgres:16'],
    ['letters that changed places', 'ghcr.io/acme/frontend-sevrice', 'ghcr.io/acme/frontend-service:2'],
    ['another letter', 'ghcr.io/acme/checkaut', 'ghcr.io/acme/checkout:2'],
    ['two other letters of a long name', 'ghcr.io/acme/recomendatoins', 'ghcr.io/acme/recommendations:2'],
    ['a missing prefix', 'ghcr.io/acme/checkout', 'ghcr.io/acme/shop-checkout:2'],
    ['a prefix too much', 'ghcr.io/acme/shop-checkout', 'ghcr.io/acme/checkout:2'],
    ['a missing suffix', 'ghcr.io/acme/checkout', 'ghcr.io/acme/checkout-api:2'],
    ['a missing -ui', 'ghcr.io/acme/web', 'ghcr.io/acme/web-ui:2'],
    ['a plural', 'ghcr.io/acme/engine', 'ghcr.io/acme/engines:2'],
    ['a singular', 'ghcr.io/acme/workers', 'ghcr.io/acme/worker:2'],
    ['a missing hyphen', 'ghcr.io/acme/operateui', 'ghcr.io/acme/operate-ui:2'],
    ['an underscore', 'ghcr.io/acme/operate_ui', 'ghcr.io/acme/operate-ui:2'],
    ['a slip in the owner', 'ghcr.io/acmee/web', 'ghcr.io/acme/web:2'],
    ['a slip in the host', 'ghrc.io/acme/web', 'ghcr.io/acme/web:2'],
    ['another registry', 'docker.io/acme/web', 'ghcr.io/acme/web:2'],
    ['another owner', 'ghcr.io/acme/checkout', 'ghcr.io/fork/checkout:2'],
    ['the owner in the name', 'ghcr.io/acme/web', 'ghcr.io/fork/acme-web:2'],
    ['another owner with a prefix', 'ghcr.io/demon-project/operate-ui', 'ghcr.io/afewell-hh/demon-operate-ui:main'],
    ['a folder more', 'acme.azurecr.io/checkout', 'acme.azurecr.io/shop/checkout:2'],
  ])('%s: %s is filled in with %s', (_, wanted, candidate) => {
    expect(near(wanted, candidate)).toEqual([candidate]);
    expect(likely(wanted, candidate)).toBe(candidate);
  });

  it.each([
    ['ghcr.io/acme/api', 'ghcr.io/acme/app:1'],
    ['ghcr.io/acme/web', 'ghcr.io/acme/wed:1'],
    ['ghcr.io/acme/web', 'ghcr.io/fork/web:1'],
    ['ghcr.io/acme/shop-api', 'ghcr.io/acme/shop-app:1'],
    ['ghcr.io/acme/pgbouncer', 'docker.io/other/pgbuoncer:1'],
  ])('a hint, but nothing to fill in: %s and %s', (wanted, candidate) => {
    expect(near(wanted, candidate)).toEqual([candidate]);
    expect(likely(wanted, candidate)).toBeUndefined();
  });

  it.each([
    ['ghcr.io/fotasozu/panecene', 'ghcr.io/soditaha/paneceba:latest'],
    ['ghcr.io/acme/api', 'ghcr.io/fork/app:1'],
    ['ghcr.io/acme/web', 'ghcr.io/fork/wed:1'],
    ['ghcr.io/acme/ui', 'ghcr.io/acme/uid:1'],
    ['ghcr.io/acme/api', 'ghcr.io/fork/billing-api:1'],
    ['ghcr.io/acme/api', 'ghcr.io/acme/warehouse-reporting-api:1'],
    ['ghcr.io/acme/web-ui', 'ghcr.io/acme/web-ux:1'],
    ['ghcr.io/acme/web-ui', 'ghcr.io/acme/web-api:1'],
    ['ghcr.io/acme/service-a', 'ghcr.io/acme/service-b:1'],
    ['ghcr.io/acme/worker-1', 'ghcr.io/acme/worker-2:1'],
    ['ghcr.io/acme/python3', 'ghcr.io/acme/python2:1'],
    ['ghcr.io/acme/reader', 'ghcr.io/fork/leader:1'],
    ['ghcr.io/acme/porter', 'ghcr.io/fork/poster:1'],
    ['ghcr.io/acme/frontend', 'ghcr.io/acme/backend:1'],
    ['ghcr.io/acme/producer', 'ghcr.io/acme/consumer:1'],
    ['ghcr.io/acme/server', 'ghcr.io/acme/sender:1'],
    ['ghcr.io/acme/web', 'nginx:1'],
    ['ghcr.io/acme/checkout', 'ghcr.io/acme/payments:1'],
    ['ghcr.io/acme/checkout', 'foo_bar.com/checkout:1'],
    ['ghcr.io/acme/checkout', 'NOT AN IMAGE'],
  ])('no hint at all: %s and %s', (wanted, candidate) => {
    expect(near(wanted, candidate)).toEqual([]);
    expect(likely(wanted, candidate)).toBeUndefined();
  });

  it.each([
    [
      'ghcr.io/fotasozu/panecene',
      ['ghcr.io/fotasozu/paneceba:1', 'ghcr.io/fogutagu/mukimuba-panecene:main'],
      'ghcr.io/fogutagu/mukimuba-panecene:main',
    ],
    ['ghcr.io/acmee/web', ['ghcr.io/acmee/wep:1', 'ghcr.io/acme/web:1'], 'ghcr.io/acme/web:1'],
    ['ghcr.io/acme/engine', ['ghcr.io/acme/engines:1', 'quay.io/acme/engine:1'], 'quay.io/acme/engine:1'],
    [
      'ghcr.io/demon-project/engine',
      ['ghcr.io/imp-hh/imp-engine:main', 'ghcr.io/afewell-hh/demon-engine:main', 'ghcr.io/imp-project/engines:1'],
      'ghcr.io/afewell-hh/demon-engine:main',
    ],
    ['ghcr.io/acme/web', ['ghcr.io/fork/acme-web:1', 'ghcr.io/fork/web:1'], 'ghcr.io/fork/acme-web:1'],
    ['library/nginix', ['bitnami/nginx:1', 'nginx:1'], 'nginx:1'],
  ])('of several for %s, %j', (wanted, candidates, best) => {
    expect(near(wanted, ...candidates)[0]).toBe(best);
    expect(near(wanted, ...candidates.toReversed())[0]).toBe(best);
  });

  it.each([
    ['ghcr.io/acme/checkout', ['ghcr.io/fork/checkout:1', 'ghcr.io/spoon/checkout:1']],
    ['ghcr.io/acme/checkout', ['ghcr.io/acme/checkout-ui:1', 'ghcr.io/acme/checkout-db:1']],
  ])('fills in none of several that are as like: %s, %j', (wanted, candidates) => {
    expect(near(wanted, ...candidates)).toHaveLength(2);
    expect(likely(wanted, ...candidates)).toBeUndefined();
  });

  it('names a repository once, whatever its tags, and keeps to the number asked for', () => {
    const candidates = ['ghcr.io/fork/checkout:1', 'ghcr.io/fork/checkout:2', 'ghcr.io/acme/checkout-ui:1'];
    expect(near('ghcr.io/acme/checkout', ...candidates)).toEqual([
      'ghcr.io/acme/checkout-ui:1',
      'ghcr.io/fork/checkout:1',
    ]);
    expect(nearestImages(placeOf('ghcr.io/acme/checkout'), candidates, 1)).toHaveLength(1);
    expect(nearestImages(placeOf('ghcr.io/acme/checkout'), candidates, -1)).toEqual([]);
  });

  it('is quick on five thousand images', () => {
    const images = Array.from({ length: 5000 }, (_, index) => `ghcr.io/acme-${index}/checkout-service-${index}:1`);
    expect(cpuMsOf(() => near('ghcr.io/acme/checkout-sevrice', ...images))).toBeLessThan(3000);
  });

  it('takes any text, and never depends on the order', () => {
    const word = fc.stringMatching(/^[a-d]{1,8}(-[a-d]{1,4})?$/);
    const image = fc.tuple(word, word).map(([owner, name]) => `ghcr.io/${owner}/${name}`);
    fc.assert(
      fc.property(image, fc.array(fc.oneof(image, fc.string())), (wanted, candidates) => {
        expect(near(wanted, ...candidates.toReversed()).length).toBe(near(wanted, ...candidates).length);
      }),
    );
  });
});
