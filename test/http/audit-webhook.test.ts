import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { createAuditLines } from '../../src/http/audit-lines.ts';
import { createAuditWebhook } from '../../src/http/audit-webhook.ts';
import { chained } from '../../src/model/audit/audit.ts';
import { Secret } from '../../src/model/values/secret.ts';
import { sampleEvent } from '../support/approval-samples.ts';

const token = new Secret('tok-5f2d');
const first = chained(sampleEvent(), undefined);
const records = [first, chained(sampleEvent({ detail: 'ünï\n"x"' }), first)];
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<URL> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return new URL(`http://127.0.0.1:${address.port}/audit?key=k-77`);
}

describe('the webhook', () => {
  test('gets the records in order, with the token', async () => {
    const got: { method?: string; authorization?: string; type?: string; body: unknown }[] = [];
    const url = await listen((request, response) => {
      void text(request).then((body) => {
        const { authorization, 'content-type': type } = request.headers;
        got.push({
          method: request.method ?? '',
          authorization: authorization ?? '',
          type: type ?? '',
          body: JSON.parse(body),
        });
        response.writeHead(204).end();
      });
    });
    await createAuditWebhook({ url, token }).send(records);
    expect(got).toEqual([
      { method: 'POST', authorization: 'Bearer tok-5f2d', type: 'application/json', body: { records } },
    ]);
  });

  test.each([
    ['500', (_: IncomingMessage, response: ServerResponse) => void response.writeHead(500).end('no'), /answered 500/],
    ['401', (_: IncomingMessage, response: ServerResponse) => void response.writeHead(401).end(), /answered 401/],
    ['a connection that is closed', (request: IncomingMessage) => void request.socket.destroy(), /cannot be reached/],
    ['nothing at all', () => {}, /cannot be reached \(TimeoutError\)/],
  ])('that answers %s did not get them, and the error holds no secret', async (_, answer, message) => {
    const url = await listen(answer);
    const sent = createAuditWebhook({ url, token, timeoutMs: 200 }).send(records);
    const error: unknown = await sent.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    const shown = error instanceof Error ? `${error.message} ${error.stack} ${JSON.stringify(error)}` : '';
    expect(shown).toMatch(message);
    expect(shown).not.toMatch(/tok-5f2d|k-77/);
  });

  test('that redirects gets nothing sent elsewhere', async () => {
    let elsewhere = 0;
    const target = await listen((_, response) => {
      elsewhere += 1;
      response.end();
    });
    const url = await listen((_, response) => void response.writeHead(307, { location: target.href }).end());
    await expect(createAuditWebhook({ url, token }).send(records)).rejects.toThrow('answered 307');
    expect(elsewhere).toBe(0);
  });

  test('is told from another by its address, without what is secret in it', () => {
    const { name } = createAuditWebhook({ url: new URL('https://siem.example.com/in?key=k-77'), token });
    expect(name).toBe('webhook https://siem.example.com/in');
  });
});

describe('lines on a stream', () => {
  test('are one JSON object a record', async () => {
    const stream = new PassThrough();
    await createAuditLines(stream).send(records);
    stream.end();
    const lines = (await text(stream)).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(records.map((audit) => ({ audit })));
  });

  test('that could not be written did not arrive', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    stream.on('error', () => {});
    await expect(createAuditLines(stream).send(records)).rejects.toThrow('EPIPE');
  });
});
