import { createHash } from 'node:crypto';
import { check } from '../../commands/check.ts';
import type { Command, CommandOf } from '../../commands/command.ts';
import { formatCommand, parseCommand, permissionOf } from '../../commands/parse.ts';
import { UnavailableError } from '../../errors.ts';
import { type Ask, namespaceOfTarget, type Target } from '../../model/ask/ask.ts';
import type { Asking } from '../../model/settings/policy.ts';
import { redact } from '../../model/text/redact.ts';
import { within } from '../../timing/within.ts';
import type { Drawn } from '../blocks/blocks.ts';
import { askValue, ids } from '../blocks/ids.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import { meantCluster } from '../bot/clusters.ts';
import type { Performers } from '../bot/performer.ts';
import { mayAskHere } from '../bot/permission.ts';
import type { Reply, Request } from '../bot/request.ts';
import { changePerformers } from '../changes/named.ts';
import { drawHelp } from '../views/help.ts';
import { drawExplanation } from '../views/plain.ts';
import { drawClusterChoice, drawDefaults, drawMistake, drawRefusal } from '../views/private.ts';

type Needs = 'aheadMs' | 'ask' | 'changes' | 'clusters' | 'explain' | 'now' | 'ports' | 'responders' | 'rules';
type Options = Pick<Bot, Needs>;

/** How each command is executed, by its meaning. */
const performers: Performers<Command['type'], Needs> = {
  help: { usesDefaults: false, perform: showHelp },
  explain: {
    usesDefaults: false,
    perform: (options, workspace, request, { text }) => replyWithExplanation(options, workspace, request, text),
  },
  use: { usesDefaults: false, perform: use },
  ask: { usesDefaults: true, perform: question },
  pick: { usesDefaults: true, perform: pick },
  ...changePerformers,
};

/** Executes a typed command: one grammar for the slash command and the mention. */
export async function perform(options: Options, workspace: Workspace, request: Request, text: string): Promise<Reply> {
  const parsed = parseCommand(text);
  if (!parsed.ok) return privately(drawMistake(parsed));
  const { command } = parsed;
  if (!performers[command.type].usesDefaults)
    return await performAs(command.type, options, workspace, request, command);
  const complete = parseCommand(text, { defaults: await defaultsOf(options, workspace, request) });
  if (!complete.ok) return privately(drawMistake(complete));
  return await performAs(complete.command.type, options, workspace, request, complete.command);
}

/** Generic, so that the compiler sees that the performer and the command belong together. */
async function performAs<Type extends Command['type']>(
  type: Type,
  options: Options,
  workspace: Workspace,
  request: Request,
  command: CommandOf<Type>,
): Promise<Reply> {
  return await performers[type].perform(options, workspace, request, command);
}

async function showHelp(
  options: Options,
  workspace: Workspace,
  request: Request,
  { topic }: CommandOf<'help'>,
): Promise<Reply> {
  const known = await mayAskHere(options, workspace, request, { command: check.permission });
  return privately(drawHelp(known.allowed ? options.clusters : [], topic));
}

/** Asks a question that is complete except, possibly, for the cluster. */
export async function question(
  options: Options,
  workspace: Workspace,
  request: Request,
  command: CommandOf<'ask'>,
): Promise<Reply> {
  const cluster = meantCluster(options.clusters, command.cluster);
  const subject = askSubject(command.target, cluster.kind === 'one' ? cluster.id : undefined);
  const decision = await mayAskHere(options, workspace, request, subject);
  if (!decision.allowed) return privately(drawRefusal(decision.why));
  if (cluster.kind === 'unknown') return privately(drawMistake(cluster));
  if (cluster.kind === 'several') return privately(askInWhich(options, command.target));
  const target = await scoped(options, workspace, request, command.target, cluster.id);
  const direct = command.dm ? await workspace.directory.directChannel(request.user) : undefined;
  if (command.dm && direct === undefined) return privately(drawRefusal('Slack won’t let me send you direct messages.'));
  const ask = askOf(options, workspace, request, { ...command, target, cluster: cluster.id }, direct);
  if (request.respond !== undefined) options.responders.set(ask.id, request.respond);
  await options.ask(ask);
  return { kind: 'asked' };
}

