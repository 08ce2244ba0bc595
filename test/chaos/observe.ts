import { setTimeout as delay } from 'node:timers/promises';
import { type Approval, finalStates } from '../../src/model/approval/approval.ts';
import { lastApprovalKey } from '../../src/model/change/mark-keys.ts';
import type { RedisClient } from '../../src/store/redis/connection.ts';
import { deploymentOf } from '../faults/change.ts';
import { shop } from '../faults/stage.ts';
import { contentsOf } from '../support/redis-contents.ts';
import { openStore, type TestStore } from '../support/store.ts';
import type { Asked, Ledger, Patched } from './ledger.ts';
import { type Command, deploymentCount, nameOf, type World } from './world.ts';

/** How long everything may need to come to its end once nothing is disturbed any more. */
const settleMs = 120_000;

/** For so long a bot tries to answer a mention. */
const retryMs = 25_000;

/** For so long a bot tries to save a question. */
const saveMs = 3000;

/** A fault of Slack ends after some calls, which other people's questions make. */
const slackFailsForMs = 10_000;

/** For so long a bot may still find no master after Redis is back. */
const recoverMs = 5000;

const isMention = ({ text }: Pick<Asked, 'text'>): boolean => text.startsWith('@');

/** Ends all chaos, waits until nothing changes any more, and writes down what is there. */
export async function observe(world: World): Promise<Ledger> {
  const { stage, redis, crew } = world;
  world.spoilings.length = 0;
  world.healSlack();
  const broken = await Promise.allSettled(world.background);
  await crew.settle();
  const store = await openStore(redis.url, 'worker', { prefix: 'imagecheck' });
  try {
    await untilQuiet(world, store);
    return {
      asked: world.commands.map(
        (command): Asked => ({
          ...command,
          mayBeLost: mayBeLost(world, command),
          mayBeUnsaved: mayBeUnsaved(world, command),
          messages: messagesOf(world, command.channel),
        }),
      ),
      approvals: await approvalsOf(world, store),
      messages: allMessages(world),
      patched: stage.workers.flatMap(({ api }) => api.answered).flatMap(patchOf),
      deployments: await Promise.all(Array.from({ length: deploymentCount }, (_, index) => seen(world, nameOf(index)))),
      audit: await store.audit.stored({ after: 0, limit: 100_000 }),
      texts: await textsOf(world, store.client),
      canaries: world.canaries,
      processes: crew.measure(),
      incidents: [...crew.incidents, ...broken.flatMap(reasonOf)],
    };
  } finally {
    await store.end();
  }
}

function mayBeLost({ crew }: World, command: Command): boolean {
  const { typedMs } = command;
  return isMention(command) && crew.botEndsMs.some((endMs) => endMs >= typedMs && endMs - typedMs < retryMs);
}

/** Redis was away, or Slack did not say who the person is and what they may do. */
function mayBeUnsaved({ redisAway, slackFailsMs }: World, { typedMs }: Command): boolean {
  const isFailing = (fromMs: number, untilMs: number) => fromMs < typedMs + saveMs && untilMs + recoverMs > typedMs;
  return (
    redisAway.some(({ fromMs, untilMs }) => isFailing(fromMs, untilMs)) ||
    slackFailsMs.some((fromMs) => isFailing(fromMs, fromMs + slackFailsForMs))
  );
}

function reasonOf(result: PromiseSettledResult<unknown>): readonly string[] {
  return result.status === 'rejected' ? [`a step could not be done: ${String(result.reason)}`] : [];
}

function messagesOf({ stage }: World, channel: string) {
  return [...(stage.slack.workspace.channels.get(channel)?.messages ?? [])];
}

function allMessages({ stage }: World) {
  return [...stage.slack.workspace.channels.values()].flatMap(({ messages }) => [...messages]);
}

async function approvalsOf({ stage }: World, store: TestStore): Promise<readonly Approval[]> {
  return await store.approvals.list(stage.slack.workspace.team.id, { limit: 10_000 });
}

/** Nothing is being worked on, no message waits, and what Slack shows has stayed the same for a while. */
async function untilQuiet(world: World, store: TestStore): Promise<void> {
  const deadline = performance.now() + settleMs;
  let before = '';
  for (let same = 0; same < 3; ) {
    if (performance.now() > deadline) return;
    await delay(1000);
    const working = (await approvalsOf(world, store)).filter(
      ({ state }) => state !== 'pending' && !finalStates.includes(state),
    );
    const waiting = await Promise.all(
      ['flights', 'landings', `${world.stage.slack.workspace.team.id}:dirty`].map((key) =>
        store.client.zcard(`{imagecheck}:${key}`),
      ),
    );
    const now = JSON.stringify([allMessages(world), working.length, waiting]);
    const isQuiet = working.length === 0 && waiting.every((count) => count === 0);
    same = isQuiet && now === before ? same + 1 : 0;
    before = now;
  }
}

/** A real change of a Deployment that the server took. */
function patchOf(request: { method: string; path: string; code: number; sent: string }): readonly Patched[] {
  const { method, path, code, sent } = request;
  const deployment = /\/deployments\/([^/?]+)(?:\?|$)/.exec(path)?.[1];
  if (method !== 'PATCH' || deployment === undefined || path.includes('dryRun') || code >= 300) return [];
  const operations = JSON.parse(sent) as readonly { readonly path: string; readonly value?: unknown }[];
  const entries = operations.flatMap(({ path: at, value }): readonly (readonly [string, unknown])[] => {
    if (at === '/metadata/annotations') return Object.entries((value ?? {}) as Record<string, unknown>);
    return at.startsWith('/metadata/annotations/') ? [[at.slice(22).replaceAll('~1', '/'), value]] : [];
  });
  // The guard on the mark before comes first.
  return [{ deployment, mark: textOf(entries.findLast(([key]) => key === lastApprovalKey)?.[1]) }];
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

async function seen({ stage }: World, name: string) {
  const { image, generation, annotations } = await deploymentOf({ stage, name });
  return { name, image, generation, mark: textOf(annotations[lastApprovalKey]) };
}

async function textsOf(world: World, client: RedisClient) {
  const { stage, leaked } = world;
  const { views } = stage.slack.workspace;
  const [events, deployments] = await Promise.all([
    stage.api.send('GET', `/api/v1/namespaces/${shop}/events`),
    stage.api.send('GET', `/apis/apps/v1/namespaces/${shop}/deployments`),
  ]);
  const items = (deployments.body['items'] ?? []) as readonly { readonly metadata: unknown }[];
  return [
    { where: 'Slack', text: JSON.stringify([allMessages(world), [...views.values()]]) },
    { where: 'Redis', text: await contentsOf(client) },
    { where: 'a log', text: leaked.join('\n') },
    { where: 'the events of the cluster', text: JSON.stringify(events.body) },
    { where: 'the metadata of a Deployment', text: JSON.stringify(items.map(({ metadata }) => metadata)) },
  ];
}
