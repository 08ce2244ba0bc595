import { randomUUID } from 'node:crypto';
import type { ModalView, PlainTextOption } from '@slack/types';
import type { Command } from '../../commands/command.ts';
import { reasonOf } from '../../errors.ts';
import { type Formatted, format, limits } from '../blocks/blocks.ts';
import { type PickerState, readWorkloadValue, workloadValue } from '../blocks/ids.ts';
import { drawPicker, option } from '../views/picker.ts';
import type { SlackAppOptions, Workspace } from './bot.ts';
import { meantCluster } from './clusters.ts';
import { mayAskHere } from './permission.ts';
import type { Request } from './request.ts';

type Options = Pick<SlackAppOptions, 'clusters' | 'log' | 'ports' | 'rules'>;

/** Slack gives up on a list after three seconds. */
const answerWithinMs = 2300;

/** Value of the entry that says that nobody answered; choosing it is refused. */
export const noAnswerValue = '?';

/** The form when it opens for a command that named only a kind. */
export function startPicker(
  options: Pick<Options, 'clusters'>,
  request: Request,
  command: Pick<Extract<Command, { type: 'pick' }>, 'kind' | 'cluster' | 'namespace' | 'dm'>,
): PickerState {
  const cluster = meantCluster(options.clusters, command.cluster);
  return {
    channel: request.channel,
    ...(request.channelName === undefined ? {} : { channelName: request.channelName }),
    ...(request.threadTs === undefined ? {} : { threadTs: request.threadTs }),
    direct: command.dm,
    kind: command.kind,
    ...(cluster.kind === 'one' ? { cluster: cluster.id } : {}),
    ...(command.namespace === undefined ? {} : { namespace: command.namespace }),
  };
}

/** The form for this state; it says so if nobody can read the lists. */
export async function pickerView(options: Options, state: PickerState): Promise<ModalView> {
  return drawPicker(state, options.clusters, await silenceOf(options, state.cluster));
}

async function silenceOf({ ports, log }: Options, cluster: string | undefined): Promise<Formatted | undefined> {
  if (cluster === undefined) return undefined;
  try {
    const alive = await ports.workers.alive(cluster);
    return alive.length > 0
      ? undefined
      : format`⚠️ No worker of cluster ${cluster} is running, so its names cannot be listed, and a question will wait.`;
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'cannot read worker heartbeats');
    return format`⚠️ The queue isn’t responding, so names can’t be listed right now.`;
  }
}

/** Entries of the namespace list: only those that this person may ask about. */
export async function namespaceOptions(
  options: Options,
  workspace: Workspace,
  request: Request,
  state: PickerState,
  typed: string,
): Promise<PlainTextOption[]> {
  const { cluster } = state;
  if (cluster === undefined) return [];
  const names = await lookup(options, { cluster, what: 'namespaces', prefix: typed });
  if (names === undefined) return instead(`${cluster} did not answer; type a name`, typed, typed);
  const allowed: string[] = [];
  for (const name of names) {
    const subject = { command: 'check', cluster, namespace: name };
    if ((await mayAskHere(options, workspace, request, subject)).allowed) allowed.push(name);
  }
  const found = matching(allowed, typed).filter((name) => name !== '' && name.length <= limits.optionValue);
  return found.length > 0 ? found.map((name) => option(name)) : instead(nothing(names), typed, typed);
}

/** Entries of the workload list. */
export async function workloadOptions(
  options: Options,
  workspace: Workspace,
  request: Request,
  state: PickerState,
  typed: string,
): Promise<PlainTextOption[]> {
  const { cluster, namespace, kind } = state;
  if (cluster === undefined || namespace === undefined) return [];
  const decision = await mayAskHere(options, workspace, request, { command: 'check', cluster, namespace });
  if (!decision.allowed) return [option(noAnswerValue, decision.why)];
  const wanted = { cluster, what: 'workloads' as const, namespace, prefix: typed };
  const answers = await lookup(options, kind === undefined ? wanted : { ...wanted, kind });
  const typedValue = kind === undefined ? undefined : workloadValue({ kind, name: typed });
  if (answers === undefined) return instead(`${cluster} did not answer; type a name`, typed, typedValue);
  const found = answers.flatMap((answer) => {
    const workload = readWorkload(answer, kind);
    const value = workload === undefined ? undefined : workloadValue(workload);
    return workload === undefined || value === undefined ? [] : [{ name: workload.name, value }];
  });
  const shown = matching(found, typed, ({ name }) => name).map(({ name, value }) => option(value, name));
  return shown.length > 0 ? shown : instead(nothing(answers), typed, typedValue);
}

/** Workers answer `kind/name`, `kind/namespace/name` or, if the kind was given, the bare name. */
function readWorkload(answer: string, kind: PickerState['kind']) {
  const parts = answer.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length === 1) return kind === undefined || name === '' ? undefined : { kind, name };
  return readWorkloadValue(`${parts[0] ?? ''}/${name}`);
}

/** An empty list means that the worker may not read, or that nothing matches. */
function nothing(answers: readonly string[]): string {
  return answers.length === 0 ? 'Nothing found (or no right to list it)' : 'Nothing that you may ask about fits';
}

/** Shown instead of an empty list: why it is empty, and the typed text as an entry. */
function instead(why: string, typed: string, value: string | undefined): PlainTextOption[] {
  const silent = option(noAnswerValue, why);
  const usable = typed !== '' && value !== undefined && value.length <= limits.optionValue;
  return usable ? [option(value, `${typed} (as typed)`), silent] : [silent];
}

async function lookup(
  { ports, log }: Options,
  wanted: {
    readonly cluster: string;
    readonly what: 'namespaces' | 'workloads';
    readonly namespace?: string;
    readonly kind?: NonNullable<PickerState['kind']>;
    readonly prefix: string;
  },
): Promise<readonly string[] | undefined> {
  const answerId = randomUUID();
  try {
    await ports.queue.enqueue(wanted.cluster, 'lookup', { version: 1, answerId, ...wanted });
    return await ports.answers.wait(answerId, answerWithinMs);
  } catch (error) {
    log.warn({ cluster: wanted.cluster, reason: reasonOf(error) }, 'cannot look up names');
    return undefined;
  }
}

/** Entries that contain the typed text, those that start with it first; as many as a list can show. */
function matching<T>(all: readonly T[], typed: string, nameOf: (one: T) => string = String): readonly T[] {
  const wanted = typed.trim().toLowerCase();
  const starts = (one: T) => (nameOf(one).toLowerCase().startsWith(wanted) ? 0 : 1);
  return all
    .filter((one) => nameOf(one).toLowerCase().includes(wanted))
    .toSorted((a, b) => starts(a) - starts(b) || nameOf(a).localeCompare(nameOf(b)))
    .slice(0, limits.options);
}
