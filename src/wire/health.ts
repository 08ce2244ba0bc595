import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { UserError } from '../errors.ts';
import { within } from '../timing/within.ts';

/** Whether a part of the process works now. A check that fails or takes longer than a second says no. */
export type HealthCheck = () => boolean | Promise<boolean>;

/** Answers the probes of Kubernetes, without saying anything that is secret. */
export interface Health {
  /** Adds a part to what is told; several of one name are told as one. */
  watch(name: string, check: HealthCheck): void;
  /** From now on the process may be ready. */
  started(): void;
  stop(): Promise<void>;
}

const checkWithinMs = 1000;

/**
 * Listens on `port`, if there is one. `/healthz` answers 200 as long as the process answers at all, because a restart
 * brings back neither Redis nor Slack; `/readyz` answers 503 until every part works. Both list the parts:
 * `{"redis":true,"slack":false}`. Throws a UserError if the port is taken.
 */
export async function startHealth(port: number | undefined): Promise<Health & { readonly port?: number }> {
  const checks: (readonly [name: string, check: HealthCheck])[] = [];
  let isStarted = false;
  const parts = async (): Promise<Readonly<Record<string, boolean>>> => {
    const results = await Promise.all(checks.map(async ([name, check]) => [name, await passes(check)] as const));
    const names = [...new Set(results.map(([name]) => name))];
    const told = names.map((name) => [name, results.every(([one, works]) => one !== name || works)] as const);
    return { started: isStarted, ...Object.fromEntries(told) };
  };
  const server = port === undefined ? undefined : healthServer(parts);
  if (server !== undefined && port !== undefined) await listen(server, port);
  const address = server?.address();
  return {
    ...(typeof address === 'object' && address !== null ? { port: address.port } : {}),
    watch: (name, check) => void checks.push([name, check]),
    started: () => {
      isStarted = true;
    },
    stop: async () => {
      server?.close();
      server?.closeAllConnections();
    },
  };
}

function healthServer(parts: () => Promise<Readonly<Record<string, boolean>>>): Server {
  const limits = { headersTimeout: 2000, requestTimeout: 2000, connectionsCheckingInterval: 1000, maxHeaderSize: 4096 };
  const server = createServer(limits, (request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET' || (path !== '/healthz' && path !== '/readyz')) {
      response.writeHead(404, { connection: 'close' }).end();
      return;
    }
    void parts().then((told) => {
      const status = path === '/healthz' || Object.values(told).every(Boolean) ? 200 : 503;
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(`${JSON.stringify(told)}\n`);
    });
  });
  server.maxConnections = 20;
  return server;
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new UserError(`cannot listen on port ${port} for health checks.`, {
      remedy: 'Set another health.port.',
      cause: error,
    });
  }
}

async function passes(check: HealthCheck): Promise<boolean> {
  try {
    return await within(checkWithinMs, Promise.resolve(check()), () => false);
  } catch {
    return false;
  }
}
