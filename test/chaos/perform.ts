import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../src/errors.ts';
import { act, click, submit } from '../../src/sandbox/slack/acting.ts';
import type { Message } from '../../src/sandbox/slack/workspace.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import { actionsOf, valueOf } from '../faults/change.ts';
import { shop } from '../faults/stage.ts';
import type { Disturbance } from '../support/faulty-forwarder.ts';
import type { ClusterFault, Event, Question } from './steps.ts';
import { type Command, channelFor, hostileHost, nameOf, tagCount, type World } from './world.ts';

type Of<K extends Event['kind']> = Extract<Event, { kind: K }>;

/** Does one step; what lasts longer goes on in the background. */
export async function perform(world: World, event: Event): Promise<void> {
  switch (event.kind) {
    case 'ask':
      return type(world, commandOf(world, event));
    case 'change':
      return type(world, changeOf(event));
    case 'press':
      return inBackground(world, press(world, event));
    case 'process':
      return inBackground(world, world.crew.disturb(event));
    case 'redis':
      return inBackground(
        world,
        inTurn(world, () => away(world, event)),
      );
    case 'failover':
      return inBackground(
        world,
        inTurn(world, () => world.redis.failover()),
      );
    case 'slack':
      return world.failSlack(slackFault(event));
    case 'kubernetes':
      world.spoilings.push({ on: event.on, times: event.times, how: disturbances[event.what] });
      return;
    default:
      return event satisfies never;
  }
}

function inBackground({ background }: World, work: Promise<unknown>): void {
  // Whoever finds no button to press any more has nothing to do.
  const quiet = work.catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
  });
  background.add(quiet);
  void quiet.finally(() => background.delete(quiet)).catch(() => {});
}

interface Typed extends Pick<Command, 'text' | 'kind'> {
  readonly as: string;
}

function type(world: World, { as, text, kind }: Typed): void {
  const command: Command = {
    text,
    kind,
    user: as,
    channel: channelFor(world),
    typedMs: performance.now(),
    delivered: true,
  };
  world.commands.push(command);
  inBackground(world, act(world.slackFor(command), { as, channel: command.channel, text }));
}

const explained = 'Failed to pull image "redis:alpin": docker.io/library/redis:alpin: not found';

function commandOf({ hostile }: World, { what, workload, mention }: Of<'ask'>): Typed {
  const repository = hostile.repositories[workload % hostile.repositories.length];
  const words: Record<Question, readonly [string, Command['kind']]> = {
    healthy: [`deployment ${nameOf(workload)} -n ${shop}`, 'report'],
    missing: [`deployment nothing-${workload} -n ${shop}`, 'report'],
    image: [`image ghcr.io/acme/${nameOf(workload)}:${1 + (workload % (tagCount + 2))}`, 'report'],
    'hostile image': [`image ${hostileHost}/acme/${repository}:${workload % 3}`, 'report'],
    'hostile workload': [`deployment hostile -n ${shop}`, 'report'],
    help: ['help', 'private'],
    explain: [`explain ${explained}`, 'private'],
    history: [`history deployment/${nameOf(workload)} -n ${shop}`, 'private'],
    approvals: ['approvals', 'private'],
    nonsense: [`deploymnt ${nameOf(workload)} --now`, 'private'],
    stranger: [`deployment ${nameOf(workload)} -n ${shop}`, 'private'],
  };
  const [text, kind] = words[what];
  return { as: what === 'stranger' ? 'U0CHLOE' : 'U0ANA', text: `${mention ? '@' : '/'}imagecheck ${text}`, kind };
}

function changeOf({ remedy, workload, tag }: Of<'change'>): Typed {
  const what = `deployment/${nameOf(workload)} -n ${shop}`;
  const words = remedy === 'repull' ? `repull ${what}` : `set-image ${what} :${1 + (tag % tagCount)}`;
  return { as: 'U0ANA', text: `/imagecheck ${words}`, kind: 'plan' };
}

function messagesWith({ stage }: World, action: string): readonly Message[] {
  const all = [...stage.slack.workspace.channels.values()].flatMap(({ messages }) => messages);
  return all.filter((message) => actionsOf(message).includes(action));
}

