import { type Figure, figure, percentile } from '../figures.ts';
import type { Asked, Met } from '../load.ts';
import type { PodsRead } from '../probe.ts';
import { type Measured, nextPort, pause, startRole } from '../processes.ts';
import { type Stage, startStage } from '../stage.ts';
import { type Group, largeCluster } from '../world-objects.ts';

const perSecond = 100;
const seconds = 30;
/** 100 workloads in 20 namespaces. */
const asked = Array.from({ length: 20 }, (_, index) => ({
  namespace: `bench-ask-${index}`,
  prefix: `web-${index}`,
  count: 5,
  replicas: 1,
  state: 'healthy' as const,
}));
const texts = Array.from({ length: 5 }, (_, index) =>
  asked.map(({ namespace, prefix }) => `deployment ${prefix}-${index} -n ${namespace}`),
).flat();

/** Commands at 100 per second to one process that is both bot and worker. */
export async function benchAcknowledge(): Promise<readonly Figure[]> {
  const quiet = await onStage(asked, async (stage) => [
    ...(await inMode('socket', stage)),
    ...(await inMode('http', stage)),
    ...(await withoutRedis(stage)),
  ]);
  return [...quiet, ...(await onStage([...asked, ...largeCluster], whileReading))];
}

async function onStage<T>(groups: readonly Group[], work: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await startStage(groups);
  try {
    return await work(stage);
  } finally {
    await stage.stop();
  }
}

async function inMode(mode: 'socket' | 'http', stage: Stage): Promise<readonly Figure[]> {
  return await withService(mode, stage, async (service) => {
    const met = await storm(stage, seconds);
    const block = await service.call<number>('longestBlockMs');
    return figuresOf(mode === 'socket' ? 'Socket Mode' : 'HTTP', met, block);
  });
}

async function whileReading(stage: Stage): Promise<readonly Figure[]> {
  return await withService('socket', stage, async (service) => {
    const reading = service.call<readonly PodsRead[]>('readPods', { kubeconfig: stage.kubeconfig, seconds });
    const met = await storm(stage, seconds);
    const block = await service.call<number>('longestBlockMs');
    const read = await reading;
    const times = figure(
      'while reading pods: one reading of all',
      'ms',
      read.map(({ tookMs }) => tookMs),
      { note: `${read[0]?.pods} pods, again and again` },
    );
    return [...figuresOf('while reading pods', met, block), times];
  });
}

/** Redis refuses connections, then hangs, then is back. */
async function withoutRedis(stage: Stage): Promise<readonly Figure[]> {
  return await withService('socket', stage, async () => {
    const question = async (channel: number) =>
      await stage.slack.call<Asked>('ask', {
        text: texts[channel] ?? '',
        channel,
        answerWithinMs: 30_000,
      });
    const sentences = new Set<string>();
    const whileDown = async (): Promise<readonly number[]> => {
      await pause(500);
      const answers = await Promise.all(Array.from({ length: 20 }, (_, channel) => question(channel)));
      for (const { said } of answers) sentences.add(said);
      return answers.map(({ acknowledgedMs }) => acknowledgedMs);
    };
    const recovery = async (): Promise<number> => {
      const from = Date.now();
      for (;;) {
        const answer = await question(50);
        if (answer.answeredMs !== undefined) return Date.now() - from;
        if (Date.now() - from > 60_000) throw new Error(`no answer a minute after Redis came back: ${answer.said}`);
        await pause(100);
      }
    };
    await question(60);
    await stage.redis.down();
    const down = await whileDown();
    await stage.redis.up();
    const afterDown = await recovery();
    stage.redis.freeze();
    const frozen = await whileDown();
    stage.redis.thaw();
    const afterFrozen = await recovery();
    return [
      longest('Redis stopped: longest time to an error message', down, [...sentences].join(' | ').slice(0, 160)),
      { name: 'Redis started again: until an answer', value: afterDown, unit: 'ms' },
      longest('Redis hangs: longest time to an error message', frozen),
      { name: 'Redis resumes: until an answer', value: afterFrozen, unit: 'ms' },
    ];
  });
}

function longest(name: string, times: readonly number[], note?: string): Figure {
  const value = Math.round(Math.max(...times));
  return { name, value, unit: 'ms', aim: 1000, ...(note === undefined ? {} : { note }) };
}

async function withService<T>(
  mode: 'socket' | 'http',
  stage: Stage,
  work: (service: Measured) => Promise<T>,
): Promise<T> {
  const port = mode === 'http' ? await nextPort() : undefined;
  const args = ['--import', './bench/probe.ts', 'bench/service.ts', 'all', await stage.config(mode, port)];
  const service = await startRole(args, { env: stage.env });
  try {
    await stage.slack.call('requestUrl', port === undefined ? undefined : `http://127.0.0.1:${port}/slack/events`);
    // Work that happens once in the life of a process is not part of the figure.
    await storm(stage, 3);
    await service.call('longestBlockMs');
    return await work(service);
  } catch (error) {
    throw new Error(`${String(error)}\n${service.output().slice(-4000)}`, { cause: error });
  } finally {
    await service.stop();
  }
}

async function storm(stage: Stage, lasting: number): Promise<Met> {
  return await stage.slack.call<Met>('storm', { perSecond, seconds: lasting, texts, answersWithinMs: 60_000 });
}

function figuresOf(name: string, met: Met, blockMs: number): readonly Figure[] {
  const times = (what: string, values: readonly number[], aim?: number): readonly Figure[] =>
    [50, 99].map((percent) => ({
      name: `${name}: ${what}, p${percent}`,
      value: Number(percentile(values, percent).toPrecision(3)),
      unit: 'ms',
      ...(percent === 99 && aim !== undefined ? { aim } : {}),
    }));
  const wrong = [...met.wrong, ...new Set(met.refused)].slice(0, 3).join('; ');
  const own = `load generator's own delay p99 ${met.ownDelayMs.p99.toFixed(0)}, longest ${met.ownDelayMs.longest.toFixed(0)} ms`;
  return [
    ...times('acknowledged', met.acknowledgedMs, 50),
    ...times('first message posted', met.postedMs),
    ...times('report posted', met.answeredMs),
    {
      name: `${name}: commands not answered exactly once`,
      value: met.sent - met.answeredOnce,
      unit: '',
      aim: 0,
      note: `of ${met.sent}${wrong === '' ? '' : `; ${wrong}`}`,
    },
    { name: `${name}: longest event-loop block`, value: Math.round(blockMs), unit: 'ms', note: own },
  ];
}
