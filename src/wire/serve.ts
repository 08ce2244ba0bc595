import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { unescape } from 'node:querystring';
import type { Config, Role as ConfigRole } from '../config.ts';
import { UserError } from '../errors.ts';
import { createLog, type Log } from '../log.ts';
import type { ClusterSetting } from '../model/settings/settings.ts';
import { Secret } from '../model/values/secret.ts';
import { type CommandLine, textFlag } from '../terminal/command.ts';
import { serveWithoutReaders } from '../terminal/streams.ts';
import { createCompany } from '../timing/company.ts';
import { version } from '../version.ts';
import { deliverAuditTo } from './audit-delivery.ts';
import { startBot } from './bot.ts';
import { createGate } from './calm.ts';
import { readConfig } from './configuration.ts';
import { endAnyway } from './end-anyway.ts';
import { settle } from './frugal.ts';
import { type Health, startHealth } from './health.ts';
import { chooseCluster } from './reach.ts';
import { openRecords } from './records.ts';

/** The roles of a long-running process: the Slack side, a cluster's side, or both. */
export type ServingRole = Exclude<ConfigRole, 'terminal'>;

/** How long running work may take when the process is asked to stop; Kubernetes kills it after 30 s. */
const stopWithinMs = 20_000;

/** How long a check may wait in a busy process that also talks to Slack. */
const admitWithinMs = 500;

/** A started process: its name, and how it ends. */
export interface Service {
  /** Where HTTP mode listens. */
  readonly port?: number;
  stop(deadlineMs: number): Promise<void>;
}

interface ServiceOptions {
  readonly clusters: readonly ClusterSetting[];
  readonly log: Log;
  readonly onFatal: (error: unknown) => void;
  readonly slackLimits?: boolean;
}

/** What the sides of a process share. */
interface Sides extends ServiceOptions {
  readonly role: ServingRole;
  readonly config: Config;
  readonly id: string;
  readonly version: string;
  readonly health: Health;
  /** Stopped in reverse order. */
  readonly parts: { stop: (deadlineMs: number) => Promise<void> }[];
}

/** Starts the parts of a role and resolves once all of them are ready. `onFatal` is called if it cannot continue. */
export async function startService(role: ServingRole, config: Config, options: ServiceOptions): Promise<Service> {
  const id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const health = await startHealth(config.health.port);
  const sides: Sides = { ...options, role, config, id, version: version(), health, parts: [health] };
  const stop = async (deadlineMs: number): Promise<void> => {
    for (const part of sides.parts.toReversed()) await part.stop(deadlineMs);
  };
  try {
    if (role !== 'bot') await startWorkers(sides);
    const port = role === 'worker' ? undefined : await startSlackSide(sides);
    health.started();
    return { stop, ...(port === undefined ? {} : { port }) };
  } catch (error) {
    await stop(1000);
    throw error;
  }
}

/** One worker for each cluster. A bot never loads code that reaches a cluster. */
async function startWorkers({ parts, health, clusters, ...common }: Sides): Promise<void> {
  const { startClusterWorker } = await import('./worker.ts');
  const { role, config, log, id } = common;
  const records = await openRecords(config, 'worker', log);
  parts.push(records);
  health.watch('redis', records.isServing);
  if (role === 'worker') parts.push(deliverAuditTo(config.audit, { audit: records.store.audit, holder: id, log }));
  const working = { company: createCompany(), ...(role === 'all' ? { admit: createGate(admitWithinMs) } : {}) };
  for (const cluster of clusters) {
    const worker = await startClusterWorker(cluster, records, { ...common, ...working });
    parts.push(worker);
    health.watch('jobs', () => worker.isTaking());
  }
}

/** Returns the port of HTTP mode. */
async function startSlackSide(sides: Sides): Promise<number | undefined> {
  const { parts, health, config, log, id, slackLimits = true } = sides;
  const records = await openRecords(config, 'producer', log);
  parts.push(records, deliverAuditTo(config.audit, { audit: records.store.audit, holder: id, log }));
  health.watch('redis', records.isServing);
  const bot = await startBot(records, { ...sides, slackLimits });
  parts.push(bot);
  health.watch('slack', () => bot.isConnected());
  return bot.port;
}

/** `imagecheck bot`, `worker` and `all`: runs until it is stopped. Returns the exit code. */
export async function serve(role: ServingRole, args: CommandLine<'config' | 'cluster'>): Promise<number> {
  serveWithoutReaders();
  const config = readConfig({ file: textFlag(args.flags, 'config'), role });
  const log = createLog(config.log.level, undefined, secretsOf(config));
  const clusters = role === 'worker' ? [chooseCluster(config, textFlag(args.flags, 'cluster'))] : config.clusters;
  if (role === 'all' && clusters.length === 0) {
    throw new UserError('no cluster configured.', {
      remedy: 'Add one under `clusters:`, or set KUBECONFIG.',
    });
  }
  const ended = Promise.withResolvers<number>();
  const service = await startService(role, config, {
    clusters,
    log,
    onFatal: (error) => {
      log.fatal({ error }, 'Slack rejected the reconnect');
      ended.resolve(1);
    },
  });
  process.on('unhandledRejection', (error) => log.error({ error }, 'unhandled rejection'));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ended.resolve(0));
  // A worker reads whole clusters and answers in seconds; a process that talks to Slack has milliseconds.
  settle({ roomy: role !== 'worker' });
  log.info({ role, clusters: clusters.map(({ id }) => id), port: service.port, version: version() }, 'ready');
  const code = await ended.promise;
  await service.stop(stopWithinMs);
  log.info({ role }, 'stopped');
  endAnyway(code, log);
  return code;
}

/** What must not be in a log even if a server echoes it. */
function secretsOf({ registries, slack, redis, signing, audit }: Config): readonly Secret[] {
  const teams = slack.teams.map(({ botToken }) => botToken);
  const own = [slack.botToken, slack.appToken, slack.signingSecret, signing.privateKey, audit.webhook?.token];
  const all = [...registries.map(({ credential }) => credential?.password), ...teams, ...own, passwordOf(redis.url)];
  return all.filter((secret) => secret !== undefined);
}

function passwordOf(url: Secret): Secret | undefined {
  const password = /:\/\/[^:@/]*:([^@/]+)@/.exec(url.reveal())?.[1];
  return password === undefined ? undefined : new Secret(unescape(password));
}
