import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import type { Cause } from '../../src/model/finding/cause.ts';
import { storyKinds } from '../../src/sandbox/stories/all.ts';
import { namespacesOf, vary } from '../../src/sandbox/stories/story.ts';
import { type Answer, eventTexts, plainVersion } from '../support/pulls/recorded.ts';
import { runtimeKinds } from '../support/pulls/runtimes.ts';
import { simulatedPuller } from '../support/pulls/simulated.ts';
import { published } from '../support/pulls/world.ts';
import { type Containerd, hostsOf, programOf, startContainerd } from './support/containerd.ts';
import { type StoryPull, type StoryWorld, startStoryWorld } from './support/story-pulls.ts';

const stories = vary(storyKinds, 4);

/** What the text of a story's failed pull is explained as; the other stories' images can be pulled. */
const causes: Readonly<Record<string, readonly Cause[]>> = {
  'never-published': ['denied_or_absent'],
  'registry-down': ['registry_5xx'],
  'rate-limit': ['rate_limited'],
  'expired-secret': ['expired_credentials', 'forbidden'],
  'mirror-503': ['streaming_mirror_unavailable'],
  'dangling-index': ['index_incomplete'],
  'missing-volume': ['image_not_found'],
};

/** What the simulated nodes run. */
const ofTheNodes = 'containerd 2, transfer service';

let world: StoryWorld;
beforeAll(async () => {
  world = await startStoryWorld(stories);
}, 90_000);
afterAll(() => world.stop());

const pullsOf = (id: string): readonly StoryPull[] => {
  const story = stories.find((one) => one.id === id);
  const namespaces = story === undefined ? [] : namespacesOf(story);
  return world.pulls.filter(({ namespace }) => namespaces.includes(namespace));
};

describe.each(runtimeKinds)('the stories with $name', ({ name, variable, path }) => {
  let containerd: Containerd;
  beforeAll(async () => {
    containerd = await startContainerd(programOf(variable), path, hostsOf(world));
  });
  afterAll(() => containerd.stop());

  const pull = async ({ image, login }: StoryPull): Promise<Answer> => {
    const pulled = await containerd.cri.pull(image, login);
    return pulled.ok ? 'pulled' : { code: pulled.code, message: published(pulled.message, world) };
  };

  it.each(stories.map(({ id }) => ({ id, cause: causes[id] ?? 'no failure' })))('$id: $cause', async ({ id }) => {
    const pulls = pullsOf(id);
    expect(pulls.length).toBeGreaterThan(0);
    const simulated = simulatedPuller(world, plainVersion(containerd.version), path === 'local');
    let failures = 0;
    for (const wanted of pulls) {
      if (wanted.isStaged) continue;
      const answer = await pull(wanted);
      expect(await simulated.pull(wanted)).toEqual(answer);
      if (answer === 'pulled') {
        expect(wanted.said).toBeUndefined();
        continue;
      }
      failures += 1;
      const [first = '', ...others] = eventTexts(wanted.image, answer);
      if (name === ofTheNodes) expect(first).toBe(`Failed to pull image "${wanted.image}": ${wanted.said}`);
      for (const text of [first, ...others])
        expect(causes[id]).toContain(explainText(text, { image: wanted.image }).cause);
    }
    await simulated.close();
    expect(failures > 0).toBe(causes[id] !== undefined);
  });
});
