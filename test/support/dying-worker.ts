import type { ChangeWorkDeps } from '../../src/flows/change/work/work.ts';

/** A worker whose process dies at its nth call of any port: from then on, nothing it does has an effect. */
export function dying(
  deps: ChangeWorkDeps,
  nth: number,
  when: 'before' | 'after',
): { deps: ChangeWorkDeps; calls: () => number } {
  let calls = 0;
  const wrap = <T extends object>(part: T): T =>
    Object.fromEntries(
      Object.entries(part).map(([name, method]) => [
        name,
        typeof method === 'function'
          ? async (...args: unknown[]) => {
              calls += 1;
              if (calls > nth || (calls === nth && when === 'before')) throw new Error('killed');
              const result: unknown = await Reflect.apply(method, part, args);
              if (calls === nth) throw new Error('killed');
              return result;
            }
          : method,
      ]),
    ) as T;
  const { plan } = wrap({ plan: deps.plan });
  return {
    calls: () => calls,
    deps: {
      ...deps,
      approvals: wrap(deps.approvals),
      outbox: wrap(deps.outbox),
      queue: wrap(deps.queue),
      cluster: wrap(deps.cluster),
      changes: wrap(deps.changes),
      plan,
    },
  };
}
