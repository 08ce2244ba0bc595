/** Keeps hosts that do not answer from taking everybody’s time. */
export interface SilentHosts {
  /**
   * Does the work, unless the host has been silent: then one piece of work at a time finds out whether it still is, and
   * all others get `undefined` at once.
   */
  ask<T>(
    host: string,
    work: () => Promise<T>,
    howItEnded: (outcome: T) => 'answered' | 'silent' | 'neither',
  ): Promise<T | undefined>;
}

/** As many requests in a row without an answer are no coincidence. */
export const silentAfter = 4;
/** Then the host counts as silent for this long after each of them. */
const silentMs = 30_000;
/** Hosts come from images, which anybody may name. */
const mostHosts = 1000;

interface Silence {
  requests: number;
  untilMs: number;
  isTried: boolean;
}

/** Every host is thought to answer. */
export function createSilentHosts(): SilentHosts {
  const silences = new Map<string, Silence>();
  const note = (host: string, how: 'answered' | 'silent' | 'neither'): void => {
    if (how === 'answered') silences.delete(host);
    if (how !== 'silent') return;
    const silence = silences.get(host) ?? { requests: 0, untilMs: 0, isTried: false };
    silence.requests = performance.now() > silence.untilMs ? 1 : silence.requests + 1;
    silence.untilMs = performance.now() + silentMs;
    if (silences.size >= mostHosts) silences.clear();
    silences.set(host, silence);
  };
  return {
    ask: async (host, work, howItEnded) => {
      const known = silences.get(host);
      const silence =
        known !== undefined && known.requests >= silentAfter && performance.now() <= known.untilMs ? known : undefined;
      if (silence?.isTried === true) return undefined;
      if (silence !== undefined) silence.isTried = true;
      try {
        const outcome = await work();
        note(host, howItEnded(outcome));
        return outcome;
      } finally {
        if (silence !== undefined) silence.isTried = false;
      }
    },
  };
}
