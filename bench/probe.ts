// Loaded before the product (`node --import`): lets the bench look into the process without changing its behaviour.
import { registerHooks } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answerCalls, nowMs } from './calls.ts';

const resolutionMs = 5;
const loop = monitorEventLoopDelay({ resolution: resolutionMs });
loop.enable();

const modules: string[] = [];
registerHooks({
  load: (url, context, next) => {
    modules.push(url);
    return next(url, context);
  },
});

/** Measurements of one reading of every pod. */
export interface PodsRead {
  readonly pods: number;
  readonly tookMs: number;
}

answerCalls(
  {
    /** The longest event-loop block since the last call, in milliseconds. */
    longestBlockMs: () => {
      const longest = Math.max(0, loop.max / 1e6 - resolutionMs);
      loop.reset();
      return longest;
    },
    modules: () => modules,
    memory: () => process.memoryUsage(),
    /** Processor time since the start, in milliseconds. */
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    collectGarbage: () => globalThis.gc?.(),
    /** Reads every pod of the cluster as often as requested, using the product's own reader. */
    readPods: async ({
      kubeconfig,
      seconds,
    }: {
      readonly kubeconfig: string;
      readonly seconds: number;
    }): Promise<readonly PodsRead[]> => {
      const { createClusterReader } = await import('../src/kubernetes/cluster-reader.ts');
      const reader = await createClusterReader({ id: 'bench', kubeconfig });
      const until = nowMs() + seconds * 1000;
      const read: PodsRead[] = [];
      do {
        const startedMs = nowMs();
        const pods = await reader.everyPod({}, { signal: AbortSignal.timeout(120_000) });
        if (!pods.known) throw new Error(pods.why);
        read.push({ pods: pods.value.length, tookMs: nowMs() - startedMs });
      } while (nowMs() < until);
      await reader.close();
      return read;
    },
  },
  'guest',
);
