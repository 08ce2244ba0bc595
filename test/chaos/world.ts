import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../../src/sandbox/serving/faults.ts';
import type { Stage } from '../../src/sandbox/slack/acting.ts';
import type { Delivery } from '../../src/sandbox/slack/delivery.ts';
import { areRunning } from '../../src/sandbox/stories/kubernetes.ts';
import { deployment, pullSecret } from '../../src/sandbox/stories/objects.ts';
import { openChannel } from '../faults/change.ts';
import { type FaultStage, openStage, shop, type WorkerActor } from '../faults/stage.ts';
import type { Disturbance } from '../support/faulty-forwarder.ts';
import { type RedisPair, startRedisPair } from '../support/redis-pair.ts';
import { type Crew, startCrew } from './crew.ts';
import { type HostileRegistry, startHostileRegistry } from './hostile-registry.ts';
import type { Asked } from './ledger.ts';

export const hostileHost = 'registry.hostile.example';
export const deploymentCount = 6;
export const tagCount = 6;
export const pods = 2;
export const nameOf = (index: number): string => `web-${index % deploymentCount}`;

/** Secrets that are where they belong, and may be nowhere else. */
export const password = 'canary-Xk29vQ7ppLs0';
const variable = 'canary-env-81hfKqmZ33';

/** A command that somebody typed. */
export interface Command extends Omit<Asked, 'messages' | 'delivered' | 'mayBeLost' | 'mayBeUnsaved'> {
  readonly channel: string;
  readonly typedMs: number;
  delivered: boolean;
}

/** The next requests of a method to the API server are disturbed in this way. */
export interface Spoiling {
  readonly on: 'GET' | 'PATCH';
  readonly how: () => Disturbance;
  times: number;
}

/** Everything that chaos acts on, and what it remembers for afterwards. */
export interface World {
  readonly stage: FaultStage;
  readonly redis: RedisPair;
  readonly hostile: HostileRegistry;
  readonly crew: Crew;
  readonly commands: Command[];
  readonly spoilings: Spoiling[];
  /** Clicks that were sent once, to be sent again. */
  readonly clicks: Readonly<Record<string, unknown>>[];
  /** Lines of logs in which a secret stands. */
  readonly leaked: string[];
  readonly canaries: readonly string[];
  /** Ends when what was done to Redis last is over. */
  redisTurn: Promise<void>;
  /** When Slack began to fail. */
  readonly slackFailsMs: number[];
  /** When Redis was away or changed its master. */
  readonly redisAway: { readonly fromMs: number; readonly untilMs: number }[];
  /** What is still going on besides: processes that start, servers that are away. */
  readonly background: Set<Promise<unknown>>;
  /** Slack as people use it: repeats events that no bot took, remembers clicks. */
  slackFor(command?: Command): Stage;
  /** Sets a fault of Slack that ends by itself, or with everything else. */
  failSlack(fault: Fault): void;
  /** Ends all faults of Slack. */
  healSlack(): void;
  stop(): Promise<void>;
}

/** What is broken on purpose, to see that it is noticed. */
export type Plant = 'forgotten-mark' | undefined;

