import type { LoggedRequest } from './world.ts';

/** The most expensive sequence of requests of which each began after the one before had ended. */
export interface Chain {
  readonly cluster: number;
  readonly registry: number;
  /** What the injected delays alone make of it. */
  readonly delayMs: number;
  readonly requests: readonly LoggedRequest[];
}

/**
 * Found from the servers' times alone. A request that waits for nothing but happens to start late counts as well, so the
 * truly dependent requests are at most these.
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

/** The chain in words, for finding out what to shorten. */
export function describe({ requests }: Chain): string {
  const [first] = requests;
  return requests
    .map(({ component, method, path, status, startMs, endMs }) => {
      const place = path.replace(/\?.*/, '').replace(/sha256:[0-9a-f]{60}/, 'sha256:…');
      return `${component} ${method} ${place} ${status} ${Math.round(startMs - (first?.startMs ?? 0))}-${Math.round(endMs - (first?.startMs ?? 0))}`;
    })
    .join('\n');
}
