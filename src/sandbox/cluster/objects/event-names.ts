/**
 * Names of Events as client-go makes them, from the object and the nanosecond, so that a list of them is in the order of
 * time. A clock that stands still is helped on.
 */
export function createEventNames(now: () => Date): (about: string) => string {
  let last = 0n;
  return (about) => {
    const at = BigInt(now().getTime()) * 1_000_000n;
    last = at > last ? at : last + 1n;
    return `${about}.${last.toString(16)}`;
  };
}
