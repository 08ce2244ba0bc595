import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { parseImage } from '../../model/image/image.ts';
import { close, listen } from '../serving/listen.ts';
import { Behaviour, Match, type Rule } from './behaviour.ts';
import type { Clock } from './clock.ts';
import type { SimulatedNode } from './node.ts';
import { nodePlatform } from './pull/platform.ts';

/** What the control API controls. */
export interface Controlled {
  readonly nodes: readonly SimulatedNode[];
  readonly clock: Clock;
  readonly rules: Rule[];
  readonly heldPulls: Map<string, Date>;
}

const digest = z.string().regex(/^sha256:[a-f0-9]{64}$/);

const CachedSetting = z.object({
  image: z.string(),
  digest,
  nodes: z.array(z.string()).optional(),
  manifestDigest: digest.optional(),
  configDigest: digest.optional(),
  imageId: z.string().optional(),
  architecture: z.string().optional(),
  sizeBytes: z.number().int().min(0).default(25_000_000),
  entrypoint: z.array(z.string()).default(['/app']),
});

const NodeSetting = z.object({
  diskPressure: z.boolean().optional(),
  mirrors: z.array(z.object({ host: z.string(), url: z.string() })).optional(),
  credentials: z.record(z.string(), z.object({ username: z.string(), password: z.string() })).optional(),
});

const HeldPull = z.object({ image: z.string(), forSeconds: z.number().min(0) });
const Eviction = z.object({ namespace: z.string(), pod: z.string(), message: z.string().optional() });
const RuleSetting = z.object({ match: Match, behaviour: Behaviour });
const ClockSetting = z.object({ speed: z.number().positive().max(10_000) });

const lowDisk =
  'The node was low on resource: ephemeral-storage. Threshold quantity: 10738417828, available: 9713684Ki. Container app was using 4Gi, request is 0, has larger consumption of ephemeral-storage. ';

/**
 * Serves the control API of the kubelet, JSON over HTTP on loopback; stories are set up through it:
 *
 * - `POST /images {image, digest, nodes?, manifestDigest?, configDigest?, imageId?, architecture?, sizeBytes?,
 * entrypoint?}`: the image is on these nodes (default: all), as if pulled earlier. `imageId` overrides what
 * `status.imageID` shows (side-loaded images, other runtimes).
 * - `DELETE /images?node=N&image=REF`: drops one image, or a node's whole cache, or all.
 * - `POST /behaviours {match:{namespace?,pod?,workload?,container?,image?,digest?}, behaviour:{logs?,ready?,
 * readyAfterSeconds?,exitCode?,reason?,afterSeconds?,terminationMessage?,startError?,pullError?,sandboxError?}}`: what
 * matching containers do at their next start, or what the runtime says of their image or of their pod's sandbox; later
 * rules win over earlier ones and over one about everything, and the pod's annotation
 * `sandbox.imagecheck.dev/behaviour` over all rules.
 * - `DELETE /behaviours`: forgets them.
 * - `POST /pulls {image, forSeconds}`: pulls of this image go on without an end, and began this long ago.
 * - `DELETE /pulls?image=REF`: they go on to their end.
 * - `POST /nodes/NAME {diskPressure?, mirrors?, credentials?}`: condition and taint; mirrors as `hosts.toml` lists
 * them;
 * the node's own registry credentials.
 * - `POST /evictions {namespace, pod, message?}`: evicts as under disk pressure.
 * - `POST /clock {speed}`: how fast back-offs pass. `GET /clock` returns it.
 *
 * Invalid input gets 400 and `{error}`; unknown nodes, pods and paths get 404.
 */
