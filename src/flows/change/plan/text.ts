import { formatWorkload, type WorkloadRef } from '../../../model/workload/workload.ts';

/** The sentences of several targets, each with the target's name. */
export interface Said {
  readonly workload: WorkloadRef;
  readonly lines: readonly string[];
}

/**
 * Merges sentences of several workloads into one list: equal sentences once, sentences that differ only in the number
 * of pods added up (`4 pods restart, one at a time`), and all others prefixed with their workload.
 */
export function mergedLines(said: readonly Said[]): readonly string[] {
  const byShape = Map.groupBy(
    said.flatMap(({ workload, lines }) => [...new Set(lines)].map((line) => ({ workload, line }))),
    ({ line }) => shapeOf(line),
  );
  return [...byShape.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    if (alike.length === 1) return [said.length === 1 ? first.line : named(first.workload, first.line)];
    return [sumOf(alike.map(({ line }) => line)) ?? first.line];
  });
}

function named(workload: WorkloadRef, line: string): string {
  return line.startsWith(`${workload.name}:`) || line.startsWith(formatWorkload(workload))
    ? line
    : `${formatWorkload(workload)}: ${line}`;
}

const counted = /^(\d+) pods?( [a-z]+?)s?\b(.*)$/s;

/** `1 pod restarts, …` and `3 pods restart, …` count as alike. */
function shapeOf(line: string): string {
  const found = counted.exec(line);
  return found === null ? line : `#pods${found[2]}${found[3]}`;
}

function sumOf(lines: readonly string[]): string | undefined {
  const found = lines.map((line) => counted.exec(line));
  const [first] = found;
  if (first === undefined || first === null) return undefined;
  const sum = found.reduce((total, match) => total + Number(match?.[1] ?? 0), 0);
  return sum === 1 ? lines[0] : `${sum} pods${first[2]}${first[3]}`;
}

/** Sentences without numbers to add up, each once, in order. */
export function distinctLines(lines: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lines.flat())];
}
