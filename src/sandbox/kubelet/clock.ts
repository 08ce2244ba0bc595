/** The time in statuses and events, and the speed of waiting. */
export interface Clock {
  readonly now: () => Date;
  /** How many seconds of the kubelet's waiting pass per real second. */
  readonly speed: () => number;
  readonly setSpeed: (speed: number) => void;
  /** Runs a callback after this much waiting; returns a function that cancels it. */
  readonly after: (milliseconds: number, work: () => void) => () => void;
  /** Waiting time since the start; back-offs are measured in it. */
  readonly elapsed: () => number;
}

/** A clock whose waiting runs `speed` times as fast as real time; changing the speed keeps the time that has passed. */
export function createClock(now: () => Date, initialSpeed: number): Clock {
  let speed = initialSpeed;
  let mark = performance.now();
  let passed = 0;
  const elapsed = () => passed + (performance.now() - mark) * speed;
  return {
    now,
    speed: () => speed,
    setSpeed: (next) => {
      passed = elapsed();
      mark = performance.now();
      speed = next;
    },
    after: (milliseconds, work) => {
      const timer = setTimeout(work, milliseconds / speed);
      return () => clearTimeout(timer);
    },
    elapsed,
  };
}

const base = 10_000;
const longest = 300_000;

/** Back-off that doubles from 10 s to 300 s per key, as the kubelet does for pulls and crashing containers. */
export interface BackOff {
  readonly waitsFor: (key: string) => number;
  readonly next: (key: string) => number;
  /** The current back-off of the key. */
  readonly delayOf: (key: string) => number;
  readonly reset: (key: string) => void;
}

export function createBackOff(clock: Pick<Clock, 'elapsed'>): BackOff {
  const entries = new Map<string, { readonly delay: number; readonly since: number }>();
  return {
    waitsFor: (key) => {
      const entry = entries.get(key);
      return entry === undefined ? 0 : Math.max(0, entry.since + entry.delay - clock.elapsed());
    },
    next: (key) => {
      const known = entries.get(key);
      const isOld = known !== undefined && clock.elapsed() - known.since > 2 * longest;
      const delay = known === undefined || isOld ? base : Math.min(longest, known.delay * 2);
      entries.set(key, { delay, since: clock.elapsed() });
      return delay;
    },
    delayOf: (key) => entries.get(key)?.delay ?? 0,
    reset: (key) => void entries.delete(key),
  };
}
