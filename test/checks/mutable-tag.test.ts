import { describe, expect, it } from 'vitest';
import { mutableTag } from '../../src/checks/mutable-tag.ts';
import { known } from '../../src/model/values/fact.ts';
import { concluded } from '../support/checks.ts';
import { anImage, as, digestOf, found } from '../support/probes.ts';
import { aContainer, aSnapshot, type Story } from '../support/snapshot.ts';

describe('mutable-tag', () => {
  const containers = [aContainer({ image: 'registry.test/acme/web:latest', pullPolicy: 'Always' })];
  const moved = { attempts: [as('workload', found('new'))], manifest: known(anImage('new')) };
  it.each<[string, Story, string[]]>([
    ['has moved under the pods', { containers, probe: moved }, ['warn mutable_tag certain']],
    ['has not moved', { containers }, ['note']],
    ['a version', {}, []],
    ['by digest', { containers: [aContainer({ image: `registry.test/acme/web:latest@${digestOf('x')}` })] }, []],
  ])('%s', (_, story, expected) => {
    expect(concluded(mutableTag, aSnapshot(story))).toEqual(expected);
  });
});
