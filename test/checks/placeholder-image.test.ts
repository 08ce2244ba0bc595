import { describe, expect, it } from 'vitest';
import { placeholderImage } from '../../src/checks/placeholder-image.ts';
import type { Container } from '../../src/model/workload/workload.ts';
import { concluded, diagnosed } from '../support/checks.ts';
import { aContainer, aSnapshot, type Story } from '../support/snapshot.ts';

describe('placeholder-image', () => {
  const image = 'nginx:alpine';
  const stand = (patch: Partial<Container>): Story => ({
    containers: [aContainer({ name: 'operate-ui', image, ...patch })],
    probe: { placeholder: 'nginx:alpine' },
  });
  it.each<[string, Story, string[]]>([
    ['keeps a pod alive', stand({ command: ['sh', '-c', 'sleep infinity'] }), ['warn placeholder_image likely']],
    ['serves its welcome page', stand({}), ['warn placeholder_image possible']],
    // Look-alikes.
    ['a web server that is meant', stand({ name: 'nginx-proxy' }), ['note']],
    ['an init container', stand({ type: 'init' }), []],
    ['not listed', { containers: [aContainer({ image })] }, []],
  ])('%s', (_, story, expected) => {
    expect(concluded(placeholderImage, aSnapshot(story))).toEqual(expected);
  });

  it('does not make a workload unhealthy', () => {
    expect(diagnosed(aSnapshot(stand({})))).toEqual(['warn placeholder-image placeholder_image possible']);
  });
});
