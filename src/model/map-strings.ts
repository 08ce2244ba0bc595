/** A copy of plain data in which every string value went through `change`; keys, numbers and structure stay. */
export function mapStrings<T>(value: T, change: (text: string, key: string | undefined) => string, key?: string): T {
  if (typeof value === 'string') return change(value, key) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapStrings(item, change, key)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, mapStrings<unknown>(item, change, name)]),
  ) as T;
}
