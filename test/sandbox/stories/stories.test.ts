import { randomInt } from 'node:crypto';
import { describe } from 'vitest';
import { storyKinds } from '../../../src/sandbox/stories/all.ts';
import { vary } from '../../../src/sandbox/stories/story.ts';
import { readConfig } from '../../../src/wire/configuration.ts';
import { chooseCluster, openReach } from '../../../src/wire/reach.ts';
import { openSandbox } from '../../support/sandbox.ts';
import { storyContract } from './story-contract.ts';

const seed = Number(process.env['IMAGECHECK_STORY_SEED'] ?? randomInt(1_000_000));
const stories = vary(storyKinds, seed);

// test/cluster/stories.test.ts checks the same on a real cluster.
describe(`stories and twins with names drawn from IMAGECHECK_STORY_SEED=${seed}`, () => {
  storyContract(stories, async () => {
    const sandbox = await openSandbox(stories);
    const config = readConfig({ file: sandbox.product.ownConfig, env: sandbox.product.environment });
    return { sandbox, reach: await openReach(config, chooseCluster(config, undefined)) };
  });
});
