import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../src/model/values/secret.ts';
import { createHttpServer } from '../../../src/slack/connection/http-server.ts';
import { signed } from '../../support/slack-fake.ts';

const limits = { bodyBytes: 2000, allBodiesBytes: 20_000, headersMs: 5000, requestMs: 5000, connections: 4 };
const warn = vi.fn();
const bodies: string[] = [];
let server: ReturnType<typeof createHttpServer>;
let port: number;

beforeEach(async () => {
  bodies.length = 0;
  warn.mockClear();
  server = createHttpServer({
    signingSecret: new Secret('shh'),
    listener: (request, response) => {
      bodies.push(String(Reflect.get(request, 'rawBody')));
      response.end('done');
    },
    log: { info: vi.fn(), warn, error: vi.fn() },
    limits,
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends exactly these bytes, and resolves with what came back until the other side closed. */
async function raw(...texts: readonly string[]): Promise<string> {
  return await new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      for (const text of texts) socket.write(text);
    });
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
  });
}

const head = (headers: Record<string, string | number>, line = 'POST /slack/events HTTP/1.1'): string =>
  [line, 'host: bot', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
const now = (): number => Math.floor(Date.now() / 1000);
const forged = (): Record<string, string | number> => ({
  'x-slack-signature': `v0=${'0'.repeat(64)}`,
  'x-slack-request-timestamp': now(),
});

describe('the server for Slack', () => {
  it('hands over what Slack signed, with its body, again and again on one connection', async () => {
    for (const body of ['a=1', 'b'.repeat(2000), 'c'.repeat(1999)]) {
      const headers = signed('shh', body);
      const response = await fetch(`http://127.0.0.1:${port}/slack/events`, { method: 'POST', body, headers });
      expect(await response.text()).toBe('done');
      expect(bodies.pop()).toBe(body);
    }
    expect(warn).not.toHaveBeenCalled();
  });

  it('hands over what arrives in chunks', async () => {
    const body = 'command=%2Fimagecheck';
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const answer = await raw(
      head({ ...signed('shh', body), 'transfer-encoding': 'chunked', connection: 'close' }),
      chunks,
    );
    expect(answer).toBe('HTTP/1.1 200 OK');
    expect(bodies).toEqual([body]);
  });

  const unread = { 'content-length': 2000 };
  it.each<readonly [string, string, number]>([
    ['of another method', head({ ...forged(), ...unread }, 'PUT /slack/events HTTP/1.1'), 404],
    ['of another path', head({ ...forged(), ...unread }, 'POST /other HTTP/1.1'), 404],
    ['without a signature', head(unread), 401],
    ['with a signature of another shape', head({ ...forged(), 'x-slack-signature': 'v0=abc', ...unread }), 401],
    ['without a time', head({ 'x-slack-signature': `v0=${'0'.repeat(64)}`, ...unread }), 401],
    ['from an hour ago', head({ ...forged(), 'x-slack-request-timestamp': now() - 3600, ...unread }), 401],
    ['that announces too much', head({ ...forged(), 'content-length': 2001 }), 413],
    ['whose headers are too large', head({ ...forged(), 'x-fill': 'a'.repeat(9000) }), 431],
  ])('refuses a request %s before its body is read', async (_, request, status) => {
    expect(await raw(request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(bodies).toEqual([]);
  });

  it('refuses what turns out to be too large, or not signed by Slack', async () => {
    const chunked = head({ ...forged(), 'transfer-encoding': 'chunked' });
    const chunk = `3e8\r\n${'a'.repeat(1000)}\r\n`;
    expect(await raw(chunked, chunk, chunk, chunk)).toMatch(/^HTTP\/1.1 413 /);
    expect(await raw(head({ ...forged(), 'content-length': 3 }), 'a=1')).toMatch(/^HTTP\/1.1 401 /);
    expect(bodies).toEqual([]);
  });

  it('lets Slack check our certificate without a signature, and nothing else', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', connection: 'close' };
    const body = 'ssl_check=1&token=abc';
    expect(await raw(head({ ...form, 'content-length': body.length }), body)).toMatch(/^HTTP\/1.1 200 /);
    expect(await raw(head({ ...form, 'content-length': 9 }), 'command=x')).toMatch(/^HTTP\/1.1 401 /);
    expect(await raw(head({ ...form, 'content-length': 600 }))).toMatch(/^HTTP\/1.1 401 /);
  });

  it('closes a connection that does not wait for its answer', async () => {
    const body = 'a=1';
    const one = head({ ...forged(), 'content-length': body.length }) + body;
    expect(await raw(one.repeat(5))).toMatch(/^(?:HTTP\/1.1 401 .*)?$/);
  });

  it('closes the oldest stranger when there are too many, and not a connection that Slack uses', async () => {
    const body = 'a=1';
    const slack = connect(port, '127.0.0.1', () => {
      slack.write(head({ ...signed('shh', body), 'content-length': body.length }) + body);
    });
    slack.resume();
    await expect.poll(() => bodies).toEqual([body]);
    const sockets = Array.from({ length: 6 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await expect.poll(() => sockets.map((socket) => socket.closed)).toEqual([true, true, true, false, false, false]);
    expect(slack.closed).toBe(false);
    for (const socket of [slack, ...sockets]) socket.destroy();
  });

  it('says once, not for every request, that it refuses some', async () => {
    for (let count = 0; count < 5; count++) await raw(head({}));
    expect(warn.mock.calls).toHaveLength(1);
  });
});
