import { type Sandbox, startSandbox } from '../../src/sandbox/start.ts';
import type { Story } from '../../src/sandbox/stories/story.ts';

/** A sandbox with these stories (not set up yet), on free ports; the caller stops it. */
export function openSandbox(stories: readonly Story[]): Promise<Sandbox> {
  const redisServer = process.env['IMAGECHECK_REDIS_SERVER'] ?? 'redis-server';
  return startSandbox({ stories, port: 0, redisServer, say: () => {} });
}

/** One call of the JSON API; throws the API's message when it refuses. */
export async function callApi<T>(
  sandbox: Pick<Sandbox, 'addresses'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await fetch(`${sandbox.addresses.api}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
