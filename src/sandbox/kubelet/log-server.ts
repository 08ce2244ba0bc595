import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '../cluster/certificates.ts';
import type { ContainerRecord } from './container-record.ts';

/** Finds a container run by this kubelet. */
export type FindContainer = (namespace: string, pod: string, container: string) => ContainerRecord | undefined;

/** Serves logs to the API server. */
export interface LogServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/**
 * Serves `/containerLogs/NS/POD/CONTAINER` over HTTPS with a self-signed certificate, as the kubelet's own server
 * does: `tailLines`, `limitBytes`, `sinceSeconds`, `sinceTime`, `timestamps`, `previous`.
 */
export async function startLogServer(find: FindContainer, now: () => Date): Promise<LogServer> {
  const { certPem, keyPem } = createAuthority('kubelet', new Date()).issue(['127.0.0.1', 'localhost']);
  const server: Server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const { code, body } = answer(find, url, now());
    response.writeHead(code, { 'content-type': 'text/plain' });
    response.end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(find: FindContainer, url: URL, now: Date): { readonly code: number; readonly body: string } {
  const [, kind, namespace = '', pod = '', container = ''] = url.pathname.split('/').map(decodeURIComponent);
  if (kind !== 'containerLogs') return { code: 404, body: '404 page not found\n' };
  const record = find(namespace, pod, container);
  if (record === undefined) return { code: 404, body: `pod "${pod}" does not exist on this node` };
  const isPrevious = url.searchParams.get('previous') === 'true';
  if (isPrevious && record.previousLogs === undefined && record.last === undefined) {
    return { code: 400, body: `previous terminated container "${container}" in pod "${pod}" not found` };
  }
  if (record.containerId === '') return { code: 400, body: waitingText(record, pod, container) };
  // While a crashed container waits for its restart, its last run is both the current and the previous one.
  const lines = isPrevious ? (record.previousLogs ?? record.logs) : record.logs;
  return { code: 200, body: selected(lines, url.searchParams, now) };
}

function waitingText({ state }: ContainerRecord, pod: string, container: string): string {
  const reason = state.kind === 'waiting' ? state.reason : '';
  const why: Readonly<Record<string, string>> = {
    ErrImagePull: "image can't be pulled",
    ImagePullBackOff: 'trying and failing to pull image',
  };
  return `container "${container}" in pod "${pod}" is waiting to start: ${why[reason] ?? reason}`;
}

function selected(all: readonly string[], query: URLSearchParams, now: Date): string {
  const seconds = Number(query.get('sinceSeconds') ?? Number.NaN);
  const since =
    query.get('sinceTime') ?? (Number.isNaN(seconds) ? '' : new Date(now.getTime() - seconds * 1000).toISOString());
  const fresh =
    since === '' ? all : all.filter((line) => Date.parse(line.slice(0, line.indexOf(' '))) >= Date.parse(since));
  const tail = query.get('tailLines');
  const lines = tail === null ? fresh : Number(tail) === 0 ? [] : fresh.slice(-Number(tail));
  const shown = query.get('timestamps') === 'true' ? lines : lines.map((line) => line.slice(line.indexOf(' ') + 1));
  const text = shown.map((line) => `${line}\n`).join('');
  const limit = query.get('limitBytes');
  return limit === null ? text : Buffer.from(text).subarray(0, Number(limit)).toString('utf8');
}
