/**
 * The same data, and how many of its properties and elements have been read so far: work that can be compared for a
 * world and one twice as large, whatever else the machine does.
 */
export function countedReads<T extends object>(data: T): { readonly data: T; readonly reads: () => number } {
  let reads = 0;
  const views = new WeakMap<object, object>();
  const viewOf = (target: object): object => {
    const known = views.get(target);
    if (known !== undefined) return known;
    const view = new Proxy(target, {
      get: (of, key, receiver) => {
        reads += 1;
        const value: unknown = Reflect.get(of, key, receiver);
        return typeof value === 'object' && value !== null ? viewOf(value) : value;
      },
    });
    views.set(target, view);
    return view;
  };
  return { data: viewOf(data) as T, reads: () => reads };
}
