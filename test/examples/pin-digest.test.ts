import { expect, test } from 'vitest';
import { digestOf } from '../support/probes.ts';
import { aWorld, operationTexts, type WorldStory } from '../support/remedy-world.ts';
import { aContainer } from '../support/snapshot.ts';
import { pinDigest } from './pin-digest.ts';

const { image } = aContainer();
const digest = digestOf(image);
const name = image.replace(/:.*/, '');

test.each<[string, WorldStory, readonly string[] | string]>([
  ['what all pods run', { story: { podCount: 2 } }, [`edit image main/web ${image} → ${name}@${digest}`]],
  [
    'what pods do not agree on is left alone',
    { story: { podCount: 2, state: (_, pod) => ({ imageId: `${name}@${digestOf(`build ${pod}`)}` }) } },
    'No container runs one digest in all pods',
  ],
  [
    'what is pinned already',
    { story: { containers: [aContainer({ image: `${name}@${digest}` })], state: { imageId: `${name}@${digest}` } } },
    'No container runs one digest in all pods',
  ],
])('%s', (_, story, expected) => {
  const plan = pinDigest.plan({}, aWorld(story));
  if (plan.kind === 'refused') expect(plan.why).toContain(expected);
  else expect(operationTexts(plan)).toEqual(expected);
});