export async function startControl(
  controlled: Controlled,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void answer(controlled, request)
      .catch((error: unknown) => ({
        code: 500,
        body: { error: error instanceof Error ? error.message : String(error) },
      }))
      .then(({ code, body }) => {
        response.writeHead(code, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
  });
  const url = await listen(server, 0);
  return { url, stop: () => close(server) };
}

interface Answer {
  readonly code: number;
  readonly body: unknown;
}

const done: Answer = { code: 200, body: { ok: true } };
const bad = (error: string): Answer => ({ code: 400, body: { error } });
const absent = (error: string): Answer => ({ code: 404, body: { error } });

async function answer(controlled: Controlled, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://control');
  const [, area = '', name = ''] = url.pathname.split('/');
  const body = request.method === 'POST' ? await readJson(request) : undefined;
  switch (`${request.method ?? 'GET'} /${area}`) {
    case 'POST /images':
      return parsed(CachedSetting, body, (setting) => addImage(controlled, setting));
    case 'DELETE /images':
      return dropImages(controlled, url.searchParams);
    case 'POST /behaviours':
      return parsed(RuleSetting, body, (rule) => {
        // Any other rule overrides a rule about everything.
        if (Object.keys(rule.match).length === 0) controlled.rules.unshift(rule);
        else controlled.rules.push(rule);
        return done;
      });
    case 'DELETE /behaviours':
      controlled.rules.length = 0;
      return done;
    case 'POST /pulls':
      return parsed(HeldPull, body, ({ image, forSeconds }) => {
        controlled.heldPulls.set(image, new Date(controlled.clock.now().getTime() - forSeconds * 1000));
        return done;
      });
    case 'DELETE /pulls':
      controlled.heldPulls.delete(url.searchParams.get('image') ?? '');
      return done;
    case 'POST /nodes':
      return parsed(NodeSetting, body, (setting) => setNode(controlled, decodeURIComponent(name), setting));
    case 'POST /evictions':
      return parsed(Eviction, body, ({ namespace, pod, message }) => {
        const found = controlled.nodes.some((node) => node.evict(namespace, pod, message ?? lowDisk));
        return found ? done : absent(`no pod ${namespace}/${pod} on any node`);
      });
    case 'POST /clock':
      return parsed(ClockSetting, body, ({ speed }) => {
        controlled.clock.setSpeed(speed);
        return done;
      });
    case 'GET /clock':
      return { code: 200, body: { speed: controlled.clock.speed(), now: controlled.clock.now().toISOString() } };
    default:
      return absent(`no ${request.method ?? 'GET'} ${url.pathname}`);
  }
}

async function parsed<T>(
  schema: z.ZodType<T>,
  body: unknown,
  act: (value: T) => Answer | Promise<Answer>,
): Promise<Answer> {
  const result = schema.safeParse(body);
  return result.success ? act(result.data) : bad(z.prettifyError(result.error));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

async function addImage({ nodes }: Controlled, setting: z.infer<typeof CachedSetting>): Promise<Answer> {
  const parsedImage = parseImage(setting.image);
  if (!parsedImage.ok) return bad(`${setting.image} isn’t a valid image reference: ${parsedImage.reason}`);
  const chosen = nodes.filter(({ name }) => setting.nodes?.includes(name) ?? true);
  if (chosen.length === 0) return absent('no such node');
  const { registry, repository } = parsedImage.image;
  for (const { cache, architecture } of chosen) {
    cache.add(setting.image, {
      repository: `${registry}/${repository}`,
      digest: setting.digest,
      manifestDigest: setting.manifestDigest ?? setting.digest,
      configDigest: setting.configDigest ?? setting.digest,
      sizeBytes: setting.sizeBytes,
      platform: nodePlatform('linux', setting.architecture ?? architecture),
      entrypoint: setting.entrypoint,
      ...(setting.imageId === undefined ? {} : { imageId: setting.imageId }),
    });
  }
  await Promise.all(chosen.map(({ keeper }) => keeper.refresh()));
  return done;
}

async function dropImages({ nodes }: Controlled, query: URLSearchParams): Promise<Answer> {
  const node = query.get('node');
  const chosen = nodes.filter(({ name }) => node === null || name === node);
  if (chosen.length === 0) return absent(`no node ${node ?? ''}`);
  for (const { cache } of chosen) cache.remove(query.get('image') ?? undefined);
  await Promise.all(chosen.map(({ keeper }) => keeper.refresh()));
  return done;
}

async function setNode({ nodes }: Controlled, name: string, setting: z.infer<typeof NodeSetting>): Promise<Answer> {
  const node = nodes.find((known) => known.name === name);
  if (node === undefined) return absent(`no node ${name}`);
  if (setting.mirrors !== undefined) node.setMirrors(setting.mirrors);
  if (setting.credentials !== undefined) node.setCredentials(setting.credentials);
  if (setting.diskPressure !== undefined) await node.keeper.setDiskPressure(setting.diskPressure);
  return done;
}
