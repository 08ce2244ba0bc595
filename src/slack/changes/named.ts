import { approvals as approvalsCommand } from '../../commands/approvals.ts';
import type { ChangeCommand, CommandOf } from '../../commands/command.ts';
import { history as historyCommand } from '../../commands/history.ts';
import { formatCommand, permissionOf } from '../../commands/parse.ts';
import type { Approval } from '../../model/approval/approval.ts';
import { finalStates, workingStates } from '../../model/approval/approval.ts';
import { namespaceOfTarget } from '../../model/ask/ask.ts';
import type { AuditRecord } from '../../model/audit/audit.ts';
import { namespaceOfSubject } from '../../model/subject/subject.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import { remedies } from '../../remedies/index.ts';
import { changeIds, commandValue } from '../blocks/change-ids.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import { meantCluster } from '../bot/clusters.ts';
import type { Performers } from '../bot/performer.ts';
import { mayAskHere } from '../bot/permission.ts';
import type { Reply, Request } from '../bot/request.ts';
import { type ChangeLists, drawApprovals, drawHistory } from '../views/change-lists.ts';
import { drawClusterChoice, drawMistake, drawRefusal } from '../views/private.ts';
import { namedForm } from './form.ts';
import { completeRef } from './read-form.ts';
import { askForChange, refuseAsking } from './requesting.ts';
import { undoChange } from './undoing.ts';

type Needs = 'aheadMs' | 'changes' | 'clusters' | 'now' | 'rules';
type Options = Pick<Bot, Needs>;

/** How each command about changes is executed. */
export const changePerformers: Performers<ChangeCommand['type'], Needs> = {
  change: { usesDefaults: true, perform: change },
  undo: {
    usesDefaults: true,
    perform: (options, workspace, request, { id }) => undoChange(options, workspace, request, { approval: id }),
  },
  approvals: { usesDefaults: true, perform: approvals },
  history: { usesDefaults: true, perform: history },
};

/** A remedy by name; without its parameters a form opens. */
async function change(
  options: Options,
  workspace: Workspace,
  request: Request,
  command: CommandOf<'change'>,
): Promise<Reply> {
  const cluster = meantCluster(options.clusters, command.cluster);
  const { remedy, target, params } = command;
  const where = target.namespace === undefined ? {} : { namespace: target.namespace };
  const subject = {
    command: permissionOf(command),
    ...(cluster.kind === 'one' ? { cluster: cluster.id, ...where } : {}),
  };
  const decision = await mayAskHere(options, workspace, request, subject);
  const workload = completeRef(target);
  if (!decision.allowed) {
    const named = cluster.kind === 'one' ? cluster.id : (command.cluster ?? '').slice(0, 100);
    const about = workload === undefined ? [] : [workload];
    return await refuseAsking(options, workspace, request, { remedy, cluster: named, about }, decision.why);
  }
  if (cluster.kind === 'unknown') return privately(drawMistake(cluster));
  if (cluster.kind === 'several') return whichCluster(options.clusters, command);
  const place = placeOf(request);
  const form = Object.keys(params).length > 0 ? undefined : remedies.find(remedy)?.form;
  if (form !== undefined) return namedForm(form, { ...command, cluster: cluster.id }, place);
  const direct = command.dm ? await workspace.directory.directChannel(request.user) : undefined;
  if (command.dm && direct === undefined) return privately(drawRefusal('Slack won’t let me send you direct messages.'));
  const scope = await scoped(options, workspace, request, { target, remedy, cluster: cluster.id });
  const typed = { target: scope, params };
  const { threadTs: _, ...unthreaded } = request;
  return await askForChange(options, workspace, direct === undefined ? request : { ...unthreaded, channel: direct }, {
    remedy,
    cluster: cluster.id,
    ...where,
    text: request.typed ?? `/imagecheck ${formatCommand(command)}`,
    part: workload === undefined ? { typed } : { typed, targets: [{ subject: workload, params }] },
    asked: request,
  });
}

/** People who may not ask everywhere get no similar names from other namespaces. */
async function scoped(
  options: Pick<Options, 'rules'>,
  workspace: Workspace,
  where: Parameters<typeof mayAskHere>[2],
  {
    target,
    remedy,
    cluster,
  }: Pick<CommandOf<'change'>, 'target' | 'remedy'> & {
    readonly cluster: string;
  },
): Promise<typeof target> {
  const everywhere = await mayAskHere(options, workspace, where, { command: remedy, cluster });
  return everywhere.allowed ? target : { ...target, confined: true };
}

function placeOf({ channel, channelName, threadTs }: Request) {
  return {
    channel,
    ...(channelName === undefined ? {} : { channelName }),
    ...(threadTs === undefined ? {} : { threadTs }),
  };
}

/** One button per cluster continues with exactly this command. */
function whichCluster(clusters: readonly string[], command: Exclude<ChangeCommand, { type: 'undo' }>): Reply {
  const valueOf = (cluster: string) => commandValue(formatCommand({ ...command, cluster }));
  return privately(drawClusterChoice(clusters, { actionId: changeIds.inCluster, valueOf }));
}

