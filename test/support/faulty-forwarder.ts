import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Agent, request } from 'undici';
import { close, listen } from '../../src/sandbox/serving/listen.ts';
import type { ServerUnderTest } from '../sandbox/cluster/client.ts';

/** What happens to one request: the forwarder answers itself, or the answer to a delivered request is lost. */
export type Disturbance =
  | { readonly answer: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'drop-before'
  | 'drop-after'
  /** The connection ends in the middle of the response. */
  | 'cut'
  | { readonly answerAfter: number }
  /** The server has answered; the client receives it when this resolves. */
  | { readonly hold: () => Promise<unknown> };

/** A request that the server itself answered. */
export interface Answered {
  readonly method: string;
  readonly path: string;
  readonly code: number;
  /** The body of the request. */
  readonly sent: string;
}

/** Stands between a client and an API server, and disturbs chosen requests. */
export interface FaultyForwarder {
  readonly server: ServerUnderTest;
  /** Called with each request; undefined passes it on. Awaited, so that something can happen in between. */
  spoil: (method: string, path: string, accept: string) => Promise<Disturbance | undefined> | Disturbance | undefined;
  /** Changes the body of what is passed on, as a worker with a fault would have sent it. */
  rewrite: (body: string) => string;
  readonly requests: string[];
  /** What the server itself answered, even if the client never received it. */
  readonly answered: Answered[];
}

export async function startFaultyForwarder(server: ServerUnderTest): Promise<FaultyForwarder> {
  const agent = new Agent({ allowH2: false, connect: server.caPem === undefined ? {} : { ca: server.caPem } });
  const requests: string[] = [];
  const answered: Answered[] = [];
  const status = (code: number) =>
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'spoiled', code });
  const forwarder = createServer((incoming, response) => {
    void (async () => {
      const { method = 'GET', url = '/', headers } = incoming;
      const body = result.rewrite((await buffer(incoming)).toString());
      requests.push(`${method} ${url}`);
      const disturbance = await result.spoil(method, url, headers.accept ?? '');
      if (disturbance === 'drop-before') {
        response.destroy();
        return;
      }
      if (typeof disturbance === 'object' && 'answer' in disturbance) {
        response.writeHead(disturbance.answer, { 'content-type': 'application/json', ...disturbance.headers });
        response.end(disturbance.body ?? status(disturbance.answer));
        return;
      }
      const { authorization = '', accept = '' } = headers;
      const contentType = headers['content-type'];
      const answer = await request(new URL(url, server.url), {
        method: method as 'GET',
        dispatcher: agent,
        headers: { authorization, accept, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
        ...(body.length === 0 ? {} : { body }),
      });
      const text = await answer.body.text();
      answered.push({ method, path: url, code: answer.statusCode, sent: body });
      if (disturbance === 'drop-after') {
        response.destroy();
        return;
      }
      if (disturbance === 'cut') {
        response.writeHead(answer.statusCode, { 'content-type': 'application/json', 'content-length': text.length });
        response.write(text.slice(0, text.length / 2), () => response.destroy());
        return;
      }
      if (typeof disturbance === 'object' && 'hold' in disturbance) await disturbance.hold();
      const isOwn = typeof disturbance === 'object' && 'answerAfter' in disturbance;
      const code = isOwn ? disturbance.answerAfter : answer.statusCode;
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(isOwn ? status(code) : text);
    })().catch(() => response.destroy());
  });
  const url = await listen(forwarder, 0);
  const result: FaultyForwarder = {
    server: {
      url,
      token: server.token,
      stop: async () => {
        await close(forwarder);
        await agent.destroy();
      },
    },
    spoil: () => undefined,
    rewrite: (body) => body,
    requests,
    answered,
  };
  return result;
}