/** One button per cluster asks the same question there. */
function askInWhich({ clusters }: Options, target: Target): Drawn {
  return drawClusterChoice(clusters, { actionId: ids.ask, valueOf: (cluster) => askValue(cluster, target) });
}

/**
 * The target with how much else of the cluster the answer may show: people who may ask about one namespace see no other
 * names.
 */
async function scoped(
  options: Options,
  workspace: Workspace,
  request: Request,
  target: Target,
  cluster: string,
): Promise<Target> {
  const { command } = askSubject(target, cluster);
  const everywhere = await mayAskHere(options, workspace, request, { command, cluster });
  return { ...target, confined: everywhere.allowed ? undefined : true };
}

/** The record of a question. Its id is derived from the delivery, so a repeated delivery is the same question. */
function askOf(
  { now }: Options,
  { team }: Workspace,
  request: Request,
  command: CommandOf<'ask'> & { readonly cluster: string },
  direct: string | undefined,
): Ask {
  const thread = direct === undefined && request.threadTs !== undefined ? { threadTs: request.threadTs } : {};
  return {
    version: 1,
    id: `${team}/${createHash('sha256').update(request.key).digest('hex').slice(0, 20)}`,
    team,
    channel: direct ?? request.channel,
    ...(direct === undefined ? {} : { origin: request.channel }),
    ...thread,
    user: request.user,
    text: redact(request.typed ?? `/imagecheck ${formatCommand(command)}`).slice(0, 500),
    cluster: command.cluster,
    target: command.target,
    askedAt: now().toISOString(),
  };
}

/** Explains an error text. */
export async function replyWithExplanation(
  options: Options,
  workspace: Workspace,
  request: Request,
  text: string,
): Promise<Reply> {
  const decision = await mayAskHere(options, workspace, request, { command: permissionOf({ type: 'explain', text }) });
  if (!decision.allowed) return privately(drawRefusal(decision.why));
  return { kind: 'open', drawn: drawExplanation(options.explain(redact(text.slice(0, 20_000)))) };
}

async function use(
  options: Options,
  workspace: Workspace,
  request: Request,
  command: CommandOf<'use'>,
): Promise<Reply> {
  const present = await defaultsOf(options, workspace, request);
  const { cluster, namespace } = command;
  const chosen = {
    ...present,
    ...(cluster === undefined ? {} : { cluster }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  const known = meantCluster(options.clusters, chosen.cluster);
  const where = chosen.namespace === undefined ? {} : { namespace: chosen.namespace };
  const subject = { command: permissionOf(command), ...(known.kind === 'one' ? { cluster: known.id, ...where } : {}) };
  const decision = await mayAskHere(options, workspace, request, subject);
  if (!decision.allowed) return privately(drawRefusal(decision.why));
  if (cluster !== undefined && known.kind === 'unknown') return privately(drawMistake(known));
  if (cluster === undefined && namespace === undefined) return privately(drawDefaults(present, 'This channel'));
  await options.ports.channels.setDefaults(workspace.team, request.channel, chosen);
  return { kind: 'announcement', drawn: drawDefaults(chosen, 'This channel now') };
}

async function pick(
  options: Options,
  workspace: Workspace,
  request: Request,
  command: CommandOf<'pick'>,
): Promise<Reply> {
  const decision = await mayAskHere(options, workspace, request, { command: permissionOf(command) });
  return decision.allowed ? { kind: 'picker', command } : privately(drawRefusal(decision.why));
}

/** What the policy checks: which command, in which cluster (once it is known) and namespace. */
export function askSubject(
  target: Target,
  cluster: string | undefined,
): Pick<Asking, 'command' | 'cluster' | 'namespace'> {
  const namespace = namespaceOfTarget(target);
  const command = permissionOf({ type: 'ask', target, dm: false });
  if (cluster === undefined) return { command };
  return namespace === undefined ? { command, cluster } : { command, cluster, namespace };
}

/** What the channel chose with `use`. If Redis doesn't respond, people get an answer within a second. */
async function defaultsOf({ ports }: Options, { team }: Workspace, { channel }: Request) {
  return await within(900, ports.channels.defaults(team, channel), () => {
    throw new UnavailableError('Redis did not answer within 900 ms');
  });
}

function privately(drawn: Drawn): Reply {
  return { kind: 'private', drawn };
}
