import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ApiResult } from '../../../src/kubernetes/connection/answer.ts';
import type { StreamPart } from '../../../src/kubernetes/connection/json-lines.ts';
import { openApi } from '../../support/kubernetes-api.ts';
import { soon } from '../../support/kubernetes-reader.ts';

type Serve = (response: ServerResponse, request: IncomingMessage) => void;

/** A server whose bodies stay open until the test closes them; answers in turn, the last one for good. */
async function startStreams(...answers: Serve[]) {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(response, request);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests: () => requests, connections: () => sockets.size };
}

const watch = { path: '/api/v1/pods', query: { watch: '1' } };
const open: Serve = (response) => void response.writeHead(200, { 'content-type': 'application/json' });
const refuse =
  (status: number, reason: string): Serve =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', reason, message: `it is ${reason}`, code: status }));
  };

function partsIn(result: ApiResult<AsyncIterable<StreamPart>>): AsyncIterator<StreamPart> {
  if (!result.ok) throw new Error(result.why);
  return result.value[Symbol.asyncIterator]();
}

const value = (of: unknown) => ({ done: false, value: { kind: 'value', value: of } });
const brokenOff = (why: string) => ({ done: false, value: { kind: 'broken', why: expect.stringContaining(why) } });

test('values arrive while the body is open, and end with it', async () => {
  let server: ServerResponse | undefined;
  const { url } = await startStreams((response) => {
    open(response, response.req);
    server = response;
    response.write('{"type":"ADDED"}\n{"ty');
  });
  const parts = partsIn(await openApi({ url }).stream(watch, soon()));
  expect(await parts.next()).toEqual(value({ type: 'ADDED' }));
  const second = parts.next();
  server?.write('pe":"DELETED"}\n');
  expect(await second).toEqual(value({ type: 'DELETED' }));
  server?.end();
  expect(await parts.next()).toEqual({ done: true, value: undefined });
});

test('a reader that is slow slows the server down, however long it takes', async () => {
  let written = 0;
  const line = `${JSON.stringify('x'.repeat(9_998))}\n`;
  const total = 3_000;
  const { url } = await startStreams((response) => {
    open(response, response.req);
    const more = (): void => {
      while (written < total) {
        written += 1;
        if (!response.write(line)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const limits = { answerTimeoutMs: 300, maxBodyBytes: 1_000_000 };
  const parts = partsIn(await openApi({ url }, limits).stream(watch, soon(30_000)));
  await parts.next();
  await vi.waitFor(async () => {
    const before = written;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(written).toBe(before);
  });
  // What is in flight fits into the buffers of two sockets: the 30 MB do not.
  expect(written).toBeLessThan(total);
  let taken = 1;
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    expect(next.value.kind).toBe('value');
    taken += 1;
  }
  expect(taken).toBe(total);
});

describe('the end', () => {
  test.each(['before', 'while'] as const)(
    'the signal ends the values without a word, %s one is awaited',
    async (when) => {
      const { url, connections } = await startStreams((response) => {
        open(response, response.req);
        response.write('1\n');
      });
      const over = new AbortController();
      const parts = partsIn(await openApi({ url }).stream(watch, { signal: over.signal }));
      expect(await parts.next()).toEqual(value(1));
      if (when === 'before') over.abort();
      const next = parts.next();
      over.abort();
      expect(await next).toEqual({ done: true, value: undefined });
      await expect.poll(connections).toBe(0);
    },
  );

  test('whoever stops taking values closes the connection', async () => {
    const { url, connections } = await startStreams((response) => {
      open(response, response.req);
      response.write('1\n2\n');
    });
    const result = await openApi({ url }).stream(watch, soon());
    if (!result.ok) throw new Error(result.why);
    for await (const part of result.value) {
      expect(part).toEqual({ kind: 'value', value: 1 });
      break;
    }
    await expect.poll(connections).toBe(0);
  });

  test.each<{ name: string; serve: Serve; why: string; limits?: object }>([
    { name: 'is dropped', serve: (response) => void response.socket?.destroy(), why: 'connection closed' },
    { name: 'falls silent', serve: () => {}, why: 'stopped midway', limits: { idleTimeoutMs: 100 } },
    { name: 'is something else', serve: (response) => void response.write('<html>\n'), why: 'not JSON' },
  ])('a stream that $name is broken', async ({ serve, why, limits = {} }) => {
    const { url } = await startStreams((response, request) => {
      open(response, request);
      response.write('1\n', () => setTimeout(() => serve(response, request), 20));
    });
    const parts = partsIn(await openApi({ url }).stream({ ...watch, ...limits }, soon()));
    expect(await parts.next()).toEqual(value(1));
    expect(await parts.next()).toEqual(brokenOff(why));
    expect(await parts.next()).toEqual({ done: true, value: undefined });
  });
});

describe('the beginning', () => {
  test.each<{ name: string; answers: Serve[]; requests: number; outcome: object }>([
    { name: 'a missing right', answers: [refuse(403, 'Forbidden')], requests: 1, outcome: { kind: 'forbidden' } },
    { name: 'a revision that is too old', answers: [refuse(410, 'Expired')], requests: 1, outcome: { kind: 'gone' } },
    {
      name: 'a login page',
      answers: [(response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')],
      requests: 1,
      outcome: { kind: 'failed', why: expect.stringContaining('an HTML page') },
    },
    {
      name: 'a server that is busy for a moment',
      answers: [refuse(503, 'ServiceUnavailable'), (response) => void (open(response, response.req), response.end())],
      requests: 2,
      outcome: { ok: true },
    },
  ])('$name', async ({ answers, requests, outcome }) => {
    const server = await startStreams(...answers);
    expect(await openApi(server).stream(watch, soon())).toMatchObject(outcome);
    expect(server.requests()).toBe(requests);
  });

  test('waits for headers as long as the request says, whatever the connection says', async () => {
    const { url } = await startStreams(() => {});
    const api = openApi({ url });
    expect(await api.stream({ ...watch, headersTimeoutMs: 100 }, soon())).toMatchObject({
      ok: false,
      why: expect.stringContaining('no answer in time'),
    });
    expect(await api.json({ path: '/version', headersTimeoutMs: 100 }, soon())).toMatchObject({
      ok: false,
      why: expect.stringContaining('no answer in time'),
    });
  });

  test('streams that are open keep no answer from coming', async () => {
    const { url } = await startStreams((response, request) => {
      const isWatch = request.url?.includes('watch') === true;
      if (isWatch) open(response, request);
      if (isWatch) response.write('1\n');
      else response.end('{}');
    });
    const api = openApi({ url }, { maxConnections: 2 });
    const streams = await Promise.all(Array.from({ length: 12 }, () => api.stream(watch, soon())));
    expect(streams.every(({ ok }) => ok)).toBe(true);
    expect(await api.json({ path: '/version' }, soon())).toEqual({ ok: true, value: {} });
  });
});
