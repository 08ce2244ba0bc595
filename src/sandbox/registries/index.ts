import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { reasonOf } from '../../errors.ts';
import type { Fault } from '../faults.ts';
import { close, listen } from '../listen.ts';
import { type PersonalityId, type SimulatedRegistry, startRegistry } from './server.ts';
import { pushImage } from './storage.ts';

/** The simulated registries of a sandbox and their control API. */
export interface SimulatedRegistries {
  /** Host as images name it -> `http://127.0.0.1:N`. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Base URL of the control API. */
  readonly controlUrl: string;
  registry(host: string): SimulatedRegistry | undefined;
  setFault(fault: Fault | undefined): void;
  stop(): Promise<void>;
}

const Push = z.object({
  host: z.string(),
  repository: z.string(),
  tags: z.array(z.string()),
  platforms: z.array(z.string()).default(['linux/amd64', 'linux/arm64']),
  created: z.string(),
  seed: z.string().optional(),
  revision: z.string().optional(),
  source: z.string().optional(),
  env: z.array(z.string()).optional(),
  private: z.boolean().optional(),
  index: z.boolean().optional(),
  docker: z.boolean().optional(),
});

const AccountSetting = z.object({
  host: z.string(),
  username: z.string(),
  password: z.string(),
  expiresAt: z.string().optional(),
  repositories: z.array(z.string()).optional(),
});

const Setting = z.object({
  host: z.string(),
  firewalled: z.boolean().optional(),
  html: z.boolean().optional(),
  quotaRemaining: z.number().optional(),
  quotaLimit: z.number().optional(),
});

const Removal = z.object({ host: z.string(), repository: z.string(), tag: z.string().optional() });

/**
 * Starts a registry for each host and the control API over all of them, JSON over HTTP:
 * `POST /control/images` pushes an image (`created` is its build time) and answers `{digest}`;
 * `POST /control/accounts` adds or replaces an account, with an end when it expires;
 * `POST /control/registries` sets `firewalled`, `html`, `quotaRemaining`, `quotaLimit` of a host;
 * `POST /control/removals` deletes a tag or a repository.
 */
export async function startRegistries(options: {
  readonly hosts: readonly { readonly host: string; readonly personality: PersonalityId; readonly port?: number }[];
  readonly now: () => Date;
}): Promise<SimulatedRegistries> {
  const started = await Promise.all(options.hosts.map((host) => startRegistry({ ...host, now: options.now })));
  const byHost = new Map(started.map((registry) => [registry.host, registry]));
  const server = createServer((request, response) => {
    control(request, byHost)
      .then((answer) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)))
      .catch((error: unknown) =>
        response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: reasonOf(error) })),
      );
  });
  const controlUrl = await listen(server, 0);
  return {
    endpoints: Object.fromEntries(started.map(({ host, url }) => [host, url])),
    controlUrl,
    registry: (host) => byHost.get(host),
    setFault: (fault) => {
      for (const registry of started) registry.faults.set(fault);
    },
    stop: async () => {
      await Promise.all([close(server), ...started.map((registry) => registry.stop())]);
    },
  };
}

async function control(request: IncomingMessage, byHost: ReadonlyMap<string, SimulatedRegistry>): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  const action = actions[`${request.method} ${request.url}`];
  if (action === undefined) throw new Error(`no such control: ${request.method} ${request.url}`);
  const { host } = z.object({ host: z.string() }).parse(body);
  const registry = byHost.get(host);
  if (registry === undefined) throw new Error(`no such registry: ${host}; there are ${[...byHost.keys()].join(', ')}`);
  return action(body, registry);
}

const actions: Readonly<Record<string, (body: unknown, registry: SimulatedRegistry) => unknown>> = {
  'POST /control/images': (body, { state }) => {
    const { repository, tags, private: isPrivate, host: _host, seed, ...recipe } = Push.parse(body);
    const digest = pushImage(state.storage, repository, tags, {
      ...withoutUndefined(recipe),
      seed: seed ?? `${repository} ${recipe.created} ${recipe.revision ?? ''}`,
    });
    const stored = state.storage.repositories.get(repository);
    if (stored !== undefined && isPrivate !== undefined) stored.private = isPrivate;
    return { digest };
  },
  'POST /control/accounts': (body, { state }) => {
    const { host: _host, ...account } = AccountSetting.parse(body);
    const rest = state.accounts.filter(({ username }) => username !== account.username);
    state.accounts.splice(0, state.accounts.length, ...rest, withoutUndefined(account));
    return { ok: true };
  },
  'POST /control/registries': (body, { state }) => {
    const setting = Setting.parse(body);
    state.firewalled = setting.firewalled ?? state.firewalled;
    state.html = setting.html ?? state.html;
    state.quota.limit = setting.quotaLimit ?? state.quota.limit;
    state.quota.remaining = setting.quotaRemaining ?? state.quota.remaining;
    return { ok: true };
  },
  'POST /control/removals': (body, { state }) => {
    const { repository, tag } = Removal.parse(body);
    if (tag === undefined) state.storage.repositories.delete(repository);
    else state.storage.repositories.get(repository)?.tags.delete(tag);
    return { ok: true };
  },
};

/** Drops keys that are undefined, for types that tell absent from undefined. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