async function approvals(
  options: Options,
  workspace: Workspace,
  request: Request,
  { cluster: named }: CommandOf<'approvals'>,
): Promise<Reply> {
  const known = named === undefined ? undefined : meantCluster(options.clusters, named);
  if (known?.kind === 'unknown') return privately(drawMistake(known));
  const lists = await listChanges(options, workspace, request, named);
  return privately(drawApprovals(lists));
}

/** What this person may ask about, depending on the command. */
export async function listChanges(
  options: Pick<Options, 'changes' | 'rules'>,
  workspace: Workspace,
  where: Parameters<typeof mayAskHere>[2],
  cluster?: string,
): Promise<ChangeLists> {
  // Each list is read separately, so waiting plans stay visible however much was done since.
  const list = async (which: Omit<Parameters<Options['changes']['list']>[1], 'cluster' | 'limit'>) =>
    await options.changes.list(workspace.team, { ...which, ...(cluster === undefined ? {} : { cluster }), limit: 200 });
  const lists = await Promise.all([
    list({ states: ['pending'] }),
    list({ states: workingStates }),
    list({ states: finalStates }),
    list({ toReview: true }),
  ]);
  const all = new Map(lists.flat().map((one) => [one.id, one]));
  const allowed = await Promise.all(
    [...all.values()].map(async (one) => ((await isShown(options, workspace, where, one)) ? [one.id] : [])),
  );
  const ids = new Set(allowed.flat());
  const [waiting, running, ended, toReview] = lists.map((one) => one.filter(({ id }) => ids.has(id)));
  return {
    waiting: waiting ?? [],
    running: running ?? [],
    recent: (ended ?? []).slice(0, 15),
    hidden: all.size - ids.size,
    toReview: toReview ?? [],
  };
}

/** Names of workloads and images are shown only to people who may ask about their namespace. */
async function isShown(
  options: Pick<Options, 'rules'>,
  workspace: Workspace,
  where: Parameters<typeof mayAskHere>[2],
  { cluster, plan, request, requester }: Approval,
): Promise<boolean> {
  if (requester === where.user) return true;
  const concerned = [...(plan?.intent.targets ?? []), ...request.targets].map(({ subject }) => subject);
  const namespaces = [...new Set(concerned.flatMap((subject) => namespaceOfSubject(subject) ?? []))];
  const typed = request.typed === undefined ? undefined : namespaceOfTarget(request.typed.target);
  if (namespaces.length === 0 && typed !== undefined) namespaces.push(typed);
  const subjects = namespaces.length === 0 ? [{ cluster }] : namespaces.map((namespace) => ({ cluster, namespace }));
  for (const subject of subjects) {
    const decision = await mayAskHere(options, workspace, where, { command: approvalsCommand.permission, ...subject });
    if (!decision.allowed) return false;
  }
  return true;
}

async function history(
  options: Options,
  workspace: Workspace,
  request: Request,
  command: CommandOf<'history'>,
): Promise<Reply> {
  const { target, cluster: named } = command;
  const cluster = meantCluster(options.clusters, named);
  if (cluster.kind === 'unknown') return privately(drawMistake(cluster));
  if (target !== undefined && cluster.kind === 'several')
    return whichCluster(options.clusters, { type: 'history', target });
  const id = cluster.kind === 'one' ? cluster.id : undefined;
  const namespace = target?.namespace;
  const subject = {
    command: permissionOf(command),
    ...(id === undefined ? {} : { cluster: id }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  const decision = await mayAskHere(options, workspace, request, subject);
  if (!decision.allowed) return privately(drawRefusal(decision.why));
  const workload = target === undefined ? undefined : completeRef(target);
  if (target !== undefined && workload === undefined) {
    return privately(drawMistake({ message: 'Name the workload completely: `history deployment/NAME -n NAMESPACE`.' }));
  }
  const about = workload === undefined ? undefined : `${workload.namespace}/${formatWorkload(workload)}`;
  const records = await options.changes.history(workspace.team, {
    ...(id === undefined ? {} : { cluster: id }),
    ...(about === undefined ? {} : { workload: about }),
    limit: 30,
  });
  const shown = id === undefined ? await ofAllowedClusters(options, workspace, request, records) : records;
  return privately(drawHistory(shown, about ?? (id === undefined ? 'all clusters' : `cluster ${id}`)));
}

/** Without a cluster the question was only about the command: each record's cluster has to be allowed as well. */
async function ofAllowedClusters(
  options: Pick<Options, 'rules'>,
  workspace: Workspace,
  request: Request,
  records: readonly AuditRecord[],
): Promise<readonly AuditRecord[]> {
  const clusters = [...new Set(records.map(({ event }) => event.cluster))];
  const decisions = await Promise.all(
    clusters.map(async (cluster) => {
      const subject = { command: historyCommand.permission, cluster };
      return (await mayAskHere(options, workspace, request, subject)).allowed ? [cluster] : [];
    }),
  );
  const allowed = new Set(decisions.flat());
  return records.filter(({ event }) => allowed.has(event.cluster));
}

function privately(drawn: Extract<Reply, { kind: 'private' }>['drawn']): Reply {
  return { kind: 'private', drawn };
}
