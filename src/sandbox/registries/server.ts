import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createFaults, type Faults } from '../serving/faults.ts';
import { close, listen } from '../serving/listen.ts';
import { acr } from './acr.ts';
import { dockerHub } from './docker-hub.ts';
import { ecr } from './ecr.ts';
import { generic } from './generic.ts';
import { ghcr } from './ghcr.ts';
import type { Personality, RegistryState, Reply } from './personality.ts';
import { serve, wantedOf } from './protocol.ts';
import { createStorage } from './storage.ts';

const personalities = { acr, ecr, ghcr, 'docker-hub': dockerHub, generic } as const;

/** Vendors that the sandbox can simulate. */
export type PersonalityId = keyof typeof personalities;

/** One simulated registry host, listening on loopback. */
export interface SimulatedRegistry {
  readonly host: string;
  /** `http://127.0.0.1:N`. */
  readonly url: string;
  readonly state: RegistryState;
  readonly faults: Faults;
  /** Requests seen, newest last; for tests and figures. */
  readonly requests: { readonly method: string; readonly path: string; readonly authorized: boolean }[];
  stop(): Promise<void>;
}

const loginPage =
  '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>\n';
const bodyCapBytes = 8 * 1024 * 1024;

/** Starts one registry. `now` is its clock: tokens and passwords expire according to it. */
export async function startRegistry(options: {
  readonly host: string;
  readonly personality: PersonalityId;
  readonly now: () => Date;
  readonly port?: number;
}): Promise<SimulatedRegistry> {
  const faults = createFaults();
  const requests: SimulatedRegistry['requests'] = [];
  let url = '';
  const state: RegistryState = {
    host: options.host,
    storage: createStorage(),
    accounts: [],
    url: () => url,
    now: options.now,
    tokens: new Map(),
    quota: { limit: 100, remaining: 100 },
    narrowQuotas: new Map(),
    firewalled: false,
    html: false,
  };
  const personality = personalities[options.personality];
  const server = createServer((request, response) => {
    requests.push({
      method: request.method ?? '',
      path: request.url ?? '',
      authorized: request.headers.authorization !== undefined,
    });
    if (requests.length > 10_000) requests.splice(0, 5_000);
    handle(request, response, state, personality, faults).catch(() => response.destroy());
  });
  url = await listen(server, options.port ?? 0);
  return { host: options.host, url, state, faults, requests, stop: () => close(server) };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  state: RegistryState,
  personality: Personality,
  faults: Faults,
): Promise<void> {
  if (await faults.intercept(request, response)) return;
  const body = await readBody(request);
  const reply = answer(request, body, state, personality);
  const { body: content = '', status, headers = {} } = reply;
  response.writeHead(status, {
    'docker-distribution-api-version': 'registry/2.0',
    'content-length': Buffer.byteLength(content),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}

function answer(request: IncomingMessage, body: Buffer, state: RegistryState, personality: Personality): Reply {
  if (state.html) return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: loginPage };
  const url = new URL(request.url ?? '/', state.url());
  const service = personality.service(request, url, body.toString('utf8'), state);
  if (service !== undefined) return service;
  if (!url.pathname.startsWith('/v2'))
    return { status: 404, headers: { 'content-type': 'text/html' }, body: loginPage };
  const wanted = wantedOf(request.method ?? 'GET', url);
  const refusal = personality.authorize(request, wanted, state);
  if (refusal !== undefined) return refusal;
  if (wanted === undefined) {
    return url.pathname === '/v2/' || url.pathname === '/v2'
      ? { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }
      : { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found\n' };
  }
  return serve(request, url, body, wanted, state, personality);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyCapBytes) throw new Error('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
