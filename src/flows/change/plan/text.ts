import { formatWorkload, type WorkloadRef } from '../../../model/workload/workload.ts';

/** What several targets say of themselves, each with the name it is called by. */
export interface Said {
  readonly workload: WorkloadRef;
  readonly lines: readonly string[];
}

/**
 * Sentences of several workloads as one list: the same sentence once, sentences that differ only in how many pods they
 * are about added up (`4 pods restart, one at a time`), and all others with their workload before them.
 */
export function mergedLines(said: readonly Said[]): readonly string[] {
  const byShape = new Map<string, { readonly workload: WorkloadRef; readonly line: string }[]>();
  for (const { workload, lines } of said) {
    for (const line of new Set(lines)) {
      const shape = shapeOf(line);
      byShape.set(shape, [...(byShape.get(shape) ?? []), { workload, line }]);
    }
  }
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

/** Alike are `1 pod restarts, …` and `3 pods restart, …`. */
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

/** Sentences that need no addition, each once, in their order. */
export function distinctLines(lines: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lines.flat())];
}