async function press(world: World, { how, which, as }: Of<'press'>): Promise<void> {
  const slack = world.slackFor();
  if (how === 'late' || how === 'again') return await repeat(world, how, which);
  const actionId = { reject: changeIds.reject, undo: changeIds.undo }[how as string] ?? changeIds.approve;
  const found = messagesWith(world, actionId);
  const message = found[which % Math.max(1, found.length)];
  if (message === undefined) return;
  const on = { messageTs: message.ts, actionId };
  switch (how) {
    case 'approve':
      return await click(slack, { ...on, as });
    case 'twice':
      await Promise.all([click(slack, { ...on, as }), click(slack, { ...on, as })]);
      return;
    case 'both':
      await Promise.all(['ben', 'chloe'].map((one) => click(slack, { ...on, as: one })));
      return;
    case 'requester':
    case 'undo':
      return await click(slack, { ...on, as: 'ana' });
    case 'guest':
      return await click(slack, { ...on, as: 'gus' });
    case 'altered':
      return await click(slack, { ...on, as, value: altered(valueOf(message, actionId)) });
    case 'reject':
      return await reject(world, on, as);
    default:
      return how satisfies never;
  }
}

/** The button of a plan that nobody was shown. */
function altered(value: string): string {
  const { digest, ...rest } = JSON.parse(value) as { readonly digest: string };
  return JSON.stringify({ ...rest, digest: digest.split('').toReversed().join('') });
}

async function reject(world: World, on: { readonly messageTs: string; readonly actionId: string }, as: string) {
  const slack = world.slackFor();
  await click(slack, { ...on, as });
  const person = [...slack.workspace.people.values()].find(({ name }) => name === as)?.id;
  for (let look = 0; look < 40; look += 1) {
    const open = [...slack.workspace.views.values()].find(
      ({ user, view }) => user === person && view['callback_id'] === changeIds.rejectModal,
    );
    if (open !== undefined) {
      const values = { [changeIds.reason]: { [changeIds.reason]: { type: 'plain_text_input', value: 'not now' } } };
      await submit(slack, { as, viewId: open.id, values });
      return;
    }
    await delay(50);
  }
}

/** A click that was sent before: as Slack repeats it, or as a person does who still sees the buttons. */
async function repeat({ stage, clicks }: World, how: 'late' | 'again', which: number): Promise<void> {
  const earlier = clicks[which % Math.max(1, clicks.length)];
  if (earlier === undefined) return;
  const { user } = earlier as { readonly user: { readonly id: string } };
  const fresh = how === 'again' ? {} : { trigger_id: stage.slack.triggers.issue(user.id) };
  await stage.slack.delivery.deliver('interactive', { ...earlier, ...fresh });
}

/** One thing at a time happens to Redis: what is stopped cannot be promoted. */
async function inTurn(world: World, work: () => Promise<void>): Promise<void> {
  const turn = world.redisTurn.then(async () => {
    const fromMs = performance.now();
    try {
      await work();
    } finally {
      world.redisAway.push({ fromMs, untilMs: performance.now() });
    }
  });
  world.redisTurn = turn.catch(() => {});
  return await turn;
}

async function away({ redis }: World, { what, forMs }: Of<'redis'>): Promise<void> {
  if (what === 'pause') redis.pause();
  else await redis.stop(what);
  await delay(forMs);
  if (what === 'pause') redis.resume();
  else await redis.start();
}

function slackFault({ what, method, times }: Of<'slack'>) {
  const path = { path: method };
  switch (what) {
    case 'slow':
      return { ...path, times, delayMs: 3500 };
    case 'disconnect':
      return { ...path, times, disconnect: true };
    case '429':
    case '500':
      return { ...path, times, status: Number(what) };
    default:
      return what satisfies never;
  }
}

const disturbances: Readonly<Record<ClusterFault, () => Disturbance>> = {
  '409': () => ({ answer: 409 }),
  '429': () => ({ answer: 429, headers: { 'retry-after': '1' } }),
  '500': () => ({ answer: 500 }),
  'drop-before': () => 'drop-before',
  'drop-after': () => 'drop-after',
  cut: () => 'cut',
  slow: () => ({ hold: () => delay(3000) }),
};
