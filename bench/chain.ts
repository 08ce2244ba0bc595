import type { LoggedRequest } from './world.ts';

/** The most expensive sequence of requests in which each began after the previous one had ended. */
export interface Chain {
  readonly cluster: number;
  readonly registry: number;
  /** The share of the time that comes from the injected delays. */
  readonly delayMs: number;
  readonly requests: readonly LoggedRequest[];
}

/**
 * Computed from the servers' times alone. An independent request that happens to start late is counted as well, so this
 * is an upper bound for the dependent requests.
 */
export function longestChain(
  requests: readonly LoggedRequest[],
  delays: Readonly<Record<LoggedRequest['component'], number>>,
): Chain {
  const ordered = requests.toSorted((left, right) => left.endMs - right.endMs);
  const best: Chain[] = [];
  let longest: Chain = { cluster: 0, registry: 0, delayMs: 0, requests: [] };
  for (const request of ordered) {
    let before: Chain = { cluster: 0, registry: 0, delayMs: 0, requests: [] };
    for (const candidate of best) {
      const last = candidate.requests.at(-1);
      if (last !== undefined && last.endMs <= request.startMs && candidate.delayMs > before.delayMs) before = candidate;
    }
    const chain = {
      cluster: before.cluster + (request.component === 'cluster' ? 1 : 0),
      registry: before.registry + (request.component === 'registry' ? 1 : 0),
      delayMs: before.delayMs + delays[request.component],
      requests: [...before.requests, request],
    };
    best.push(chain);
    if (chain.delayMs > longest.delayMs) longest = chain;
  }
  return longest;
}

/** The chain in words, to find out what to shorten. */
export function describe({ requests }: Chain): string {
  const [first] = requests;
  return requests
    .map(({ component, method, path, status, startMs, endMs }) => {
      const place = path.replace(/\?.*/, '').replace(/sha256:[0-9a-f]{60}/, 'sha256:…');
      return `${component} ${method} ${place} ${status} ${Math.round(startMs - (first?.startMs ?? 0))}-${Math.round(endMs - (first?.startMs ?? 0))}`;
    })
    .join('\n');
}
