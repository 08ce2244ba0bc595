import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './change.ts';
import { type FaultStage, openStage } from './stage.ts';

let stage: FaultStage;
let ports: { readonly worker: number; readonly bot: number };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

beforeAll(async () => {
  ports = { worker: await freePort(), bot: await freePort() };
  stage = await openStage({ paced: false });
  await Promise.all([
    stage.startWorker({ sections: { health: { port: ports.worker } } }),
    stage.startBot({ sections: { health: { port: ports.bot } } }),
  ]);
}, 60_000);
afterAll(() => stage.stop());

async function get(side: 'worker' | 'bot', path: string) {
  const response = await fetch(`http://127.0.0.1:${ports[side]}${path}`);
  return [response.status, await response.json()] as const;
}

describe('the health of bot and worker', { timeout: 60_000 }, () => {
  it('is told as it is: with Redis away, frozen and back, and with Slack away', async () => {
    const well = {
      worker: { started: true, redis: true, jobs: true },
      bot: { started: true, redis: true, slack: true },
    };
    const bothReady = () =>
      eventually(async () => {
        expect(await get('worker', '/readyz')).toEqual([200, well.worker]);
        expect(await get('bot', '/readyz')).toEqual([200, well.bot]);
      });
    await bothReady();
    for (const [down, up] of [
      [() => stage.redis.stop(), () => stage.redis.start()],
      [() => stage.redis.pause(), () => stage.redis.resume()],
    ] as const) {
      await down();
      for (const side of ['worker', 'bot'] as const) {
        await eventually(async () => expect(await get(side, '/readyz')).toMatchObject([503, { redis: false }]));
        expect(await get(side, '/healthz')).toMatchObject([200, { started: true, redis: false }]);
      }
      await up();
      await bothReady();
    }
    await stage.slack.stop();
    await eventually(async () =>
      expect(await get('bot', '/readyz')).toMatchObject([503, { redis: true, slack: false }]),
    );
    expect((await get('bot', '/healthz'))[0]).toBe(200);
  });
});
