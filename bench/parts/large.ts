import { type Figure, figure } from '../figures.ts';
import type { Asked } from '../load.ts';
import { type PodsRead } from '../probe.ts';
import { type Measured, pause, residentMb, startRole, until, watchMemory } from '../processes.ts';
import { type Stage, startStage } from '../stage.ts';
import type { LoggedRequest } from '../world.ts';
import { largeCluster } from '../world-objects.ts';

const runs = 3;
const settleMs = 2_000;

/** A Deployment of 1,000 pods in a cluster of 10,000 pods, and a check of every one of its 300 images. */
export async function benchLarge(): Promise<readonly Figure[]> {
  const stage = await startStage(largeCluster);
  try {
    return [...(await readEveryPod(stage)), ...(await checkEverything(stage))];
  } finally {
    await stage.stop();
  }
}

/** The memory is the worker's, measured from outside; reading is what a sweep does. */
async function readEveryPod(stage: Stage): Promise<readonly Figure[]> {
  const memory: number[] = [];
  const block: number[] = [];
  const took: number[] = [];
  let pods = 0;
  for (let run = 0; run < runs; run += 1) {
    const worker = await startProbed('worker', stage);
    await pause(settleMs);
    const idleMb = residentMb(worker.pid);
    await worker.call('longestBlockMs');
    const watch = watchMemory(worker.pid);
    const [read] = await worker.call<readonly PodsRead[]>('readPods', { kubeconfig: stage.kubeconfig, seconds: 0 });
    memory.push(watch.stop() - idleMb);
    block.push(await worker.call<number>('longestBlockMs'));
    took.push(read?.tookMs ?? Number.NaN);
    pods = read?.pods ?? 0;
    await worker.stop();
  }
  return [
    figure('reading all pods: memory over idle', 'MB', memory, { aim: 130, note: `${pods} pods` }),
    figure('reading all pods: longest event-loop block', 'ms', block, { aim: 100 }),
    figure('reading all pods: time', 'ms', took),
  ];
}

async function checkEverything(stage: Stage): Promise<readonly Figure[]> {
  const worker = await startProbed('worker', stage);
  const bot = await startRole(['bench/service.ts', 'bot', await stage.config('socket')], { env: stage.env });
  try {
    await pause(settleMs);
    await stage.requests();
    const big = await checkBig(stage, worker);
    return [...big, ...(await checkOthers(stage, worker))];
  } finally {
    await bot.stop();
    await worker.stop();
  }
}

async function checkBig(stage: Stage, worker: Measured): Promise<readonly Figure[]> {
  const times: number[] = [];
  const blocks: number[] = [];
  const idleMb = residentMb(worker.pid);
  const watch = watchMemory(worker.pid);
  for (let run = 0; run < runs; run += 1) {
    await worker.call('longestBlockMs');
    const text = 'deployment big-0 -n bench-large';
    const asked = await stage.slack.call<Asked>('ask', { text, channel: 0, answerWithinMs: 60_000 });
    if (asked.answeredMs === undefined) throw new Error(`no answer: ${asked.said}\n${worker.output()}`);
    times.push(asked.answeredMs);
    blocks.push(await worker.call<number>('longestBlockMs'));
  }
  return [
    figure('Deployment of 1,000 pods: command to report', 'ms', times),
    figure('Deployment of 1,000 pods: worker memory over idle', 'MB', [watch.stop() - idleMb], { aim: 130 }),
    figure('Deployment of 1,000 pods: longest event-loop block', 'ms', blocks, { aim: 100 }),
  ];
}

async function checkOthers(stage: Stage, worker: Measured): Promise<readonly Figure[]> {
  const texts = largeCluster
    .filter(({ namespace }) => namespace !== 'bench-large')
    .flatMap(({ namespace, prefix, count }) =>
      Array.from({ length: count }, (_, index) => `deployment ${prefix}-${index} -n ${namespace}`),
    );
  const idleMb = residentMb(worker.pid);
  const watch = watchMemory(worker.pid);
  await worker.call('longestBlockMs');
  await stage.requests();
  const cpuMs = await worker.call<number>('cpuMs');
  const startedMs = Date.now();
  const left = texts.entries();
  const ask = async (): Promise<void> => {
    for (const [index, text] of left) {
      const asked = await stage.slack.call<Asked>('ask', { text, channel: index % 100, answerWithinMs: 60_000 });
      if (asked.answeredMs === undefined) throw new Error(`no answer to ${text}: ${asked.said}\n${worker.output()}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, ask));
  const tookMs = Date.now() - startedMs;
  const usedMs = (await worker.call<number>('cpuMs')) - cpuMs;
  const block = await worker.call<number>('longestBlockMs');
  const memory = watch.stop() - idleMb;
  const requests = await stage.requests();
  const ofCluster = requests.filter(({ component }) => component === 'cluster');
  return [
    {
      name: `${texts.length} more Deployments, each its own image: time`,
      value: tookMs,
      unit: 'ms',
      aim: 3_000,
      note: '8 at a time',
    },
    figure('300 images: worker memory over idle', 'MB', [memory]),
    figure('300 images: longest event-loop block', 'ms', [block], { aim: 100 }),
    ...perCheck(texts.length, usedMs, ofCluster),
    ...perImage(requests.filter(({ component }) => component === 'registry')),
  ];
}

/** What one check of a healthy Deployment of 30 pods costs the worker and the API server. */
function perCheck(checks: number, usedMs: number, requests: readonly LoggedRequest[]): readonly Figure[] {
  const bytes = requests.reduce((sum, one) => sum + one.bytes, 0);
  const name = 'a healthy Deployment of 30 pods';
  const each = (total: number): number => Math.round((10 * total) / checks) / 10;
  return [
    { name: `${name}: processor time of the worker`, value: each(usedMs), unit: 'ms', aim: 10 },
    { name: `${name}: cluster requests`, value: each(requests.length), unit: '', aim: 8 },
    { name: `${name}: read from the cluster`, value: each(bytes / 1000), unit: 'kB', aim: 400 },
  ];
}

/** Here each repository has one image, so a repository identifies its image. */
function perImage(requests: readonly LoggedRequest[]): readonly Figure[] {
  const images = new Map<string, number>();
  const tokens = new Map<string, number>();
  for (const { path, authorization } of requests) {
    const { pathname, searchParams } = new URL(path, 'http://registry');
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(pathname)?.[1];
    const credential = authorization.startsWith('Basic ') ? authorization : '';
    const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
    if (repository !== undefined) count(images, repository);
    if (pathname === '/token') count(tokens, `${searchParams.get('scope')} ${credential}`);
  }
  const most = (map: ReadonlyMap<string, number>) => Math.max(0, ...map.values());
  const note = (map: ReadonlyMap<string, number>) =>
    `${map.size} of them, ${[...map.values()].reduce((sum, one) => sum + one, 0)} requests`;
  return [
    {
      name: 'most registry requests for one image and credential',
      value: most(images),
      unit: '',
      aim: 2,
      note: note(images),
    },
    {
      name: 'most token requests for one repository and credential',
      value: most(tokens),
      unit: '',
      aim: 1,
      note: note(tokens),
    },
  ];
}

async function startProbed(role: 'worker', stage: Stage): Promise<Measured> {
  const args = ['--import', './bench/probe.ts', 'src/main.ts', role, '--config', await stage.config('socket')];
  const started = await startRole(args, { env: stage.env });
  await until('the probe to answer', 5_000, async () => (await started.call<object>('memory')) && true);
  return started;
}
