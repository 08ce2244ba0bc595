import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { Components } from '../parts/components.ts';
import type { WorkloadPods } from '../parts/pods.ts';
import { Change } from '../registries/control.ts';
import type { SimulatedRegistries } from '../registries/index.ts';
import type { Fault } from '../serving/faults.ts';
import { act, click, type Stage, shortcut, submit, suggest } from '../slack/acting.ts';
import { openHome } from '../slack/home.ts';
import { personOf } from '../slack/places.ts';
import { describeView, history, SlackRefusal, thread } from '../slack/web-api.ts';
import { type Channel, changed, findChannel, type Message } from '../slack/workspace.ts';
import type { Stories } from '../stories/index.ts';

/** The parts that the sandbox's JSON API acts on (docs/sandbox.md). */
export interface SandboxApi {
  readonly stage: Stage;
  readonly stories: Stories;
  readonly components: Components;
  readonly registries: SimulatedRegistries;
  /** What runs in a namespace, to watch a rollout. */
  readonly pods: (namespace: string) => Promise<readonly WorkloadPods[]>;
  /** Base URL of the kubelet's control API, which `/api/kubelet/…` forwards to. */
  readonly kubeletControl: string;
}

const Act = z.object({
  as: z.string(),
  channel: z.string(),
  thread: z.string().optional(),
  text: z.string().max(40_000),
});
const Click = z.object({
  as: z.string(),
  messageTs: z.string().optional(),
  viewId: z.string().optional(),
  actionId: z.string(),
  value: z.string().optional(),
});
const Submit = z.object({ as: z.string(), viewId: z.string(), values: z.record(z.string(), z.unknown()) });
const Suggest = Click.extend({ value: z.string() });
const Shortcut = z.object({ as: z.string(), messageTs: z.string(), callbackId: z.string() });
const SetFault = z.object({
  component: z.string(),
  delayMs: z.number().min(0).max(60_000).optional(),
  status: z.number().int().min(400).max(599).optional(),
  disconnect: z.boolean().optional(),
  times: z.number().int().positive().optional(),
  path: z.string().optional(),
});

type Route = (api: SandboxApi, body: unknown, parts: readonly string[], query: URLSearchParams) => unknown;

/** Path patterns by method; `*` stands for one segment. */
const routes: Readonly<Record<string, Route>> = {
  'POST /api/act': ({ stage }, body) => act(stage, Act.parse(body)),
  'POST /api/click': async ({ stage }, body) => {
    await click(stage, Click.parse(body));
    return { ok: true };
  },
  'POST /api/view/submit': ({ stage }, body) => submit(stage, Submit.parse(body)),
  'POST /api/view/close': ({ stage: { workspace } }, body) => {
    const closed = workspace.views.delete(z.object({ viewId: z.string() }).parse(body).viewId);
    changed(workspace);
    return { closed };
  },
  'POST /api/home': async ({ stage }, body) => {
    await openHome(stage, z.object({ as: z.string() }).parse(body));
    return { ok: true };
  },
  'GET /api/pods/*': async ({ pods }, _body, [, , namespace = '']) => ({ workloads: await pods(namespace) }),
  'POST /api/options': ({ stage }, body) => suggest(stage, Suggest.parse(body)),
  'POST /api/shortcut': async ({ stage }, body) => {
    await shortcut(stage, Shortcut.parse(body));
    return { ok: true };
  },
  'GET /api/people': ({ stage: { workspace } }) => ({
    people: [...workspace.people.values()],
    groups: [...workspace.groups.values()],
  }),
  'GET /api/channels': ({ stage: { workspace } }) => ({
    channels: [...workspace.channels.values()].map(({ id, name, im, members }) => ({
      id,
      name,
      im,
      hasBot: members.has(workspace.app.botUser),
    })),
  }),
  'GET /api/channels/*': ({ stage }, _body, [, , name = ''], query) => {
    const channel = channelNamed(stage, name);
    return {
      ok: true,
      channel: channel.id,
      messages: history(channel),
      ephemeral: ephemeralFor(stage, channel, query.get('as')),
    };
  },
  'GET /api/threads/*/*': ({ stage }, _body, [, , name = '', ts = ''], query) => {
    const channel = channelNamed(stage, name);
    return {
      ok: true,
      messages: thread(channel, ts),
      ephemeral: ephemeralFor(stage, channel, query.get('as')).filter((message) => message.thread_ts === ts),
    };
  },
  'GET /api/views': ({ stage: { workspace } }, _body, _parts, query) => {
    const { id } = personOf(workspace, query.get('as') ?? '');
    return {
      views: [...workspace.views.values()]
        .filter(({ user }) => user === id)
        .map((open) => describeView(open, workspace)),
    };
  },
  'GET /api/stories': ({ stories }) => ({ stories: stories.list() }),
  'GET /api/stories/*': ({ stories }, _body, [, , id = '']) => stories.get(id),
  'POST /api/stories/*': ({ stories }, _body, [, , id = '']) => stories.start(id),
  'DELETE /api/stories/*': ({ stories }, _body, [, , id = '']) => stories.remove(id),
  'GET /api/registries': ({ registries }) => ({ registries: registries.describe() }),
  'POST /api/registries/*': ({ registries }, body, [, , host = '']) => registries.change(host, Change.parse(body)),
  'POST /api/faults': ({ components }, body) => {
    const { component, ...fault } = SetFault.parse(body);
    const heals = Object.values(fault).every((value) => value === undefined);
    if (!components.setFault(component, heals ? undefined : (fault as Fault))) {
      throw new UserError(`there is no component ${component}`, {
        remedy: `Components: ${components.names.join(', ')}.`,
      });
    }
    return { ok: true };
  },
};

