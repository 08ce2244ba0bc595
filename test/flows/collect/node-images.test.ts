import { describe, expect, it } from 'vitest';
import { readNodeImages } from '../../../src/flows/collect/node-images.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import { aContainer, aSnapshot, waiting } from '../../support/snapshot.ts';

const image = 'quay.io/acme/toy:1';
const reading = { signal: new AbortController().signal };
const lists = [['quay.io/acme/toy@sha256:1', 'quay.io/acme/toy:1'], ['registry.k8s.io/pause:3.10']];

function waitingOn(reason: string) {
  return aSnapshot({ containers: [aContainer({ image })], podCount: 5, state: waiting(reason), pod: podOn });
}

function podOn(index: number) {
  return { node: `node-${index}` };
}

describe('readNodeImages', () => {
  it('reads at most three nodes, and keeps the names of the repository', async () => {
    const asked: string[] = [];
    const nodeImages = async (node: string) => {
      asked.push(node);
      return known(lists);
    };
    const read = await readNodeImages(waitingOn('ErrImageNeverPull'), { nodeImages }, reading);
    expect(asked).toEqual(['node-0', 'node-1', 'node-2']);
    expect(read.nodeImages?.[0]).toEqual({ node: 'node-0', listed: 2, names: lists[0] });
  });

  it.each([
    ['no container is forbidden to pull', 'ImagePullBackOff', known(lists)],
    ['the node cannot be read', 'ErrImageNeverPull', unknown<typeof lists>('no right')],
  ])('reads nothing if %s', async (_, reason, answer) => {
    expect(await readNodeImages(waitingOn(reason), { nodeImages: async () => answer }, reading)).toEqual({});
  });
});