export async function openWorld(plant: Plant): Promise<World> {
  const hostile = await startHostileRegistry();
  const leaked: string[] = [];
  const canaries: string[] = [...formsOf(password), ...formsOf(`robot:${password}`), variable];
  let redis: RedisPair | undefined;
  const stage = await openStage({
    paced: false,
    redis: async () => (redis = await startRedisPair()),
    hosts: { [hostileHost]: hostile.url },
    onLine: (line) => {
      if (canaries.some((canary) => line.includes(canary))) leaked.push(line);
    },
  });
  if (redis === undefined) throw new Error('the stage started no Redis');
  const { app } = stage.slack.workspace;
  canaries.push(app.botToken, app.appToken);
  const spoilings: Spoiling[] = [];
  const prepare = (worker: WorkerActor): void => {
    worker.api.spoil = (method) => spoil(spoilings, method);
    if (plant === 'forgotten-mark') worker.api.rewrite = withoutMark;
  };
  await furnish(stage);
  const crew = await startCrew(stage, prepare);
  const commands: Command[] = [];
  const clicks: Record<string, unknown>[] = [];
  const slackFailsMs: number[] = [];
  let faults = 0;
  return {
    stage,
    redis,
    hostile,
    crew,
    commands,
    spoilings,
    clicks,
    leaked,
    canaries,
    redisTurn: Promise.resolve(),
    redisAway: [],
    slackFailsMs,
    background: new Set(),
    slackFor: (command) => ({ ...stage.slack, delivery: persistent(stage.slack.delivery, clicks, command) }),
    failSlack: (fault) => {
      slackFailsMs.push(performance.now());
      faults += 1;
      stage.slack.faults.set(fault, `chaos ${faults}`);
    },
    healSlack: () => {
      for (let fault = 1; fault <= faults; fault += 1) stage.slack.faults.set(undefined, `chaos ${fault}`);
    },
    stop: async () => {
      await stage.stop();
      await hostile.stop();
    },
  };
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex'), encodeURIComponent(secret)];
}

function spoil(spoilings: Spoiling[], method: string): Disturbance | undefined {
  const index = spoilings.findIndex(({ on }) => on === method);
  const found = spoilings[index];
  if (found === undefined) return undefined;
  found.times -= 1;
  if (found.times <= 0) spoilings.splice(index, 1);
  return found.how();
}

/** The patch of a worker that forgets to leave its mark. */
function withoutMark(body: string): string {
  return body.replaceAll(/imagecheck\.dev(\/|~1)last-approval/g, 'imagecheck.dev$1forgotten');
}

async function furnish(stage: FaultStage): Promise<void> {
  const secret = pullSecret({ name: 'hostile', namespace: shop }, hostileHost, { username: 'robot', password });
  await stage.kubernetes.create(secret);
  const names = Array.from({ length: deploymentCount }, (_, index) => nameOf(index));
  for (const name of names) {
    for (let tag = 1; tag <= tagCount; tag += 1) {
      const push = { repository: `acme/${name}`, tags: [String(tag)], seed: `${name} ${tag}` };
      stage.registries.change('ghcr.io', { push });
    }
    const container = { name: 'app', image: `ghcr.io/acme/${name}:1`, env: { DB_PASSWORD: variable } };
    await stage.kubernetes.create(deployment({ name, namespace: shop }, [container], { replicas: pods }));
  }
  for (const [name, image] of [['hostile', `${hostileHost}/acme/echo:1`]] as const) {
    const options = { pod: { imagePullSecrets: [{ name: 'hostile' }] } };
    await stage.kubernetes.create(deployment({ name, namespace: shop }, [{ name: 'app', image }], options));
  }
  await Promise.all(names.map((name) => stage.kubernetes.until(shop, name, 'its pods run', areRunning(pods))));
}

/** Slack repeats an event that no bot took, and chaos remembers clicks. */
function persistent(delivery: Delivery, clicks: Record<string, unknown>[], command: Command | undefined): Delivery {
  return {
    ...delivery,
    deliver: async (type, payload) => {
      if (type === 'interactive') clicks.push({ ...payload });
      for (let attempt = 1; ; attempt += 1) {
        const answer = await delivery.deliver(type, payload);
        const isTaken = answer.kind === 'acknowledged';
        // Only of a mention does Slack tell nobody that it was not taken.
        if (type !== 'events_api' || isTaken || attempt === 4) {
          if (command !== undefined && type === 'events_api') command.delivered = isTaken;
          return answer;
        }
        await delay(attempt * 1000);
      }
    },
  };
}

/** A channel of its own for one command: what stands there answers it. */
export function channelFor({ stage, commands }: World): string {
  return openChannel(stage, `chaos-${commands.length}`);
}
