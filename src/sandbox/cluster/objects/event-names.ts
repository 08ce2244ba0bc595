/**
 * Names of Events as client-go generates them, from the object and the nanosecond, so that a list is in order of time.
 * Advances a clock that stands still.
 */
export function createEventNames(now: () => Date): (about: string) => string {
  let last = 0n;
  return (about) => {
    const at = BigInt(now().getTime()) * 1_000_000n;
    last = at > last ? at : last + 1n;
    return `${about}.${last.toString(16)}`;
  };
}
