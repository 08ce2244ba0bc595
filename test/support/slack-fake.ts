import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** One call of a Web API method, its JSON fields decoded. */
export interface Call {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly at: number;
}

type Answer = {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: object;
  readonly hang?: true;
  /** The response waits for it. */
  readonly after?: Promise<unknown>;
};

/**
 * The part of Slack that the adapter's tests need: Web API (form encoding, Bearer tokens), Socket Mode, response URLs.
 * Every method answers `ok` with plausible fields unless `on` says otherwise.
 */
export interface FakeSlack {
  readonly apiUrl: URL;
  readonly calls: Call[];
  callsOf(method: string): Call[];
  /** The next responses of a method come from here, as long as it returns one; each workspace has its token. */
  on(method: string, answer: (args: Call['args'], token: string) => Answer | undefined): void;
  /** Sends an envelope over the socket and returns the payload of its acknowledgement. */
  deliver(type: 'slash_commands' | 'interactive' | 'events_api', payload: object): Promise<unknown>;
  /** Sends an envelope without waiting. */
  push(type: string, payload: object): void;
  responseUrl(): string;
  /** What arrived at response URLs. */
  readonly responses: Record<string, unknown>[];
  /** Tells the client to reconnect, as Slack does when it recycles a connection. */
  askToReconnect(): void;
  /** The network breaks: no close frame. */
  breakConnection(): void;
  readonly connections: () => number;
  close(): Promise<void>;
}

export const team = 'T0TEAM';
export const botUserId = 'U0BOT';

export async function startFakeSlack(): Promise<FakeSlack> {
  const calls: Call[] = [];
  const responses: Record<string, unknown>[] = [];
  const overrides = new Map<string, Parameters<FakeSlack['on']>[1]>();
  const waiting = new Map<string, (payload: unknown) => void>();
  const sockets: WebSocket[] = [];
  let opened = 0;
  let counter = 0;

  const server = createServer((request, response) => void serve(request, response));
  const socketServer = new WebSocketServer({ server });
  socketServer.on('connection', (socket) => {
    opened += 1;
    sockets.push(socket);
    socket.on('close', () => sockets.splice(sockets.indexOf(socket), 1));
    socket.on('message', (data: Buffer) => {
      const { envelope_id: id, payload } = JSON.parse(data.toString()) as { envelope_id: string; payload: unknown };
      waiting.get(id)?.(payload);
      waiting.delete(id);
    });
    socket.send(JSON.stringify({ type: 'hello', connection_info: { app_id: 'A1' }, num_connections: 1 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (request.url?.startsWith('/respond') === true) {
      responses.push(JSON.parse(text) as Record<string, unknown>);
      response.end('ok');
      return;
    }
    const method = new URL(request.url ?? '/', base).pathname.replace('/api/', '');
    const args = decode(text);
    calls.push({ method, args, at: Date.now() });
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const answer = overrides.get(method)?.(args, token) ?? {};
    if (answer.hang === true) return;
    await answer.after;
    const body = { ok: true, ...defaultAnswer(method, args), ...answer.body };
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(body));
  }

  function defaultAnswer(method: string, args: Call['args']): object {
    if (method === 'auth.test') return { team_id: team, user_id: botUserId, bot_id: 'B0BOT' };
    if (method === 'apps.connections.open') return { url: `${base.replace('http', 'ws')}/link` };
    if (method === 'users.info') return { user: { id: args['user'], team_id: team } };
    if (method === 'conversations.open') return { channel: { id: `D${String(args['users']).slice(1)}` } };
    if (method === 'chat.postMessage')
      return { ts: `1700000000.${String(++counter).padStart(6, '0')}`, channel: args['channel'] };
    return method === 'chat.update' ? { ts: args['ts'], channel: args['channel'] } : {};
  }

  function push(type: string, payload: object, id = `E${++counter}`): void {
    sockets.at(-1)?.send(JSON.stringify({ type, envelope_id: id, payload, accepts_response_payload: true }));
  }

  return {
    apiUrl: new URL(`${base}/api/`),
    calls,
    responses,
    callsOf: (method) => calls.filter((call) => call.method === method),
    on: (method, answer) => void overrides.set(method, answer),
    push,
    deliver: (type, payload) => {
      const id = `E${++counter}`;
      const { promise, resolve } = Promise.withResolvers<unknown>();
      waiting.set(id, resolve);
      push(type, payload, id);
      return promise;
    },
    responseUrl: () => `${base}/respond/${++counter}`,
    askToReconnect: () => sockets.at(-1)?.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' })),
    breakConnection: () => sockets.at(-1)?.terminate(),
    connections: () => opened,
    close: async () => {
      for (const socket of sockets) socket.terminate();
      socketServer.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function decode(form: string): Record<string, unknown> {
  return Object.fromEntries(
    [...new URLSearchParams(form)].map(([key, value]) => {
      try {
        return [key, /^[[{]/.test(value) ? JSON.parse(value) : value];
      } catch {
        return [key, value];
      }
    }),
  );
}

/** Headers of a request that Slack signed. */
export function signed(secret: string, body: string, at = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
  };
}
