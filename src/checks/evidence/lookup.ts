/** The value under a name of the cluster's choosing; a container may be called `constructor`. */
export function valueAt<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
