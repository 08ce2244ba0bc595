import { createServer } from 'node:http';
import { createFaults, type Faults } from '../serving/faults.ts';
import { close, listen } from '../serving/listen.ts';

/**
 * The address under which nodes know their mirror: AKS puts its artifact streaming mirror there
 * (docs/facts/registries.md#artifact-streaming).
 */
export const mirrorAddress = 'localhost:8578';

/** A mirror on the nodes whose backend is down: answers 503 to everything. */
export interface BrokenMirror {
  readonly url: string;
  readonly faults: Faults;
  stop(): Promise<void>;
}

export async function startBrokenMirror(): Promise<BrokenMirror> {
  const faults = createFaults();
  const server = createServer((request, response) => {
    void faults.intercept(request, response).then((isAnswered) => {
      if (isAnswered) return;
      response.writeHead(503, { 'content-type': 'text/plain' });
      response.end(request.method === 'HEAD' ? undefined : '503 Service Unavailable\n');
    });
  });
  const url = await listen(server, 0);
  return { url, faults, stop: () => close(server) };
}
