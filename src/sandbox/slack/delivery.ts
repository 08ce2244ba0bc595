import { createHmac, randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Workspace } from './workspace.ts';

/** Slack gives an app three seconds to acknowledge. */
const acknowledgeMs = 3_000;

/** How an app answered: the contents of its acknowledgement, or that none arrived. */
export type Acknowledgement =
  | { readonly kind: 'acknowledged'; readonly payload: Readonly<Record<string, unknown>>; readonly afterMs: number }
  | { readonly kind: 'none'; readonly why: 'timeout' | 'no-connection' | 'error' };

export type EnvelopeType = 'slash_commands' | 'interactive' | 'events_api';

/** Delivers events to the app: over one of its sockets, or to its request URL in HTTP mode. */
export interface Delivery {
  attach(socket: WebSocket): void;
  /** Posts signed requests to this URL instead of using sockets. */
  useRequestUrl(url: string | undefined): void;
  deliver(type: EnvelopeType, payload: Readonly<Record<string, unknown>>): Promise<Acknowledgement>;
  /** Delivers the same event to every socket, as Slack may if it believes one was lost. Returns the first answer. */
  deliverToAll(type: EnvelopeType, payload: Readonly<Record<string, unknown>>): Promise<Acknowledgement>;
  /** Measured acknowledgement times, for figures. */
  readonly connections: () => number;
  /** Asks every socket to reconnect, as Slack does every few hours. */
  refresh(): void;
  close(): void;
}

const noConnection = { kind: 'none', why: 'no-connection' } as const;

const Frame = z.object({ envelope_id: z.string(), payload: z.record(z.string(), z.unknown()).optional() });

export function createDelivery(workspace: Workspace, nowMs: () => number): Delivery {
  const sockets = createSockets(workspace, nowMs);
  let requestUrl: string | undefined;
  return {
    ...sockets,
    useRequestUrl: (url) => {
      requestUrl = url;
    },
    deliver: (type, payload) =>
      requestUrl === undefined ? sockets.send(type, payload) : overHttp(requestUrl, type, payload, workspace, nowMs),
  };
}

interface Sockets extends Pick<Delivery, 'attach' | 'deliverToAll' | 'connections' | 'refresh' | 'close'> {
  send(type: EnvelopeType, payload: Readonly<Record<string, unknown>>): Promise<Acknowledgement>;
}

/** The Socket Mode connections: each event goes to one of them, and the envelope id matches its acknowledgement. */
function createSockets(workspace: Workspace, nowMs: () => number): Sockets {
  const sockets = new Set<WebSocket>();
  const waiting = new Map<string, (payload: Readonly<Record<string, unknown>>) => void>();
  let turn = 0;
  const isOpen = (socket: WebSocket): boolean => socket.readyState === socket.OPEN;
  const sendTo = (
    socket: WebSocket,
    type: EnvelopeType,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<Acknowledgement> => {
    const envelopeId = randomUUID();
    const acknowledged = awaitFrame(waiting, envelopeId, nowMs);
    const accepts = type !== 'events_api';
    socket.send(JSON.stringify({ type, envelope_id: envelopeId, payload, accepts_response_payload: accepts }));
    return acknowledged;
  };
  return {
    attach: (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('message', (data: Buffer) => {
        const frame = Frame.safeParse(parseJson(data.toString('utf8')));
        if (frame.success) waiting.get(frame.data.envelope_id)?.(frame.data.payload ?? {});
      });
      const connection = { num_connections: sockets.size, connection_info: { app_id: workspace.app.id } };
      socket.send(JSON.stringify({ type: 'hello', ...connection }));
    },
    send: (type, payload) => {
      const open = [...sockets].filter(isOpen);
      turn += 1;
      const socket = open[turn % Math.max(1, open.length)];
      return socket === undefined ? Promise.resolve(noConnection) : sendTo(socket, type, payload);
    },
    deliverToAll: async (type, payload) => {
      const answers = [...sockets].filter(isOpen).map((socket) => sendTo(socket, type, payload));
      return (await Promise.all(answers))[0] ?? noConnection;
    },
    connections: () => sockets.size,
    refresh: () => {
      for (const socket of sockets) socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
    },
    close: () => {
      for (const socket of sockets) socket.terminate();
    },
  };
}

function awaitFrame(
  waiting: Map<string, (payload: Readonly<Record<string, unknown>>) => void>,
  envelopeId: string,
  nowMs: () => number,
): Promise<Acknowledgement> {
  const startedMs = nowMs();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      waiting.delete(envelopeId);
      resolve({ kind: 'none', why: 'timeout' });
    }, acknowledgeMs);
    waiting.set(envelopeId, (payload) => {
      clearTimeout(timer);
      waiting.delete(envelopeId);
      resolve({ kind: 'acknowledged', payload, afterMs: nowMs() - startedMs });
    });
  });
}

async function overHttp(
  url: string,
  type: EnvelopeType,
  payload: Readonly<Record<string, unknown>>,
  { app }: Workspace,
  nowMs: () => number,
): Promise<Acknowledgement> {
  const body = bodyOf(type, payload);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', app.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  const startedMs = nowMs();
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': type === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${signature}`,
      },
      body,
      signal: AbortSignal.timeout(acknowledgeMs),
    });
    const text = await response.text();
    if (!response.ok) return { kind: 'none', why: 'error' };
    const answer = parseJson(text);
    return {
      kind: 'acknowledged',
      payload: isRecord(answer) ? answer : text === '' ? {} : { text },
      afterMs: nowMs() - startedMs,
    };
  } catch {
    return { kind: 'none', why: 'timeout' };
  }
}

/** Slash commands are sent as a form, interactions as a form with one JSON field, events as JSON. */
function bodyOf(type: EnvelopeType, payload: Readonly<Record<string, unknown>>): string {
  if (type === 'events_api') return JSON.stringify(payload);
  if (type === 'interactive') return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return new URLSearchParams(
    Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
