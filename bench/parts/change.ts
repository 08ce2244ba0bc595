import { generateKeyPairSync } from 'node:crypto';
import { describe, longestChain } from '../chain.ts';
import { type Figure, percentile } from '../figures.ts';
import { memory } from '../memory.ts';
import { approverGroup, approvers, type Button, type Pressed, type ShownPlan, type ShownResult } from '../presses.ts';
import { type Measured, nextPort, pause, residentMb, runNode, startRole, until } from '../processes.ts';
import { type Stage, startStage } from '../stage.ts';
import type { LoggedRequest } from '../world.ts';
import type { Group } from '../world-objects.ts';

const perSecond = 5;
const seconds = 20;
const samples = 60;
const together = 100;
const asker = 'U0ANA';

/** Workloads whose tag moved after their pods started: the report proposes a repull. 25 per namespace. */
function group(name: string, count: number): readonly Group[] {
  return Array.from({ length: Math.ceil(count / 25) }, (_, index) => ({
    namespace: `bench-${name}-${index}`,
    prefix: `${name}-${index}`,
    count: Math.min(25, count - index * 25),
    replicas: 1,
    state: 'retagged' as const,
  }));
}

const groups = {
  warm: group('warm', 20),
  socket: group('socket', perSecond * seconds),
  http: group('http', perSecond * seconds),
  burst: group('burst', 2),
  alone: group('alone', samples),
  together: group('together', together),
} as const;

/** The text of a plan's message that names this workload. */
const namesOf = (which: readonly Group[]): readonly { readonly text: string; readonly workload: string }[] =>
  which.flatMap(({ namespace, prefix, count }) =>
    Array.from({ length: count }, (_, index) => ({
      text: `deployment ${prefix}-${index} -n ${namespace}`,
      workload: `${namespace}/deployment/${prefix}-${index}`,
    })),
  );

/** People's clicks, and what becomes of approved changes: a bot and two workers, each in a process of its own. */
export async function benchChange(): Promise<readonly Figure[]> {
  const stage = await startStage(Object.values(groups).flat());
  try {
    await stage.world.call('runPods');
    return await measured(stage);
  } finally {
    await stage.stop();
  }
}

interface Product {
  readonly bot: Measured;
  readonly workers: readonly Measured[];
  readonly config: string;
}

