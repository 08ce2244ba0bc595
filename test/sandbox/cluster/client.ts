import { Agent, request } from 'undici';
import { expect } from 'vitest';
import type { Fields, KubeObject } from '../../../src/sandbox/cluster/objects/object.ts';

/** A server to test against the contract: the simulated one, or a real API server. */
export interface ServerUnderTest {
  readonly url: string;
  /** May do everything. */
  readonly token: string;
  readonly caPem?: string;
  readonly stop: () => Promise<void>;
}

export interface Answer {
  readonly code: number;
  readonly body: Fields & { readonly items?: readonly KubeObject[]; readonly metadata: KubeObject['metadata'] };
}

export interface CallOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Undefined: the administrator's. Empty: none. */
  readonly token?: string;
  readonly manager?: string;
}

export interface Watch {
  /** Events so far. */
  readonly events: readonly {
    readonly type: string;
    readonly object: Fields & { readonly metadata: KubeObject['metadata'] };
  }[];
  readonly ended: () => boolean;
  readonly stop: () => void;
}

/** Sends plain HTTP to an API server. */
export function createClient(server: ServerUnderTest) {
  const agent = new Agent({ allowH2: false, connect: server.caPem === undefined ? {} : { ca: server.caPem } });
  const headersOf = ({ token = server.token, accept = 'application/json', manager = 'contract' }: CallOptions) => ({
    accept,
    'user-agent': `${manager}/1.0`,
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
  });
  const call = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options: CallOptions = {},
  ): Promise<Answer> => {
    const { body, contentType = 'application/json' } = options;
    const answer = await request(new URL(path, server.url), {
      method,
      dispatcher: agent,
      headers: { ...headersOf(options), ...(body === undefined ? {} : { 'content-type': contentType }) },
      ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return { code: answer.statusCode, body: text.startsWith('{') ? JSON.parse(text) : { message: text } };
  };
  return {
    call,
    watch: async (path: string, options: CallOptions = {}): Promise<Watch> => {
      const stopped = new AbortController();
      const events: Watch['events'][number][] = [];
      const answer = await request(new URL(path, server.url), {
        dispatcher: agent,
        headers: headersOf(options),
        signal: stopped.signal,
      });
      if (answer.statusCode !== 200) throw new Error(`watch: ${answer.statusCode} ${await answer.body.text()}`);
      let isOver = false;
      const read = async () => {
        let rest = '';
        for await (const chunk of answer.body) {
          const lines = `${rest}${chunk.toString()}`.split('\n');
          rest = lines.pop() ?? '';
          events.push(...lines.filter((line) => line !== '').map((line) => JSON.parse(line)));
        }
      };
      void read()
        .catch(() => undefined)
        .finally(() => {
          isOver = true;
        });
      return { events, ended: () => isOver, stop: () => stopped.abort() };
    },
    /** A new namespace with its default account in place. */
    namespace: async (prefix = 'contract-'): Promise<string> => {
      const { body } = await call('POST', '/api/v1/namespaces', { body: { metadata: { generateName: prefix } } });
      const { name } = body.metadata;
      for (;;) {
        const { code } = await call('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`);
        if (code === 200) return name;
      }
    },
    /** A namespace whose pods may be on nodes that also go away: no kubelet would confirm their end, so they are deleted immediately. */
    removeNamespace: async (name: string): Promise<void> => {
      await call('DELETE', `/api/v1/namespaces/${name}`);
      await call('DELETE', `/api/v1/namespaces/${name}/pods?gracePeriodSeconds=0`);
    },
    close: () => agent.destroy(),
  };
}

export type Client = ReturnType<typeof createClient>;

/** A pod with one container. */
export function pod(
  name: string,
  image = 'nginx:1.27',
  more: Fields = {},
  labels: Readonly<Record<string, string>> = {},
): Fields {
  return { metadata: { name, labels }, spec: { containers: [{ name: 'app', image }], ...more } };
}

/** A Deployment of one container. */
export function deployment(name: string, image = 'nginx:1.27', replicas = 1): Fields {
  const labels = { app: name };
  const spec = { containers: [{ name: 'app', image }] };
  return {
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

/** `expect.poll` with patience for a machine that is busy with other tests. */
export function eventually<T>(read: () => T | Promise<T>, options: { readonly timeout?: number } = {}) {
  return expect.poll(read, { interval: 20, timeout: 15_000, ...options });
}
