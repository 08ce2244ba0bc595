import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { act } from '../../src/sandbox/slack/acting.ts';
import { contentOf, deploy, eventually, lateMs, messagesIn, openChannel, transcript } from './change.ts';
import { answering, bodyOf, type HostileRegistry, startHostileRegistry } from './hostile-registry.ts';
import { type FaultStage, openStage, shop, type WorkerActor } from './stage.ts';

const host = 'evil.test';
let stage: FaultStage;
let evil: HostileRegistry;
const workers: WorkerActor[] = [];

beforeAll(async () => {
  evil = await startHostileRegistry();
  stage = await openStage({ paced: false, hosts: { [host]: evil.url } });
  await stage.startBot();
}, 60_000);
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.kill()));
});
afterAll(async () => {
  await stage.stop();
  await evil.stop();
});

async function startWorker(options: { readonly heapMb?: number } = {}): Promise<WorkerActor> {
  const worker = await stage.startWorker(options);
  workers.push(worker);
  return worker;
}

/** Ana asks in a channel of its own, which is given. */
async function ask(name: string, text: string): Promise<string> {
  const channel = openChannel(stage, name);
  await act(stage.slack, { as: 'ana', channel, text: `/imagecheck ${text}` });
  return channel;
}

const askImage = (repository: string): Promise<string> => ask(repository, `image ${host}/${repository}:1`);

/** Waits for the answer below the question. */
async function answered(channel: string, withinMs = lateMs): Promise<string> {
  return await eventually(() => {
    const reply = messagesIn(stage, channel).find(({ thread_ts: thread, ts }) => thread !== undefined && thread !== ts);
    if (reply === undefined) throw new Error(`no answer yet: ${transcript(stage, channel)}`);
    return contentOf(reply);
  }, withinMs);
}

const digest = `sha256:${'0'.repeat(64)}`;
const config = `{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"${digest}"}`;

/** Each made a release without limits take more than a gigabyte. */
const attacks: Readonly<Record<string, readonly [number, string]>> = {
  manifests: [200, bodyOf('{"manifests":[', '1', ']}')],
  objects: [200, bodyOf('{"manifests":[', '{}', ']}')],
  layers: [200, bodyOf(`{"config":${config},"layers":[`, '1', ']}')],
  sizes: [200, bodyOf(`{"config":${config},"layers":[`, '{"size":"x"}', ']}')],
  errors: [403, bodyOf('{"errors":[', '1', ']}')],
  tags: [200, bodyOf('{"tags":[', '1', ']}')],
};

describe('a registry whose answers take much memory', { timeout: 120_000 }, () => {
  it('kills no worker with a heap of 256 MB, and keeps nobody else waiting', async () => {
    const worker = await startWorker({ heapMb: 256 });
    await deploy(stage, 'honest');
    for (const [name, [status, body]] of Object.entries(attacks)) evil.replies.set(name, answering(status, body));
    const channels = await Promise.all(Object.keys(attacks).map(askImage));
    const honest = await ask('honest', `deployment honest -n ${shop}`);
    expect(await answered(honest)).not.toContain('stopped');
    for (const channel of channels) expect(await answered(channel)).toContain(host);
    expect(worker.alive()).toBe(true);
  });
});

describe('a question that kills its worker', { timeout: 180_000 }, () => {
  it('is tried once more with nothing beside it, and then answered; those beside it are answered as usual', async () => {
    const beside: (readonly string[])[] = [];
    evil.replies.set('killer', () => {
      beside.push([...evil.unanswered].filter((repository) => repository !== 'killer'));
      for (const worker of workers) void worker.kill();
    });
    // Answered late, so that it is in the process when that dies.
    evil.replies.set('victim', (response) => void setTimeout(() => answering(404, '{}')(response), 3000));
    await startWorker();
    const victim = await askImage('victim');
    await eventually(() => expect(evil.unanswered).toContain('victim'));
    const killer = await askImage('killer');
    await eventually(() => expect(beside).toEqual([['victim']]));
    await startWorker();
    await eventually(() => expect(beside).toHaveLength(2), lateMs);
    expect(beside[1]).toEqual([]);
    await startWorker();
    const told = await answered(killer);
    expect(told).toContain(`stopped two workers of cluster`);
    expect(told).toContain('memory limit');
    expect(await answered(victim)).not.toContain('stopped two workers');
    expect(beside).toHaveLength(2);
    expect(workers.at(-1)?.alive()).toBe(true);
  });

  it('is not one whose workers were stopped by SIGTERM', async () => {
    let asked = 0;
    evil.replies.set('drained', (response) => {
      asked += 1;
      if (asked < 3) response.writeHead(200, { 'content-type': 'application/json' }).write('{');
      else answering(404, '{}')(response);
    });
    const first = await startWorker();
    const channel = await askImage('drained');
    await eventually(() => expect(asked).toBe(1));
    await first.terminate();
    const second = await startWorker();
    await eventually(() => expect(asked).toBe(2), lateMs);
    await second.terminate();
    await startWorker();
    expect(await answered(channel)).not.toContain('stopped two workers');
  });
});
