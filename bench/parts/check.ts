import { type Chain, describe, longestChain } from '../chain.ts';
import { type Figure, figure } from '../figures.ts';
import type { Asked } from '../load.ts';
import { runNode, startRole } from '../processes.ts';
import { type Stage, startStage } from '../stage.ts';
import type { GroupState } from '../world-objects.ts';

const delays = { cluster: 20, registry: 50 } as const;
const states: readonly GroupState[] = ['healthy', 'missing', 'retagged', 'stale'];
const runs = 5;
const namespace = 'bench-check';

/** One check under injected delays: in a process of its own, and from Slack. */
export async function benchCheck(): Promise<readonly Figure[]> {
  const groups = states.map((state) => ({ namespace, prefix: state, count: 2 * runs + 1, replicas: 3, state }));
  const stage = await startStage(groups);
  try {
    await stage.delay(delays.cluster, delays.registry);
    await stage.requests();
    return [...(await inTerminal(stage)), ...(await inSlack(stage))];
  } finally {
    await stage.stop();
  }
}

interface Run {
  readonly chain: Chain;
  readonly wallMs: number;
  /** From the start of the process to its first request. */
  readonly startMs: number;
}

async function inTerminal(stage: Stage): Promise<readonly Figure[]> {
  const config = await stage.config('socket');
  const figures: Figure[] = [];
  for (const state of states) {
    const seen: Run[] = [];
    for (let index = 0; index < runs; index += 1) {
      const args = [
        'src/main.ts',
        'check',
        `deployment/${state}-${index}`,
        '-n',
        namespace,
        '--config',
        config,
        '--json',
      ];
      const { startedMs, wallMs, output, code } = await runNode(args);
      if (code === 2) throw new Error(output);
      const requests = await stage.requests();
      const firstMs = Math.min(...requests.map((request) => request.startMs));
      seen.push({ chain: longestChain(requests, delays), wallMs, startMs: firstMs - startedMs });
    }
    figures.push(...figuresOf(`imagecheck check, ${state}`, seen, true));
  }
  return figures;
}

async function inSlack(stage: Stage): Promise<readonly Figure[]> {
  const service = await startRole(['bench/service.ts', 'all', await stage.config('socket')], { env: stage.env });
  const figures: Figure[] = [];
  try {
    await stage.requests();
    for (const state of states) {
      const seen: Run[] = [];
      for (let index = runs; index < 2 * runs; index += 1) {
        const text = `deployment ${state}-${index} -n ${namespace}`;
        const asked = await stage.slack.call<Asked>('ask', { text, channel: index, answerWithinMs: 30_000 });
        if (asked.answeredMs === undefined) throw new Error(`no answer: ${asked.said}\n${service.output()}`);
        seen.push({ chain: longestChain(await stage.requests(), delays), wallMs: asked.answeredMs, startMs: 0 });
      }
      figures.push(...figuresOf(`asked in Slack, ${state}`, seen, false));
    }
    return figures;
  } finally {
    await service.stop();
  }
}

function figuresOf(name: string, seen: readonly Run[], isProcess: boolean): readonly Figure[] {
  // Requests that merely came late lengthen a run's chain, so the shortest chain is closest to the truly dependent
  // requests.
  const shortest = seen.reduce((best, run) => (run.chain.delayMs < best.chain.delayMs ? run : best)).chain;
  if (process.env.BENCH_CHAINS === 'yes') process.stderr.write(`${name}\n${describe(shortest)}\n\n`);
  const ratios = seen.map(({ wallMs, startMs }) => (wallMs - startMs) / shortest.delayMs);
  const walls = seen.map(({ wallMs }) => wallMs);
  const starts = seen.map(({ startMs }) => startMs);
  const note = `${isProcess ? 'without start-up' : 'command to report'}; chain ${shortest.delayMs} ms`;
  return [
    figure(`${name}: time / chain`, 'x', ratios, { aim: 1.3, note }),
    figure(`${name}: time`, 'ms', walls),
    ...(isProcess ? [figure(`${name}: start to first request`, 'ms', starts)] : []),
    { name: `${name}: dependent cluster requests`, value: shortest.cluster, unit: '', aim: 3 },
    { name: `${name}: dependent registry requests`, value: shortest.registry, unit: '', aim: 5 },
  ];
}
