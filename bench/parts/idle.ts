import { type Figure, figure } from '../figures.ts';
import { pause, residentMb, runNode, startRole } from '../processes.ts';
import { type Stage, startStage } from '../stage.ts';

const roles = [
  { role: 'bot', aimMb: 130 },
  { role: 'worker', aimMb: 170 },
  { role: 'all', aimMb: 210 },
] as const;
/** What the image runs, and what a checkout runs; in a checkout Node keeps its TypeScript stripper in memory. */
const forms = [
  { main: 'dist/main.js', name: 'built' },
  { main: 'src/main.ts', name: 'from source' },
] as const;
const runs = 3;
/** Long enough for startup memory to be freed and for periodic work to have run. */
const settleMs = 2_500;

/** The idle memory and the start-up time of each role. */
export async function benchIdle(): Promise<readonly Figure[]> {
  const stage = await startStage([{ namespace: 'bench', prefix: 'web', count: 1, replicas: 1, state: 'healthy' }]);
  try {
    const config = await stage.config('socket');
    const figures: Figure[] = [];
    const built = await runNode(['scripts/build.mjs'], { env: { NODE_ENV: 'production' } });
    if (built.code !== 0) throw new Error(built.output);
    for (const { main, name } of forms) {
      for (const { role, aimMb } of roles) {
        const memory: number[] = [];
        const ready: number[] = [];
        for (let run = 0; run < runs; run += 1) {
          const started = await startRole([main, role, '--config', config], { env: stage.env });
          await pause(settleMs);
          ready.push(started.readyAfterMs);
          memory.push(residentMb(started.pid));
          await started.stop();
        }
        figures.push(figure(`${role}, ${name}: idle memory`, 'MB', memory, { aim: aimMb }));
        figures.push(figure(`${role}, ${name}: start to ready`, 'ms', ready, { aim: 2000 }));
      }
    }
    return [...figures, await kubernetesModulesOfBot(stage, config), await helpTime()];
  } finally {
    await stage.stop();
  }
}

async function kubernetesModulesOfBot(stage: Stage, config: string): Promise<Figure> {
  const args = ['--import', './bench/probe.ts', 'src/main.ts', 'bot', '--config', config];
  const bot = await startRole(args, { env: stage.env });
  const modules = await bot.call<readonly string[]>('modules');
  await bot.stop();
  const loaded = modules.filter((url) => /client-node|\/src\/kubernetes\//.test(url));
  const note = `of ${modules.length} modules${loaded.length === 0 ? '' : `: ${loaded.slice(0, 3).join(' ')}`}`;
  return { name: 'bot: modules that reach a cluster', value: loaded.length, unit: '', aim: 0, note };
}

async function helpTime(): Promise<Figure> {
  const times: number[] = [];
  for (let run = 0; run < 5; run += 1) {
    const { wallMs, code, output } = await runNode(['src/main.ts', '--help']);
    if (code !== 0) throw new Error(output);
    times.push(wallMs);
  }
  return figure('src/main.ts --help', 'ms', times, { aim: 150 });
}
