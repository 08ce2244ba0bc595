type Change = (text: string, key: string | undefined) => string;

/**
 * Plain data in which every string value went through `change`, which also gets the key of the value; keys, numbers and
 * structure stay. Unchanged parts are not copied: lists of ten thousand pods share them.
 */
export function mapStrings<T>(value: T, change: Change): T {
  const done = new Map<object, unknown>();
  const visit = (part: unknown, key: string | undefined): unknown => {
    if (typeof part === 'string') return change(part, key);
    if (Array.isArray(part)) return visitArray(part, key);
    if (part === null || typeof part !== 'object') return part;
    // Pods share what is the same in all of them.
    const before = done.get(part);
    if (before !== undefined) return before;
    const mapped = visitObject(part);
    done.set(part, mapped);
    return mapped;
  };
  const visitArray = (items: readonly unknown[], key: string | undefined): readonly unknown[] => {
    let copy: unknown[] | undefined;
    for (const [index, item] of items.entries()) {
      const mapped = visit(item, key);
      if (mapped === item) continue;
      copy ??= [...items];
      copy[index] = mapped;
    }
    return copy ?? items;
  };
  const visitObject = (object: object): object => {
    let changes: [string, unknown][] | undefined;
    for (const name of Object.keys(object)) {
      const item: unknown = object[name as keyof typeof object];
      const mapped = visit(item, name);
      if (mapped !== item) (changes ??= []).push([name, mapped]);
    }
    return changes === undefined ? object : Object.fromEntries([...Object.entries(object), ...changes]);
  };
  return visit(value, undefined) as T;
}
