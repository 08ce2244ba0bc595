import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { reasonOf, UserError } from '../../errors.ts';
import { answerApi, type SandboxApi } from '../control/api.ts';
import { close, listen } from '../serving/listen.ts';
import { pageState } from './state.ts';

const files: Readonly<Record<string, { readonly type: string; readonly url: URL }>> = {
  '/': { type: 'text/html; charset=utf-8', url: new URL('index.html', import.meta.url) },
  '/page.js': { type: 'text/javascript', url: new URL('page.js', import.meta.url) },
  '/buttons.js': { type: 'text/javascript', url: new URL('buttons.js', import.meta.url) },
  '/pods.js': { type: 'text/javascript', url: new URL('pods.js', import.meta.url) },
  '/modal.js': { type: 'text/javascript', url: new URL('modal.js', import.meta.url) },
  '/shared.js': { type: 'text/javascript', url: new URL('shared.js', import.meta.url) },
  '/style.css': { type: 'text/css', url: new URL('style.css', import.meta.url) },
  '/blocks.css': { type: 'text/css', url: new URL('style.css', import.meta.resolve('slack-blocks-to-jsx')) },
};

/** The page in the browser and the JSON API that it uses. */
export interface PageServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A required port, or a preferred one that is used if it is free. */
export type PagePort = number | { readonly preferred: number };

/** Serves the page and the API on loopback. Throws `UserError` when the port is not free. */
export async function startPage(api: SandboxApi, port: PagePort): Promise<PageServer> {
  const server = createServer((request, response) => {
    answer(api, request, response).catch(() => response.destroy());
  });
  const url = await listenAt(server, port);
  return { url, stop: () => close(server) };
}

async function listenAt(server: Server, port: PagePort): Promise<string> {
  if (typeof port === 'object') return listen(server, port.preferred).catch(() => listen(server, 0));
  return listen(server, port).catch((error: unknown) => {
    throw new UserError(`cannot listen on port ${port}: ${reasonOf(error)}`, {
      remedy: 'Choose another with --port, or leave it out.',
      cause: error,
    });
  });
}

async function answer(api: SandboxApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isFromHere(request)) {
    response.writeHead(403, { 'content-type': 'text/plain' }).end('only for this machine\n');
    return undefined;
  }
  const url = new URL(request.url ?? '/', 'http://sandbox.invalid');
  if (url.pathname.startsWith('/api/')) return answerApi(api, request, response, url);
  if (url.pathname === '/page/state') {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(pageState(api, url.searchParams)));
    return undefined;
  }
  if (url.pathname === '/page/changes') return streamChanges(api, request, response);
  const file = files[url.pathname];
  if (file === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    return undefined;
  }
  response.writeHead(200, { 'content-type': file.type });
  response.end(await readFile(file.url));
  return undefined;
}

/**
 * Loopback keeps out other machines, but not other web sites in the visitor's browser: they can send cross-site
 * requests, or make their own name resolve to this address. The sandbox may be connected to a real cluster.
 */
function isFromHere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'] ?? 'none';
  const isOwnName = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(headers.host ?? '');
  return isOwnName && (site === 'none' || site === 'same-origin');
}

/** Server-sent events: one for every change, so that the page refreshes. */
function streamChanges({ stage: { workspace } }: SandboxApi, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const tell = () => response.write('data: changed\n\n');
  workspace.listeners.add(tell);
  request.on('close', () => workspace.listeners.delete(tell));
  tell();
}
