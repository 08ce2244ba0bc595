import { randomInt } from 'node:crypto';
import { describe, inject } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { startSandbox } from '../../src/sandbox/start.ts';
import { storyKinds } from '../../src/sandbox/stories/all.ts';
import { vary } from '../../src/sandbox/stories/story.ts';
import { chooseCluster, openReach } from '../../src/wire/reach.ts';
import { storyContract } from '../sandbox/stories/story-contract.ts';
import { install } from './support/installed.ts';

const seed = Number(process.env['IMAGECHECK_STORY_SEED'] ?? randomInt(1_000_000));
const stories = vary(storyKinds, seed);
const cluster = inject('cluster');

describe(`stories on a real cluster, read with the rights of manifests/; IMAGECHECK_STORY_SEED=${seed}`, () => {
  storyContract(stories, async () => {
    const { admin, worker } = await install(cluster);
    const sandbox = await startSandbox({
      stories,
      port: 0,
      redisServer: process.env['IMAGECHECK_REDIS_SERVER'] ?? 'redis-server',
      kubeconfig: admin.kubeconfig,
      productKubeconfig: worker.kubeconfig,
      say: () => {},
    });
    const config = loadConfig({ file: sandbox.product.ownConfig, env: sandbox.product.environment });
    return { sandbox, reach: await openReach(config, chooseCluster(config, undefined)) };
  });
});
