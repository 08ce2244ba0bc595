import { describe, expect, test } from 'vitest';
import { openReader, soon, startCluster, writeKubeconfig } from '../../support/kubernetes-reader.ts';
import { type Answer, startKubernetesServer, status, type TestServer } from '../../support/kubernetes-server.ts';

const namespaces = '/api/v1/namespaces';
const empty: Answer = { body: { items: [], metadata: {} } };

/** A server that answers with these, then with an empty list. */
function inTurn(server: TestServer, ...answers: Answer[]): void {
  server.on(namespaces, () => answers.shift() ?? empty);
}

describe('trouble', () => {
  const busy = status(429, 'TooManyRequests', 'the server has received too many requests');
  const soonAgain = { ...(busy as object), headers: { 'retry-after': '1' } };
  const dated = (): Answer => ({ ...(busy as object), headers: { 'retry-after': new Date().toUTCString() } });
  const recovers: { name: string; answers: Answer[]; requests: number; atLeastMs?: number }[] = [
    { name: '429 with Retry-After', answers: [soonAgain], requests: 2, atLeastMs: 950 },
    { name: '429 with a date', answers: [dated()], requests: 2 },
    { name: '429 without', answers: [busy], requests: 2 },
    { name: '503 twice', answers: [status(503, 'ServiceUnavailable', 'etcd'), { status: 502 }], requests: 3 },
    { name: 'a dropped connection', answers: ['drop'], requests: 2 },
  ];
  test.each(recovers)('$name is tried again', async ({ answers, requests, atLeastMs = 0 }) => {
    const { server, reader } = await startCluster();
    inTurn(server, ...answers);
    const start = performance.now();
    expect(await reader.namespaces(soon())).toEqual({ known: true, value: [] });
    expect(server.requests).toHaveLength(requests);
    expect(performance.now() - start).toBeGreaterThanOrEqual(atLeastMs);
  });

  const html = '<!DOCTYPE html><html><body>Sign in to the corporate proxy</body></html>';
  const fails: { name: string; answer: Answer; why: string; requests: number }[] = [
    { name: 'busy for ever', answer: busy, why: 'too busy (429)', requests: 3 },
    {
      name: 'a long Retry-After',
      answer: { ...(busy as object), headers: { 'retry-after': '600' } },
      why: 'too busy (429)',
      requests: 1,
    },
    { name: 'dropped for ever', answer: 'drop', why: 'connection closed', requests: 3 },
    { name: 'HTML', answer: { type: 'text/html', body: html }, why: 'an HTML page, not with JSON', requests: 1 },
    { name: 'HTML said to be JSON', answer: { body: html }, why: 'an HTML page', requests: 1 },
    { name: 'cut JSON', answer: { body: '{"items":[' }, why: 'broken JSON', requests: 1 },
    { name: 'nothing', answer: { body: '' }, why: 'an empty body', requests: 1 },
    { name: 'JSON that is not a list', answer: { body: [1, 2] }, why: 'JSON that is not a list', requests: 1 },
    { name: '401', answer: status(401, 'Unauthorized', 'Unauthorized'), why: 'credentials (401)', requests: 1 },
    { name: 'a proxy’s 403', answer: { status: 403, type: 'text/html', body: html }, why: 'in front of', requests: 1 },
    {
      name: 'a proxy’s 404',
      answer: { status: 404, type: 'text/html', body: html },
      why: 'does not serve',
      requests: 1,
    },
    {
      name: 'a redirect',
      answer: { status: 302, headers: { location: 'https://login.example.test/?next=/api' } },
      why: 'redirects to login.example.test',
      requests: 1,
    },
  ];
  test.each(fails)('$name is unknown and says why', async ({ answer, why, requests }) => {
    const { server, reader } = await startCluster();
    server.on(namespaces, () => answer);
    const fact = await reader.namespaces(soon());
    expect(fact).toMatchObject({ known: false, why: expect.stringContaining(why) });
    expect(fact).not.toHaveProperty('missingRight');
    expect(server.requests).toHaveLength(requests);
  });

  test('the deadline ends a slow answer, a wait for Retry-After, and what starts after it', async () => {
    const { server, reader } = await startCluster();
    server.on(namespaces, () => 'hang');
    const up = { known: false, why: 'cannot list namespaces: the time for reading is over' };
    expect(await reader.namespaces(soon(50))).toEqual(up);
    server.on(namespaces, () => ({ ...(busy as object), headers: { 'retry-after': '5' } }));
    const start = performance.now();
    expect(await reader.namespaces(soon(100))).toMatchObject({ known: false });
    expect(performance.now() - start).toBeLessThan(2_000);
    const asked = server.requests.length;
    expect(await reader.namespaces({ signal: AbortSignal.abort() })).toEqual(up);
    expect(server.requests).toHaveLength(asked);
  });

  test('a server that accepts and says nothing is given up without a deadline, too', async () => {
    const { server, reader } = await startCluster({ answerTimeoutMs: 100 });
    server.on(namespaces, () => 'hang');
    const fact = await reader.namespaces({ signal: new AbortController().signal });
    expect(fact).toMatchObject({ known: false, why: expect.stringContaining('no answer in time') });
  });

  test('nobody there', async () => {
    const server = await startKubernetesServer();
    await server.close();
    const reader = await openReader({ kubeconfig: await writeKubeconfig({ server: server.url }) });
    expect(await reader.namespaces(soon())).toEqual({
      known: false,
      why: `cannot list namespaces: the API server ${server.url} does not answer: it refuses connections`,
    });
    const nowhere = await openReader({ kubeconfig: await writeKubeconfig({ server: 'https://nowhere.invalid' }) });
    expect(await nowhere.namespaces(soon())).toMatchObject({ why: expect.stringContaining('cannot be resolved') });
  });
});

test('parallel reads share ten connections and keep them', async () => {
  const { server, reader } = await startCluster();
  server.on(namespaces, () => empty);
  const reads = Array.from({ length: 60 }, () => reader.configMap('prod', 'x', soon()));
  await Promise.all(reads);
  await reader.namespaces(soon());
  expect(server.requests).toHaveLength(61);
  expect(server.connections()).toBeLessThanOrEqual(10);
});
