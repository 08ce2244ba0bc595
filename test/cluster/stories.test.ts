import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/start.ts';
import { storyKinds } from '../../src/sandbox/stories/all.ts';
import { type Story, vary } from '../../src/sandbox/stories/story.ts';
import { readConfig } from '../../src/wire/configuration.ts';
import { chooseCluster, openReach } from '../../src/wire/reach.ts';
import { storyContract } from '../sandbox/stories/story-contract.ts';
import { callApi } from '../support/sandbox.ts';
import { imagecheck } from './support/imagecheck.ts';
import { type Installed, install } from './support/installed.ts';

const seed = Number(process.env['IMAGECHECK_STORY_SEED'] ?? randomInt(1_000_000));
const stories = vary(storyKinds, seed);
const cluster = inject('cluster');

interface Messages {
  readonly messages: readonly { readonly ts: string; readonly text: string }[];
}

describe(`stories on a real cluster, read with the rights of manifests/; IMAGECHECK_STORY_SEED=${seed}`, () => {
  let installed: Installed;
  beforeAll(async () => {
    installed = await install(cluster);
  });
  afterAll(() => installed?.close());

  const stage = storyContract(stories, async () => {
    const sandbox = await startSandbox({
      stories,
      port: 0,
      redisServer: process.env['IMAGECHECK_REDIS_SERVER'] ?? 'redis-server',
      kubeconfig: installed.admin.kubeconfig,
      productKubeconfig: installed.worker.kubeconfig,
      say: () => {},
    });
    const config = readConfig({ file: sandbox.product.ownConfig, env: sandbox.product.environment });
    return { sandbox, reach: await openReach(config, chooseCluster(config, undefined)) };
  });

  test.each([
    ['stale-images', 1, 'problems', 'stale_image'],
    ['pinned-version', 0, 'healthy', undefined],
    ['never-published', 1, 'problems', 'image_never_published'],
    ['out-of-memory', 1, 'problems', 'out_of_memory'],
  ] as const)('the terminal says of %s the same, by exit code and JSON', async (id, code, status, cause) => {
    const { kind, namespace, name } = storyOf(id).workloads[0];
    const { product } = stage().sandbox;
    const target = [`${kind.toLowerCase()}/${name}`, '-n', namespace];
    const where = ['--config', product.ownConfig, '--kubeconfig', installed.worker.kubeconfig];
    const ended = await imagecheck(['check', ...target, ...where, '--json'], product.environment);
    expect([ended.stderr, ended.code]).toEqual(['', code]);
    const report = JSON.parse(ended.stdout) as { status: string; findings: readonly { cause: string }[] };
    expect([report.status, report.findings[0]?.cause]).toEqual([status, cause]);
  });

  test('the terminal names a workload that is not there, and what is near', async () => {
    const { namespace, name } = storyOf('stale-images').workloads[0];
    const { product } = stage().sandbox;
    const where = ['--config', product.ownConfig, '--kubeconfig', installed.worker.kubeconfig];
    const ended = await imagecheck(['check', `deployment/${name}x`, '-n', namespace, ...where], product.environment);
    expect(ended.code).toBe(2);
    expect(ended.stdout + ended.stderr).toMatch(new RegExp(`There is no deployment/${name}x[^]*deployment/${name}\\b`));
  });

  test('a question in a channel is answered with the cause in the thread', async () => {
    const { namespace, name } = storyOf('stale-images').workloads[0];
    const { sandbox } = stage();
    const text = `/imagecheck deployment ${name} -n ${namespace}`;
    await callApi(sandbox, 'POST', '/act', { as: 'ana', channel: 'incidents', text });
    const parent = async () => (await callApi<Messages>(sandbox, 'GET', '/channels/incidents')).messages.at(-1);
    await expect.poll(async () => (await parent())?.text, { timeout: 20_000 }).toMatch(/1 problem/);
    const thread = `/threads/incidents/${(await parent())?.ts ?? ''}`;
    const last = async () => (await callApi<Messages>(sandbox, 'GET', thread)).messages.at(-1)?.text;
    await expect.poll(last, { timeout: 20_000 }).toMatch(/stale image: certain/i);
  });
});

function storyOf(id: string): Story {
  const found = stories.find((story) => story.id === id);
  if (found === undefined) throw new Error(`no story ${id}`);
  return found;
}
