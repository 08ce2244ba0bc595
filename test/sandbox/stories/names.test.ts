import { describe, expect, test } from 'vitest';
import { parseImage } from '../../../src/model/image/image.ts';
import { likelyImage, nearestImages } from '../../../src/model/image/nearest-images.ts';
import { editDistance } from '../../../src/model/text/nearest-names.ts';
import { storyKinds } from '../../../src/sandbox/stories/all.ts';
import { randomFrom } from '../../../src/sandbox/stories/random.ts';
import { type Story, vary } from '../../../src/sandbox/stories/story.ts';
import type { World } from '../../../src/sandbox/stories/world.ts';

const seeds = Array.from({ length: 250 }, (_, index) => index * 1999 + 7);

describe('names drawn from a seed', () => {
  test('are clearly different from each other', () => {
    for (const seed of seeds.slice(0, 100)) {
      const { word } = randomFrom(seed);
      const words = Array.from({ length: 40 }, () => word());
      const alike = words.flatMap((one, index) =>
        words.slice(index + 1).flatMap((other) => (editDistance(one, other) < 3 ? [`${one} and ${other}`] : [])),
      );
      expect(alike, `seed ${seed}`).toEqual([]);
    }
  });

  test('are the same for the same seed, and differ for another', () => {
    const [one, again, other] = [7, 7, 8].map((seed) => vary(storyKinds, seed).map(({ workloads }) => workloads));
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test('make clear which published image was meant by one that was never published, whatever else runs', async () => {
    for (const seed of seeds) {
      const stories = vary(storyKinds, seed);
      const images = await Promise.all(stories.map(imagesOf));
      const meant = images[stories.findIndex(({ id }) => id === 'never-published')] ?? [];
      const pairs = meant.flatMap((missing, index) => (index % 2 === 0 ? [[missing, meant[index + 1] ?? '']] : []));
      expect(pairs).toHaveLength(3);
      const everything = images.flat().filter((image) => !pairs.some(([missing]) => missing === image));
      for (const [missing = '', published = ''] of pairs) {
        const wanted = placeOf(missing);
        expect(likelyImage(wanted, everything), `seed ${seed}: ${missing}`).toBe(published);
        expect(nearestImages(wanted, everything, 5)).toEqual([published]);
      }
    }
  });
});

function placeOf(text: string) {
  const parsed = parseImage(text);
  if (!parsed.ok) throw new Error(`${text} is no image`);
  return parsed.image;
}

/** Every image that a story names, in the order it creates its objects, without a cluster. */
async function imagesOf(story: Story): Promise<readonly string[]> {
  const images: string[] = [];
  const note = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'image' && typeof inner === 'string') images.push(inner);
      else note(inner);
    }
  };
  const world = {
    now: () => new Date('2026-11-21T12:00:00Z'),
    registry: () => ({ digests: [] }),
    kubelet: async () => {},
    nodeIdentity: async () => {},
    brokenMirror: async () => {},
    kubernetes: new Proxy(
      { create: async (...objects: readonly unknown[]) => objects.forEach(note) },
      { get: (target, name) => (name === 'create' ? target.create : async () => []) },
    ),
  };
  await story.setUp(world as unknown as World);
  return images;
}