async function measured(stage: Stage): Promise<readonly Figure[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const sections = {
    policy: { approve: [{ groups: [approverGroup], votes: 1 }] },
    remediation: { remedies: ['set-image', 'force-repull'] },
    signing: { publicKeys: [publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] },
  };
  const signing = {
    IMAGECHECK_SIGNING_KEY: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
  const config = await stage.config('socket', undefined, sections);
  const probed = ['--expose-gc', '--import', './bench/probe.ts', 'bench/service.ts'];
  const workers = await Promise.all([0, 1].map(() => startRole([...probed, 'worker', config], { env: stage.env })));
  const startBot = async (file: string, port?: number) => {
    const bot = await startRole([...probed, 'bot', file], { env: { ...stage.env, ...signing } });
    await stage.slack.call('requestUrl', port === undefined ? undefined : `http://127.0.0.1:${port}/slack/events`);
    return bot;
  };
  let bot = await startBot(config);
  try {
    await live(await wanted(groups.warm, stage), stage);
    const fresh = { bot: residentMb(bot.pid), workers: workers.map(({ pid }) => residentMb(pid)) };
    const figures = [...(await clicks('Socket Mode', groups.socket, { bot, workers, config }, stage))];
    await bot.stop();
    const port = await nextPort();
    bot = await startBot(await stage.config('http', port, sections), port);
    figures.push(...(await clicks('HTTP', groups.http, { bot, workers, config }, stage)));
    await bot.stop();
    bot = await startBot(config);
    const product = { bot, workers, config };
    figures.push(...(await burst(product, stage)));
    figures.push(...(await oneByOne(stage)));
    figures.push(...(await atOnce(product, stage)));
    return [...figures, ...(await memory(product, fresh))];
  } catch (error) {
    const logs = [bot, ...workers].map(({ output }) => output().slice(-3000)).join('\n');
    throw new Error(`${String(error)}\n${logs}`, { cause: error });
  } finally {
    await Promise.all([bot, ...workers].map((one) => one.stop()));
  }
}

interface Wanted {
  readonly pressed: readonly Pressed[];
  readonly plans: readonly (ShownPlan & { readonly approve: Button })[];
}

/** Clicks *Review fix* in every workload's report, and waits until every plan can be approved. */
async function wanted(which: readonly Group[], stage: Stage): Promise<Wanted> {
  const names = namesOf(which);
  const buttons = await stage.slack.call<readonly Button[]>('proposals', { texts: names.map(({ text }) => text) });
  const pressed = await stage.slack.call<readonly Pressed[]>('press', { buttons, users: [asker], perSecond });
  const workloads = new Set(names.map(({ workload }) => workload));
  const plans = await until('every plan to wait for approval', 60_000, async () => {
    await pause(250);
    const shown = await stage.slack.call<readonly ShownPlan[]>('plans');
    const found = shown.flatMap((plan) =>
      workloads.has(plan.workload) && plan.approve !== undefined ? [{ ...plan, approve: plan.approve }] : [],
    );
    return found.length >= names.length ? found : undefined;
  });
  return { pressed, plans };
}

/** Approves at the usual rate. */
async function live({ plans }: Wanted, stage: Stage): Promise<readonly Pressed[]> {
  const pressed = await approve(plans, stage, perSecond);
  await results(plans, stage);
  return pressed;
}

async function approve(plans: Wanted['plans'], stage: Stage, rate?: number): Promise<readonly Pressed[]> {
  const buttons = plans.map((plan) => plan.approve);
  return await stage.slack.call<readonly Pressed[]>('press', {
    buttons,
    users: approvers,
    ...(rate === undefined ? {} : { perSecond: rate }),
  });
}

/** Waits until each of these plans has its result in the thread. */
async function results(
  plans: readonly ShownPlan[],
  stage: Stage,
  everyMs = 250,
): Promise<readonly (readonly ShownResult[])[]> {
  return await until(`${plans.length} results`, 120_000, async () => {
    await pause(everyMs);
    const shown = await stage.slack.call<Readonly<Record<string, readonly ShownResult[]>>>('results');
    const found = plans.map(({ approval }) => shown[approval] ?? []);
    return found.every((each) => each.length > 0) ? found : undefined;
  });
}

async function clicks(
  name: string,
  which: readonly Group[],
  { bot }: Product,
  stage: Stage,
): Promise<readonly Figure[]> {
  const asked = await wanted(which, stage);
  await bot.call('longestBlockMs');
  const approved = await live(asked, stage);
  const block = await bot.call<number>('longestBlockMs');
  return [
    ...acknowledged(`${name}: *Review fix*`, asked.pressed),
    ...acknowledged(`${name}: *Approve*`, approved, `longest event-loop block ${Math.round(block)} ms`),
  ];
}

function acknowledged(name: string, pressed: readonly Pressed[], note?: string): readonly Figure[] {
  const times = pressed.map(({ acknowledgedMs }) => acknowledgedMs);
  return [50, 99].map((percent) => ({
    name: `${name} acknowledged, p${percent}`,
    value: Number(percentile(times, percent).toPrecision(3)),
    unit: 'ms',
    ...(percent === 99 ? { aim: 50 } : {}),
    note: `${pressed.length} presses${note === undefined ? '' : `; ${note}`}`,
  }));
}

/** A hundred people click *Approve* on one plan at the same moment. */
async function burst(_: Product, stage: Stage): Promise<readonly Figure[]> {
  const { plans } = await wanted(groups.burst, stage);
  const figures: Figure[] = [];
  for (const [index, plan] of plans.entries()) {
    await stage.requests();
    const pressed = await approve(
      Array.from({ length: approvers.length }, () => plan),
      stage,
    );
    await results([plan], stage);
    const patches = patchesIn(await stage.requests());
    // The first one is a warm-up.
    if (index < plans.length - 1) continue;
    const name = `${approvers.length} people approve one plan at once`;
    figures.push(...acknowledged(name, pressed));
    figures.push({ name: `${name}: patches more than one`, value: patches.length - 1, unit: '', aim: 0 });
  }
  return figures;
}

/** One at a time: from the delivered click to the patch that changes something. */
async function oneByOne(stage: Stage): Promise<readonly Figure[]> {
  const { plans } = await wanted(groups.alone, stage);
  const toPatch: number[] = [];
  const toFirst: number[] = [];
  const toAcknowledged: number[] = [];
  const chains: { readonly cluster: number; readonly registry: number }[] = [];
  for (const plan of plans) {
    await stage.requests();
    const [pressed] = await approve([plan], stage);
    const sentMs = pressed?.sentMs ?? Number.NaN;
    await results([plan], stage, 50);
    const requests = await stage.requests();
    const patch = patchesIn(requests)[0];
    if (patch === undefined) throw new Error(`${plan.workload} was not patched`);
    const before = requests.filter((one) => one.startMs >= sentMs && one.startMs <= patch.startMs);
    toPatch.push(patch.startMs - sentMs);
    toFirst.push(Math.min(...before.map(({ startMs }) => startMs)) - sentMs);
    toAcknowledged.push(pressed?.acknowledgedMs ?? Number.NaN);
    const chain = longestChain(before, { cluster: 1, registry: 1 });
    chains.push(chain);
    if (process.env.BENCH_CHAINS === 'yes') {
      const said = describe({ ...chain, requests: before.toSorted((left, right) => left.startMs - right.startMs) });
      process.stderr.write(`${plan.workload} ${Math.round(toPatch.at(-1) ?? 0)} ms\n${said}\n\n`);
    }
  }
  const p = (values: readonly number[], percent: number): number => Number(percentile(values, percent).toPrecision(3));
  const shortest = chains.reduce((best, one) =>
    one.cluster + one.registry < best.cluster + best.registry ? one : best,
  );
  return [
    { name: 'approval to patch, p50', value: p(toPatch, 50), unit: 'ms', note: `${plans.length} one after another` },
    { name: 'approval to patch, p95', value: p(toPatch, 95), unit: 'ms', aim: 500 },
    { name: 'approval to first request, p50', value: p(toFirst, 50), unit: 'ms' },
    { name: 'approval acknowledged, alone, p50', value: p(toAcknowledged, 50), unit: 'ms' },
    { name: 'approval acknowledged, alone, p99', value: p(toAcknowledged, 99), unit: 'ms', aim: 50 },
    { name: 'approval to patch: dependent cluster requests', value: shortest.cluster, unit: '' },
    { name: 'approval to patch: dependent registry requests', value: shortest.registry, unit: '' },
  ];
}

/** A hundred plans, each for a different workload, approved at the same moment. */
async function atOnce({ config }: Product, stage: Stage): Promise<readonly Figure[]> {
  const { plans } = await wanted(groups.together, stage);
  await stage.requests();
  const pressed = await approve(plans, stage);
  const sentMs = Math.min(...pressed.map((one) => one.sentMs));
  const shown = await results(plans, stage);
  const patches = patchesIn(await stage.requests());
  const perWorkload = new Map<string, number>();
  for (const { path } of patches)
    perWorkload.set(path.split('?')[0] ?? '', (perWorkload.get(path.split('?')[0] ?? '') ?? 0) + 1);
  const fixed = shown.filter((each) => each.length === 1 && each[0]?.text.includes('FIXED') === true).length;
  const verified = await runNode(['src/main.ts', 'audit', '--verify', '--config', config], { env: stage.env });
  const name = `${plans.length} approved at once, two workers`;
  const last = (times: readonly number[]) => Math.round(Math.max(...times) - sentMs);
  return [
    ...acknowledged(name, pressed),
    { name: `${name}: until the last patch`, value: last(patches.map(({ endMs }) => endMs)), unit: 'ms' },
    { name: `${name}: until the last result`, value: last(shown.flat().map(({ postedMs }) => postedMs)), unit: 'ms' },
    { name: `${name}: workloads not patched`, value: plans.length - perWorkload.size, unit: '', aim: 0 },
    { name: `${name}: patched more than once`, value: patches.length - perWorkload.size, unit: '', aim: 0 },
    { name: `${name}: without exactly one result "fixed"`, value: plans.length - fixed, unit: '', aim: 0 },
    {
      name: 'audit chain verified (exit code)',
      value: verified.code,
      unit: '',
      aim: 0,
      note: verified.output.trim().split('\n').at(-1)?.slice(0, 120) ?? '',
    },
  ];
}

/** Requests that change something, excluding dry runs. */
function patchesIn(requests: readonly LoggedRequest[]): readonly LoggedRequest[] {
  return requests.filter(
    ({ component, method, path, status }) =>
      component === 'cluster' && method === 'PATCH' && status < 300 && !path.includes('dryRun='),
  );
}
