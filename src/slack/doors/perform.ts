import { createHash } from 'node:crypto';
import { check } from '../../commands/check.ts';
import type { CommandOf } from '../../commands/command.ts';
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
import { mayAskHere } from '../bot/permission.ts';
import type { Reply, Request } from '../bot/request.ts';
import { performChange } from '../changes/named.ts';
import { drawHelp } from '../views/help.ts';
import { drawExplanation } from '../views/plain.ts';
import { drawClusterChoice, drawDefaults, drawMistake, drawRefusal } from '../views/private.ts';

type Options = Pick<Bot, 'ask' | 'changes' | 'clusters' | 'explain' | 'now' | 'ports' | 'responders' | 'rules'>;

/** Executes a typed command: one grammar for the slash command and the mention. */
export async function perform(options: Options, workspace: Workspace, request: Request, text: string): Promise<Reply> {
  const parsed = parseCommand(text);
  if (!parsed.ok) return privately(drawMistake(parsed));
  const { command } = parsed;
  if (command.type === 'help') {
    const known = await mayAskHere(options, workspace, request, { command: check.permission });
    return privately(drawHelp(known.allowed ? options.clusters : [], command.topic));
  }
  if (command.type === 'explain') return await replyWithExplanation(options, workspace, request, command.text);
  const defaults = await soon(options.ports.channels.defaults(workspace.team, request.channel));
  if (command.type === 'use') return await use(options, workspace, request, command, defaults);
  const again = parseCommand(text, { defaults });
  if (!again.ok) return privately(drawMistake(again));
  switch (again.command.type) {
    case 'ask':
      return await question(options, workspace, request, again.command);
    case 'pick':
      return await pick(options, workspace, request, again.command);
    case 'change':
    case 'undo':
    case 'approvals':
    case 'history':
      return await performChange(options, workspace, request, again.command);
    case 'explain':
    case 'help':
    case 'use':
    default:
      return { kind: 'asked' };
  }
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
  present: { readonly cluster?: string; readonly namespace?: string },
): Promise<Reply> {
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

/** A Redis that hangs must not keep a person waiting: they get an answer within a second. */
async function soon<T>(answer: Promise<T>): Promise<T> {
  return await within(900, answer, () => {
    throw new UnavailableError('Redis did not answer within 900 ms');
  });
}

function privately(drawn: Drawn): Reply {
  return { kind: 'private', drawn };
}
