/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value should not exceed this; figures without a target are context. */
  readonly aim?: number;
  /** Number of measurements; the value is their median unless the name says otherwise. */
  readonly runs?: number;
  /** Minimum and maximum of the runs. */
  readonly range?: readonly [number, number];
  readonly note?: string;
}

/** The figures of one part of the bench. */
export interface Part {
  readonly part: string;
  readonly figures: readonly Figure[];
}

/** The median of some numbers; NaN for none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Nearest-rank percentile; NaN for none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** The median of several runs, with their spread. */
export function figure(
  name: string,
  unit: string,
  values: readonly number[],
  more: Pick<Figure, 'aim' | 'note'> = {},
): Figure {
  const value = rounded(median(values));
  if (values.length < 2) return { name, value, unit, ...more };
  return {
    name,
    value,
    unit,
    ...more,
    runs: values.length,
    range: [rounded(Math.min(...values)), rounded(Math.max(...values))],
  };
}

function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** Whether the target is met; undefined without one. */
export function isMet({ value, aim }: Figure): boolean | undefined {
  return aim === undefined ? undefined : value <= aim;
}

/** The figures as a table for people. */
export function table(parts: readonly Part[]): string {
  const rows = parts.flatMap(({ part, figures }) => [
    [part, '', '', '', ''],
    ...figures.map((one) => [
      `  ${one.name}`,
      `${one.value} ${one.unit}`.trim(),
      one.aim === undefined ? '' : `<= ${one.aim}`,
      { true: 'met', false: 'MISSED', undefined: '' }[String(isMet(one)) as 'true' | 'false' | 'undefined'],
      [one.range === undefined ? '' : `${one.range[0]} to ${one.range[1]} in ${one.runs} runs`, one.note ?? '']
        .filter((text) => text !== '')
        .join('; '),
    ]),
  ]);
  const heads = ['figure', 'value', 'aim', '', 'spread, note'];
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [heads, ...rows]
    .map((row) =>
      row
        .map((cell, column) => (column === 4 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