/** Answers a request to /api/. Bad input gets 400 with `error` and `remedy`; unknown paths get 404. */
export async function answerApi(
  api: SandboxApi,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  try {
    const parts = url.pathname.split('/').slice(1).map(decoded);
    if (parts[1] === 'kubelet') return await passOn(api.kubeletControl, request, response, url);
    const route = routeFor(request.method ?? 'GET', parts);
    if (route === undefined)
      return send(response, 404, {
        error: `no such path: ${request.method} ${url.pathname}`,
        remedy: 'See docs/sandbox.md.',
      });
    const body = request.method === 'POST' ? await jsonBody(request) : undefined;
    return send(response, 200, (await route(api, body, parts, url.searchParams)) ?? { ok: true });
  } catch (error) {
    if (error instanceof UserError) return send(response, 400, { error: error.message, remedy: error.remedy });
    if (error instanceof SlackRefusal) return send(response, 400, { error: error.message });
    if (error instanceof z.ZodError)
      return send(response, 400, { error: z.prettifyError(error), remedy: 'See docs/sandbox.md.' });
    return send(response, 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

/** The kubelet's control API has its own address; here it is reachable together with the rest. */
async function passOn(base: string, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const { method = 'GET' } = request;
  const body = method === 'POST' ? JSON.stringify(await jsonBody(request)) : undefined;
  const target = new URL(`${url.pathname.replace('/api/kubelet', '')}${url.search}`, base);
  const answer = await fetch(target, { method, ...(body === undefined ? {} : { body }) });
  return send(response, answer.status, await answer.json());
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new UserError(`the URL contains an invalid escape: ${part}`);
  }
}

function routeFor(method: string, parts: readonly string[]): Route | undefined {
  const exact = routes[`${method} /${parts.join('/')}`];
  if (exact !== undefined) return exact;
  const [api = '', kind = '', ...rest] = parts;
  return rest.length === 0 ? undefined : routes[`${method} /${[api, kind, ...rest.map(() => '*')].join('/')}`];
}

function channelNamed({ workspace }: Stage, name: string): Channel {
  const found = findChannel(workspace, name);
  if (found === undefined) {
    throw new UserError(`there is no channel ${name}`, {
      remedy: `Channels: ${[...workspace.channels.values()].map((channel) => channel.name).join(', ')}.`,
    });
  }
  return found;
}

/** Messages that only this person sees there; without a person, none. */
function ephemeralFor({ workspace }: Stage, channel: Channel, as: string | null): readonly Message[] {
  if (as === null) return [];
  const { id } = personOf(workspace, as);
  return channel.messages.filter((message) => message.ephemeralFor === id);
}

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError('the body is not JSON', { cause: error });
  }
}

function send(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(content));
}
