import type { Log } from '../log.ts';

/** An outage is over when nothing has failed for so long. Whatever uses Redis tries again every second or more often. */
const overAfterMs = 3000;

/** What a process knows about its Redis from whatever failed. */
export interface OutageWatch {
  /** Told by every connection and queue that Redis did not serve it. */
  readonly failed: (error: Error) => void;
  readonly isDown: () => boolean;
  stop(): void;
}

/** Logs the beginning of an outage and its end with the number of failures, however many callbacks report it. */
export function watchOutages(redis: string, isConnected: () => boolean, log: Pick<Log, 'warn' | 'info'>): OutageWatch {
  let outages = 0;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  const overUnlessFailing = (): void => {
    timer = undefined;
    if (!isConnected()) return wait();
    log.info({ redis, outage: outages, failures }, 'redis available again');
    failures = 0;
  };
  const wait = (): void => {
    clearTimeout(timer);
    timer = setTimeout(overUnlessFailing, overAfterMs).unref();
  };
  return {
    failed: (error) => {
      if (failures === 0) {
        outages += 1;
        log.warn({ redis, outage: outages, reason: error.message }, 'redis unavailable');
      }
      failures += 1;
      wait();
    },
    isDown: () => failures > 0,
    stop: () => clearTimeout(timer),
  };
}
