import { expect, it } from 'vitest';
import { affectedNames, treatedAlike } from '../../../src/model/finding/same-problem.ts';

const finding = {
  images: ['ghcr.io/acme/web:10'],
  alsoAffects: ['deployment/same', 'deployment/other', 'deployment/both', 'deployment/untold'],
  alsoImages: [
    { workload: 'deployment/same', container: 'app', image: 'ghcr.io/acme/web:10' },
    { workload: 'deployment/other', container: 'app', image: 'ghcr.io/acme/api:2' },
    { workload: 'deployment/both', container: 'app', image: 'ghcr.io/acme/api:2' },
    { workload: 'deployment/both', container: 'side', image: 'ghcr.io/acme/web:10' },
  ],
};

it('treats workloads with another image alike only where the proposal names none', () => {
  expect(treatedAlike(finding, { params: { container: 'app', image: 'ghcr.io/acme/web:9' } })).toEqual([
    'deployment/same',
    'deployment/both',
    'deployment/untold',
  ]);
  expect(treatedAlike(finding, { params: { registry: 'ghcr.io' } })).toEqual(finding.alsoAffects);
});

it('names the image of those that have another one', () => {
  expect(affectedNames(finding)).toEqual([
    'deployment/same',
    'deployment/other (ghcr.io/acme/api:2)',
    'deployment/both',
    'deployment/untold',
  ]);
});
