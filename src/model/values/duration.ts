const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/**
 * A duration as people type it (`30d`, `12h`, `90m`, `1d12h`) in milliseconds; undefined when it isn't one, or is
 * longer than a century.
 */
export function millisecondsOf(text: string): number | undefined {
  if (!/^(\d{1,9}[smhdw])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(?<!\d)(\d+)([smhdw])/g)];
  const total = parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitsMs[unit as keyof typeof unitsMs], 0);
  return total > 0 && total <= 36_525 * unitsMs.d ? total : undefined;
}
