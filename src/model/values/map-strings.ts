type Change = (text: string, key: string | undefined) => string;

/**
 * Plain data in which every string value went through `change`, which also gets the key of the value; keys, numbers and
 * structure stay. Unchanged parts are not copied: lists of ten thousand pods share them.
 */
export function mapStrings<T>(value: T, change: Change, key?: string): T {
  if (typeof value === 'string') return change(value, key) as T;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mapStrings(item, change, key));
    return items.some((item, index) => item !== value[index]) ? (items as T) : value;
  }
  if (value === null || typeof value !== 'object') return value;
  let changed = false;
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
    const mapped = mapStrings<unknown>(item, change, name);
    changed ||= mapped !== item;
    return [name, mapped];
  });
  return changed ? (Object.fromEntries(entries) as T) : value;
}
