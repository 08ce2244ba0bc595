import type { Log } from '../log.ts';
import { apartWords } from '../model/values/both-clocks.ts';
import type { Store } from '../store/store.ts';
import { every, type Repeated } from '../timing/every.ts';

/** How often the clocks are compared; in between the shared one is counted. */
const readEveryMs = 10_000;
/** A smaller difference matters to nobody. */
const noticedMs = 1000;

/** Compares the clocks from now on, and logs how far apart they are: at the start, and whenever that changes. */
export async function watchClock(clock: Store['clock'], log: Log): Promise<Repeated> {
  let saidMs: number | undefined;
  const compare = async (): Promise<void> => {
    await clock.read();
    const aheadMs = Math.round(clock.aheadMs());
    if (saidMs !== undefined && Math.abs(aheadMs - saidMs) < noticedMs) return;
    const isApart = Math.abs(aheadMs) >= noticedMs;
    if (isApart) log.warn({ aheadMs, own: new Date() }, `this process’s clock is ${apartWords(aheadMs)} Redis’s`);
    else log.info({ aheadMs }, 'this process’s clock agrees with Redis’s');
    saidMs = aheadMs;
  };
  // A Redis that stops answering is logged elsewhere.
  await compare().catch(() => {});
  return every(readEveryMs, compare);
}
