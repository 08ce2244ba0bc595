import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diagnose } from '../../../src/flows/ask/diagnose.ts';
import type { Sandbox } from '../../../src/sandbox/start.ts';
import { deployment, namespace } from '../../../src/sandbox/stories/objects.ts';
import type { Story } from '../../../src/sandbox/stories/story.ts';
import { runCheck } from '../../../src/terminal/check.ts';
import { readConfig } from '../../../src/wire/configuration.ts';
import { chooseCluster, type OpenReach, openReach } from '../../../src/wire/reach.ts';
import { openSandbox } from '../../support/sandbox.ts';

const where = 'releases';
const host = 'ghcr.io';

/** A Deployment that was just created; nobody waits until it is as it will be. */
function release(name: string, behaviour: object, isPushed = true): Story {
  const repository = `acme/${name}`;
  return {
    id: name,
    seed: '000',
    title: name,
    summary: name,
    workloads: [{ kind: 'Deployment', namespace: where, name }],
    hosts: [{ host, personality: 'ghcr' }],
    setUp: async ({ kubernetes, registry, kubelet }) => {
      if (isPushed) registry(host, { push: { repository, tags: ['1'] } });
      await kubelet('/behaviours', { match: { workload: `deployment/${name}` }, behaviour });
      const image = `${host}/${repository}:1`;
      await kubernetes.create(namespace(where), deployment({ name, namespace: where }, [{ name, image }]));
    },
  };
}

// The kubelet's clock runs 20 times as fast as ours.
const stories = [
  release('succeeds', { readyAfterSeconds: 60 }),
  release('hangs', { ready: false }),
  release('fails', {}, false),
];

describe('waiting for a rollout, as a pipeline does', () => {
  let opened: { readonly sandbox: Sandbox; readonly reach: OpenReach } | undefined;

  beforeAll(async () => {
    const sandbox = await openSandbox(stories);
    const config = readConfig({ file: sandbox.product.ownConfig, env: sandbox.product.environment });
    opened = { sandbox, reach: await openReach(config, chooseCluster(config, undefined)) };
    await Promise.all(stories.map(({ id }) => sandbox.stories.start(id)));
  }, 60_000);

  afterAll(async () => {
    await opened?.reach.close();
    await opened?.sandbox.stop();
  }, 60_000);

  test.each<[string, number, number, string, RegExp]>([
    ['succeeds', 30_000, 0, 'healthy', /^Waiting for: /],
    ['hangs', 2_000, 3, 'progressing', /^Waiting for: .*pod\/hangs-/m],
    ['fails', 30_000, 1, 'problems', /^/],
  ])(
    'a rollout that %s',
    async (name, waitMs, code, status, says) => {
      const { reach } = opened ?? expect.fail('no sandbox');
      const [out, err]: [string[], string[]] = [[], []];
      const seen = await runCheck({
        target: { type: 'workload', kind: 'Deployment', namespace: where, name },
        diagnose: (target, options) => diagnose(target, reach, options),
        json: true,
        strict: false,
        watch: false,
        waitMs,
        waitIntervalMs: 100,
        screen: { out: (text) => out.push(text), err: (text) => err.push(text), interactive: false, columns: 80 },
        paint: (_, text) => text,
        signal: new AbortController().signal,
      });
      const report: unknown = JSON.parse(out.join(''));
      expect(report).toMatchObject({ schemaVersion: 2, status });
      expect(seen).toBe(code);
      expect(err.join('')).toMatch(says);
    },
    60_000,
  );
});
