import { choosing, mutatedJson, mutatedText } from './mutate.ts';
import type { Target } from './target.ts';

export interface Fuzzing {
  readonly count: number;
  readonly seed: number;
  /** Processor time for any input; one that takes longer is a fault. */
  readonly limitMs: number;
}

/** An input that a target did not take as it documents. */
export interface Fault {
  readonly input: string;
  readonly why: string;
}

export interface Fuzzed {
  readonly name: string;
  readonly count: number;
  readonly tookMs: number;
  readonly slowestMs: number;
  readonly slowest: string;
  /** The most memory that was seen in use, in MiB. */
  readonly largestMb: number;
  readonly faults: readonly Fault[];
}

/** One fault of a kind is enough to look at. */
const mostFaults = 5;
/** What is longer may take longer, but not out of proportion. */
const perCharacterMs = 0.015;
/** How often the memory in use is looked at. */
const lookEvery = 32;

/** Gives a target inputs that are made from its corpus: the same ones for the same seed. */
export async function fuzz(target: Target, { count, seed, limitMs }: Fuzzing): Promise<Fuzzed> {
  const choose = choosing(seed + hash(target.name));
  const faults: Fault[] = [];
  let slowest = { input: '', ms: 0 };
  let largest = 0;
  let done = 0;
  const startedMs = performance.now();
  for (; done < count && faults.length < mostFaults; done += 1) {
    // The corpus itself comes first.
    const input = target.corpus[done] ?? (target.isJson ? mutatedJson : mutatedText)(target.corpus, choose);
    const { ms, why } = await tried(target, input);
    const limit = limitMs + input.length * perCharacterMs;
    const least = ms > limit ? await leastOf(target, input, ms) : ms;
    if (least > slowest.ms) slowest = { input, ms: least };
    if (done % lookEvery === 0 || ms > 20) largest = Math.max(largest, process.memoryUsage().heapUsed);
    if (why !== undefined) faults.push({ input, why });
    else if (least > limit) faults.push({ input, why: `it took ${Math.round(least)} ms` });
  }
  return {
    name: target.name,
    count: done,
    tookMs: performance.now() - startedMs,
    slowestMs: slowest.ms,
    slowest: slowest.input,
    largestMb: largest / 1024 / 1024,
    faults,
  };
}

/** Reads one input; the reason when it throws something that is not documented. */
export async function tried(target: Target, input: string): Promise<{ readonly ms: number; readonly why?: string }> {
  const started = process.threadCpuUsage();
  const spentMs = (): number => process.threadCpuUsage(started).user / 1000;
  try {
    const read = target.read(input);
    if (read instanceof Promise) await read;
    return { ms: spentMs() };
  } catch (error) {
    const ms = spentMs();
    return target.mayThrow(error)
      ? { ms }
      : { ms, why: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Memory may have been cleaned up just then: what is slow is slow again. */
async function leastOf(target: Target, input: string, first: number): Promise<number> {
  const again = [await tried(target, input), await tried(target, input)];
  return Math.min(first, ...again.map(({ ms }) => ms));
}

function hash(text: string): number {
  return Array.from(text).reduce((sum, character) => Math.imul(sum, 31) + (character.codePointAt(0) ?? 0), 7);
}
