import { type Figure, figure } from './figures.ts';
import { type Measured, residentMb } from './processes.ts';

/** Memory of processes at the end, before and after garbage collection. */
export async function memory(
  { bot, workers }: { readonly bot: Measured; readonly workers: readonly Measured[] },
  fresh: { readonly bot: number; readonly workers: readonly number[] },
): Promise<readonly Figure[]> {
  const resident = { bot: residentMb(bot.pid), workers: workers.map(({ pid }) => residentMb(pid)) };
  const used = async (one: Measured): Promise<number> => {
    await one.call('collectGarbage');
    const { heapUsed, external } = await one.call<NodeJS.MemoryUsage>('memory');
    return (heapUsed + external) / 1e6;
  };
  const [ofBot = Number.NaN, ...ofWorkers] = await Promise.all([bot, ...workers].map(used));
  const atFirst = fresh.workers.map(Math.round).join(' and ');
  return [
    figure('memory of the bot afterwards', 'MB', [resident.bot], { note: `${Math.round(fresh.bot)} MB at first` }),
    figure('memory of a worker afterwards', 'MB', resident.workers, { note: `${atFirst} MB at first` }),
    figure('the bot, in use after collection', 'MB', [ofBot]),
    figure('a worker, in use after collection', 'MB', ofWorkers),
  ];
}
