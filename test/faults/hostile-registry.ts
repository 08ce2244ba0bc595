import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a registry does with a request for a manifest of one repository, or for its tags. */
export type Reply = (response: ServerResponse) => void;

/** A registry that answers as the test says. */
export interface HostileRegistry {
  readonly url: string;
  /** Repository -> what it does; others are unknown. */
  readonly replies: Map<string, Reply>;
  /** Repositories that were asked for and not answered yet. */
  readonly unanswered: Set<string>;
  stop(): Promise<void>;
}

export async function startHostileRegistry(): Promise<HostileRegistry> {
  const replies = new Map<string, Reply>();
  const unanswered = new Set<string>();
  const server = createServer((request, response) => {
    const repository = /^\/v2\/(.+)\/(?:manifests|tags|blobs|referrers)\//.exec(request.url ?? '')?.[1] ?? '';
    const reply = replies.get(repository);
    if (reply === undefined || request.method === 'HEAD') {
      response.writeHead(repository === '' ? 200 : 404).end();
      return;
    }
    unanswered.add(repository);
    response.on('close', () => unanswered.delete(repository));
    reply(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    replies,
    unanswered,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** JSON of 4 MiB: as many of these items between the two ends as fit. */
export function bodyOf(from: string, item: string, to: string): string {
  const count = Math.floor((4_194_304 - from.length - to.length) / (item.length + 1));
  return `${from}${Array.from({ length: count }, () => item).join(',')}${to}`;
}

/** An answer with this body. */
export function answering(status: number, body: string): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
}
