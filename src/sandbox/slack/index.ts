import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import { createFaults, type Faults } from '../serving/faults.ts';
import { close, listen } from '../serving/listen.ts';
import type { Stage } from './acting.ts';
import { respond } from './answering.ts';
import { createDelivery } from './delivery.ts';
import { createLimiter, type Limiter, unlimited } from './limiter.ts';
import { createTriggers } from './triggers.ts';
import { callMethod, RateLimited, SlackRefusal } from './web-api.ts';
import { createWorkspace } from './workspace.ts';

/** A simulated Slack: Web API, Socket Mode and response URLs, and simulated people. */
export interface SimulatedSlack extends Stage {
  /** For `clientOptions.slackApiUrl`, with a trailing slash. */
  readonly apiUrl: string;
  readonly faults: Faults;
  stop(): Promise<void>;
}

/** Starts it on loopback. `limits: false` switches rate limits off, for figures that measure the product. */
export async function startSlack(options: {
  readonly now: () => Date;
  readonly limits?: boolean;
  readonly port?: number;
}): Promise<SimulatedSlack> {
  const nowMs = () => options.now().getTime();
  const workspace = createWorkspace(options.now);
  const delivery = createDelivery(workspace, nowMs);
  const triggers = createTriggers(workspace, nowMs);
  const limiter = options.limits === false ? unlimited : createLimiter(nowMs);
  const faults = createFaults();
  let base = '';
  const stage: Stage = { workspace, delivery, triggers, responseUrl: () => `${base}/response` };
  const server = createServer((request, response) => {
    handle(request, response, stage, limiter, faults, base).catch(() => response.destroy());
  });
  const sockets = new WebSocketServer({ server, path: '/link/' });
  sockets.on('connection', (socket) => delivery.attach(socket));
  base = await listen(server, options.port ?? 0);
  return {
    ...stage,
    apiUrl: `${base}/api/`,
    faults,
    stop: async () => {
      delivery.close();
      sockets.close();
      await close(server);
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  stage: Stage,
  limiter: Limiter,
  faults: Faults,
  base: string,
): Promise<void> {
  if (await faults.intercept(request, response)) return;
  const url = new URL(request.url ?? '/', base);
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  const responseId = /^\/response\/(\w+)$/.exec(url.pathname)?.[1];
  if (responseId !== undefined) return answerResponseUrl(response, stage, responseId, body);
  const method = /^\/api\/([\w.]+)$/.exec(url.pathname)?.[1];
  if (method === undefined) {
    response.writeHead(404).end();
    return;
  }
  try {
    const args = argumentsOf(request, body, url);
    const answer =
      method === 'apps.connections.open'
        ? connection(request, stage, base)
        : authorized(request, args, stage) && call(method, args, stage, limiter);
    reply(response, 200, { ok: true, ...answer });
  } catch (error) {
    if (error instanceof RateLimited) {
      response.setHeader('retry-after', String(error.retryAfterSeconds));
      reply(response, 429, { ok: false, error: 'ratelimited' });
    } else if (error instanceof SlackRefusal) reply(response, 200, { ok: false, error: error.message, ...error.extra });
    else throw error;
  }
}

function call(
  method: string,
  args: Readonly<Record<string, unknown>>,
  stage: Stage,
  limiter: Limiter,
): Record<string, unknown> {
  return callMethod(
    method,
    { workspace: stage.workspace, args, takeTrigger: (id) => stage.triggers.take(id) },
    limiter,
  );
}

function connection(request: IncomingMessage, { workspace }: Stage, base: string): Record<string, unknown> {
  if (request.headers.authorization !== `Bearer ${workspace.app.appToken}`) throw new SlackRefusal('invalid_auth');
  return { url: `${base.replace('http', 'ws')}/link/?ticket=${workspace.nextId('K')}` };
}

function authorized(request: IncomingMessage, args: Readonly<Record<string, unknown>>, { workspace }: Stage): true {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? args['token'];
  if (token === undefined) throw new SlackRefusal('not_authed');
  if (token !== workspace.app.botToken) throw new SlackRefusal('invalid_auth');
  return true;
}

const structured = new Set(['blocks', 'view', 'metadata', 'attachments']);

/** A form whose nested values are JSON texts, or JSON; Slack calls anything else bad encoding. */
function argumentsOf(request: IncomingMessage, body: string, url: URL): Readonly<Record<string, unknown>> {
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) return parse(body, 'invalid_json') as Readonly<Record<string, unknown>>;
  if (body !== '' && !type.startsWith('application/x-www-form-urlencoded')) throw new SlackRefusal('invalid_post_type');
  const entries = [...url.searchParams, ...new URLSearchParams(body)];
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      structured.has(name)
        ? parse(value, `invalid_${name === 'view' ? 'arguments' : name === 'blocks' ? 'blocks_format' : 'arg_name'}`)
        : value,
    ]),
  );
}

function parse(text: string, code: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SlackRefusal(code);
  }
}

function answerResponseUrl(response: ServerResponse, { workspace, triggers }: Stage, id: string, body: string): void {
  const place = triggers.takeResponse(id);
  if (place === undefined) {
    response.writeHead(404).end('expired_url');
    return;
  }
  respond(workspace, place, parse(body, 'invalid_payload') as Readonly<Record<string, unknown>>);
  response.writeHead(200).end('ok');
}

function reply(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(content));
}
