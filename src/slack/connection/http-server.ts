import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { isValidSlackRequest } from '@slack/bolt';
import type { Secret } from '../../model/values/secret.ts';
import { type Bodies, createBodies } from './http-bodies.ts';
import { inPieces } from './in-pieces.ts';
import type { SlackLog } from './logger.ts';

/** What strangers may cost. Slack sends a few kB, all at once, on connections that it or a proxy keeps open. */
export interface HttpLimits {
  /** Of one request. */
  readonly bodyBytes: number;
  /** Of all requests whose signature isn’t verified yet. */
  readonly allBodiesBytes: number;
  /** Until the headers of a request are there, and until all of it is: Slack itself waits only three seconds. */
  readonly headersMs: number;
  readonly requestMs: number;
  readonly connections: number;
}

export const httpLimits: HttpLimits = {
  bodyBytes: 1024 * 1024,
  allBodiesBytes: 8 * 1024 * 1024,
  headersMs: 5000,
  requestMs: 5000,
  connections: 256,
};

interface HttpServerOptions {
  readonly signingSecret: Secret;
  /** Bolt’s listener; it gets requests that Slack signed, with their body in `rawBody`. */
  readonly listener: RequestListener;
  readonly log: SlackLog;
  readonly limits?: HttpLimits;
}

/** Where Slack posts everything. */
const path = '/slack/events';
/** Bolt answers Slack’s check of our certificate, a tiny form without a signature. */
const certificateCheckBytes = 512;
const maxAgeSeconds = 300;

/**
 * A server that only Slack can make work: whatever is known to be wrong is refused before the body is read, and what is
 * read before the signature can be verified is bounded in time and memory. A stranger cannot keep Slack out either:
 * when something has to go, it is the largest unfinished body, or the oldest connection on which Slack sent nothing.
 */
export function createHttpServer({ signingSecret, listener, log, limits = httpLimits }: HttpServerOptions) {
  const bodies = createBodies(limits);
  const refused = createTally(log);
  const connections = createConnections(limits.connections);
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: 500,
      maxHeaderSize: 8192,
    },
    (request, response) => {
      const refuse = (status: number): void => {
        refused(status);
        response.writeHead(status, { connection: 'close' }).end();
      };
      // Neither Slack nor a proxy sends a second request before the answer to the first.
      if (!connections.begin(request.socket, response)) return void request.socket.destroy();
      const status = refusalOf(request, limits);
      if (status !== undefined) return refuse(status);
      void receive(request, { bodies, signingSecret }).then((received) => {
        if (typeof received === 'number') return refuse(received);
        if (!isCertificateCheck(request.headers)) connections.trust(request.socket);
        listener(received, response);
      });
    },
  );
  const [parse] = server.listeners('connection');
  server.removeAllListeners('connection').on('connection', (socket) => {
    const connection = inPieces(socket);
    connections.add(connection);
    parse?.call(server, connection);
  });
  return server;
}

/** The status with which a request is refused for its first line and headers alone. */
function refusalOf({ method, url = '', headers }: IncomingMessage, { bodyBytes }: HttpLimits): number | undefined {
  if (method !== 'POST' || url.split('?')[0] !== path) return 404;
  if (Number(headers['content-length'] ?? 0) > bodyBytes) return 413;
  if (isCertificateCheck(headers)) return undefined;
  if (!/^v0=[\da-f]{64}$/.test(String(headers['x-slack-signature']))) return 401;
  const sentAt = String(headers['x-slack-request-timestamp']);
  return /^\d{1,12}$/.test(sentAt) && Number(sentAt) >= Date.now() / 1000 - maxAgeSeconds ? undefined : 401;
}

function isCertificateCheck(headers: IncomingMessage['headers']): boolean {
  const length = Number(headers['content-length']);
  const form = headers['content-type'] === 'application/x-www-form-urlencoded';
  return form && headers['x-slack-signature'] === undefined && length <= certificateCheckBytes;
}

type Verified = IncomingMessage & { readonly rawBody: Buffer };

/** The request with its body, which Slack signed; or the status with which it is refused. */
async function receive(
  request: IncomingMessage,
  { bodies, signingSecret }: { readonly bodies: Bodies; readonly signingSecret: Secret },
): Promise<Verified | number> {
  const body = await bodies.read(request);
  if (body === 'too large') return 413;
  if (body === 'dropped') return 503;
  const verified = Object.assign(request, { rawBody: body });
  if (isCertificateCheck(request.headers)) return /(?:^|&)ssl_check=1(?:&|$)/.test(body.toString()) ? verified : 401;
  const valid = isValidSlackRequest({
    signingSecret: signingSecret.reveal(),
    body: body.toString(),
    headers: {
      'x-slack-signature': String(request.headers['x-slack-signature']),
      'x-slack-request-timestamp': Number(request.headers['x-slack-request-timestamp']),
    },
  });
  return valid ? verified : 401;
}

/** Says at most every ten seconds how many requests were refused: strangers must not fill the log. */
function createTally(log: SlackLog): (status: number) => void {
  let counts: Record<number, number> = {};
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return (status) => {
    counts[status] = (counts[status] ?? 0) + 1;
    if (performance.now() - saidAtMs < 10_000) return;
    log.warn({ refused: counts }, 'refused requests that Slack did not sign, by status');
    saidAtMs = performance.now();
    counts = {};
  };
}

interface Connections {
  add(socket: Duplex): void;
  /** False if an earlier request of this connection has no answer yet. */
  begin(socket: Duplex, response: ServerResponse): boolean;
  /** Slack signed a request on this connection. */
  trust(socket: Duplex): void;
}

/** Keeps at most `limit` connections: the oldest stranger goes first, and what Slack or its proxy uses goes last. */
function createConnections(limit: number): Connections {
  const strangers = new Set<Duplex>();
  const trusted = new Set<Duplex>();
  const busy = new Set<Duplex>();
  return {
    add: (socket) => {
      strangers.add(socket);
      socket.once('close', () => {
        strangers.delete(socket);
        trusted.delete(socket);
      });
      if (strangers.size + trusted.size <= limit) return;
      const [first] = strangers.size > 1 ? strangers : trusted;
      first?.destroy();
    },
    begin: (socket, response) => {
      if (busy.has(socket)) return false;
      busy.add(socket);
      response.once('close', () => busy.delete(socket));
      return true;
    },
    trust: (socket) => {
      if (strangers.delete(socket)) trusted.add(socket);
    },
  };
}
