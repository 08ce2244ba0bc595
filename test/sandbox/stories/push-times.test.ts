import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/start.ts';
import { bundleMismatch } from '../../../src/sandbox/stories/bundle-mismatch.ts';
import { realNginx } from '../../../src/sandbox/stories/placeholder.ts';
import { type Story, vary } from '../../../src/sandbox/stories/story.ts';
import { callApi, openSandbox } from '../../support/sandbox.ts';
import { slackRoom, textOf } from '../../support/slack-room.ts';

const seed = Number(process.env['IMAGECHECK_STORY_SEED'] ?? randomInt(1_000_000));
/** One for its workloads, one for its ACR. */
const stories = vary([realNginx, bundleMismatch], seed);
const repository = 'acme/proxy';

describe(`a plan for another owner, with names drawn from IMAGECHECK_STORY_SEED=${seed}`, () => {
  let opened: Sandbox | undefined;

  beforeAll(async () => {
    const sandbox = await openSandbox(stories);
    opened = sandbox;
    await Promise.all(stories.map(({ id }) => sandbox.stories.start(id)));
    const push = { repository, tags: ['2'], created: '2026-11-13T20:01:00Z', pushed: '2026-11-14T09:12:33Z' };
    const { registries } = sandbox.addresses;
    await Promise.all(Object.keys(registries).map((host) => callApi(sandbox, 'POST', `/registries/${host}`, { push })));
  }, 120_000);

  afterAll(async () => {
    await opened?.stop();
  }, 60_000);

  const hosts = { 'Docker Hub': 'docker.io', ACR: '.azurecr.io', GHCR: 'ghcr.io' };
  test.each<{ readonly at: keyof typeof hosts; readonly index: number; readonly says: string }>([
    { at: 'Docker Hub', index: 0, says: 'Pushed 2026-11-14 09:12 UTC, built 2026-11-13 20:01 UTC.' },
    { at: 'ACR', index: 1, says: 'Pushed 2026-11-14 09:12 UTC, built 2026-11-13 20:01 UTC.' },
    {
      at: 'GHCR',
      index: 2,
      says: 'When it was pushed is not known: ghcr.io doesn’t report it to pull credentials; built 2026-11-13 20:01 UTC.',
    },
  ])(
    'at $at',
    async ({ at, index, says }) => {
      if (opened === undefined) throw new Error('there is no sandbox');
      const room = slackRoom(opened);
      const host = Object.keys(opened.addresses.registries).find((one) => one.endsWith(hosts[at]));
      const { name, namespace } = workloadOf('real-nginx', index);
      const image = `${host}/${repository}:2`;
      const thread = await room.ask('ana', `/imagecheck set-image deployment/${name} ${name}=${image} -n ${namespace}`);
      const plan = textOf(await room.opening(thread, /waiting for approval/));
      expect(plan).toContain(says);
      expect(plan).toContain(`is of ${host}/acme`);
    },
    60_000,
  );
});

function workloadOf(id: string, index: number): Story['workloads'][number] {
  const workload = stories.find((story) => story.id === id)?.workloads[index];
  if (workload === undefined) throw new Error(`no workload ${index} of ${id}`);
  return workload;
}
