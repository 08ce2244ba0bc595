import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fields } from '../../src/sandbox/cluster/objects/object.ts';
import { act } from '../../src/sandbox/slack/acting.ts';
import { deployment } from '../../src/sandbox/stories/objects.ts';
import type { Disturbance } from '../support/faulty-forwarder.ts';
import { contentOf, deploy, eventually, lateMs, messagesIn, openChannel, transcript } from './change.ts';
import { type FaultStage, openStage, shop, type WorkerActor } from './stage.ts';

const mebibyte = 1024 * 1024;
/** What Node takes in a container of 512 MiB, and what that container has. */
const heapMb = 256;
const containerBytes = 512 * mebibyte;

let stage: FaultStage;
let worker: WorkerActor;

beforeAll(async () => {
  stage = await openStage({ paced: false });
  await stage.startBot();
  await deploy(stage, 'healthy');
  const sick = deployment({ name: 'sick', namespace: shop }, [{ name: 'app', image: 'ghcr.io/acme/sick:nowhere' }]);
  await stage.kubernetes.create(sick);
}, 90_000);
afterAll(() => stage.stop());

/** A workload of 1 MB without pods: one long value, or as many short ones as fit. */
function fatCronJob(index: number): Fields {
  const long = [{ name: 'LONG', value: 'x'.repeat(mebibyte) }];
  const many = Array.from({ length: 40_000 }, (_, entry) => ({ name: `V${entry}`, value: 'x' }));
  const container = { name: 'app', image: 'ghcr.io/acme/healthy:1', env: index % 2 === 0 ? long : many };
  const pod = { restartPolicy: 'Never', containers: [container] };
  return {
    metadata: { name: `fat-${index}`, namespace: shop },
    spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template: { spec: pod } } } },
  };
}

function fatEvent(index: number): Fields {
  return {
    metadata: { name: `fat.${index}`, namespace: shop },
    involvedObject: { kind: 'Pod', name: `pod-${index}`, namespace: shop },
    type: 'Warning',
    reason: 'Failed',
    message: `Failed to pull image "ghcr.io/acme/x:1": ${'arn:awsu'.repeat(mebibyte / 8)}`,
    lastTimestamp: new Date().toISOString(),
  };
}

/** What the simulated API server would be slow with: whole lists, and their metadata, as text. */
const lists = [
  { path: '/cronjobs', kind: 'CronJobList', make: fatCronJob, count: 200 },
  { path: '/events', kind: 'EventList', make: fatEvent, count: 110 },
].map(({ path, kind, make, count }) => {
  const objects = Array.from({ length: count }, (_, index) => make(index));
  const metadata = objects.map((object) => JSON.stringify({ metadata: object['metadata'] }));
  return { path, kind, objects: objects.map((object) => JSON.stringify(object)), metadata };
});
/** What was sent of whole objects. */
const sent: string[] = [];

/** Answers lists of fat objects page by page, as an API server does. */
function fatLists(method: string, path: string, accept: string): Disturbance | undefined {
  const url = new URL(path, 'http://server');
  const list = method === 'GET' ? lists.find((each) => url.pathname.endsWith(each.path)) : undefined;
  if (list === undefined || url.searchParams.has('fieldSelector')) return undefined;
  const isMetadata = accept.includes('PartialObjectMetadataList');
  const from = Number(url.searchParams.get('continue') ?? 0);
  const to = from + Number(url.searchParams.get('limit'));
  const all = isMetadata ? list.metadata : list.objects;
  if (!isMetadata) sent.push(path);
  const rest = to < all.length ? { continue: String(to) } : {};
  const head = JSON.stringify({ kind: list.kind, metadata: { resourceVersion: '1', ...rest } }).slice(0, -1);
  return { answer: 200, body: `${head},"items":[${all.slice(from, to).join(',')}]}` };
}

/** Ana asks in a channel of its own, and gets what the answer says. */
async function answerTo(name: string, text: string): Promise<string> {
  const channel = openChannel(stage, name);
  await act(stage.slack, { as: 'ana', channel, text: `/imagecheck ${text}` });
  return await eventually(() => {
    const reply = messagesIn(stage, channel).find(({ thread_ts: thread, ts }) => thread !== undefined && thread !== ts);
    if (reply === undefined) throw new Error(`no answer yet: ${transcript(stage, channel)}`);
    return contentOf(reply);
  }, lateMs);
}

/** The most memory that the worker had at a time, in bytes. */
async function peakBytes(): Promise<number> {
  const status = await readFile(`/proc/${worker.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

describe('a namespace with 200 workloads of 1 MB and 110 Events of 1 MB', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    worker = await stage.startWorker({ heapMb });
    worker.api.spoil = fatLists;
  }, 60_000);
  afterEach(async () => {
    expect(worker.alive()).toBe(true);
    expect(await peakBytes()).toBeLessThan(containerBytes);
  });

  it('a healthy workload is found by its name, and none of the others is read for it', async () => {
    expect(await answerTo('by-name', `healthy -n ${shop}`)).toContain('healthy');
    expect(sent).toEqual([]);
  });

  it('a workload that cannot pull is compared with the others', async () => {
    expect(await answerTo('compared', `deployment/sick -n ${shop}`)).toContain('ghcr.io/acme/sick:nowhere');
    expect(sent.length).toBeGreaterThan(0);
  });

  it('eight questions at once are all answered', async () => {
    const questions = Array.from({ length: 8 }, (_, index) =>
      answerTo(`at-once-${index}`, index % 2 === 0 ? `healthy -n ${shop}` : `deployment/sick -n ${shop}`),
    );
    for (const answer of await Promise.all(questions)) expect(answer).toMatch(/healthy|sick/);
  });
});
