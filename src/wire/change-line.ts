import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import type { Config } from '../config.ts';
import { UserError } from '../errors.ts';
import { diagnose } from '../flows/ask/diagnose.ts';
import { makePlan } from '../flows/change/plan/plan.ts';
import { newApprovalId } from '../flows/change/request/request.ts';
import { terminalTeam } from '../model/audit/audit.ts';
import type { WorkloadRef } from '../model/workload/workload.ts';
import { remedies } from '../remedies/index.ts';
import {
  fixLine,
  momentOf,
  planLine,
  readWanted,
  requestOf,
  shownBefore,
  undoLine,
} from '../terminal/change-request.ts';
import { type CommandLine, textFlag } from '../terminal/command.ts';
import { runFix } from '../terminal/fix.ts';
import { type PlanRun, runPlan } from '../terminal/plan-command.ts';
import { renderReport } from '../terminal/report.ts';
import { processStreams, type Streams } from '../terminal/streams.ts';
import { ownClock } from '../timing/clock.ts';
import { type OpenChangeRecords, openChangeRecords } from './change-records.ts';
import { clusterSetting } from './command-line.ts';
import { readConfig } from './configuration.ts';
import { planReach } from './plan-reach.ts';
import { type OpenReach, openReach } from './reach.ts';

const whoWithinMs = 5_000;

/** A person at a terminal is limited only by the cluster; the worker's limits do not apply. */
const ownRights = () => ({ remedies: remedies.ids(), namespaces: ['*'], images: ['*'] });

/** `imagecheck plan`: what a remedy would change. */
export async function plan(args: CommandLine): Promise<number> {
  const wanted = readWanted(args);
  const config = readConfig({ file: textFlag(args.flags, 'config') });
  return withReach(config, args, async (reach, signal) => {
    const records = wanted.type === 'undo' ? await openChangeRecords(config, nowhere) : undefined;
    const { now } = records?.clock ?? ownClock;
    try {
      const request = requestOf(wanted, reach.cluster.id, momentOf(now()));
      return await runPlan(await planRun({ request, id: newId() }, args, { config, reach, records, signal }));
    } finally {
      await records?.close();
    }
  });
}

/** `imagecheck fix`: makes the change, with the permissions of the person who runs it. */
export async function fix(args: CommandLine): Promise<number> {
  const wanted = readWanted(args);
  const shown = shownBefore(args, new Date());
  const isAsked = needsAsking(args, shown !== undefined);
  const config = readConfig({ file: textFlag(args.flags, 'config') });
  const streams = processStreams();
  const reason = textFlag(args.flags, 'reason');
  return withReach(config, args, async (reach, signal) => {
    const sink = { file: textFlag(args.flags, 'audit-file'), err: streams.screen.err };
    const [records, who] = await Promise.all([
      openChangeRecords(config, sink),
      reach.changes.whoAmI({ signal: AbortSignal.any([signal, AbortSignal.timeout(whoWithinMs)]) }),
    ]);
    const id = newId();
    const { now } = records.clock;
    const request = requestOf(wanted, reach.cluster.id, shown?.at ?? momentOf(now()));
    try {
      return await runFix({
        ...(await planRun({ request, id }, args, { config, reach, records, signal })),
        id,
        undoLine: (done) => undoLine(args, done),
        text: args.words.join(' '),
        person: who.kind === 'found' ? who.value : 'unknown',
        ...(reason === undefined ? {} : { reason }),
        ...(isAsked ? { ask: (question: string) => ask(question, signal) } : {}),
        ...(shown === undefined ? {} : { shown: shown.prefix }),
        cluster: reach.cluster,
        changes: reach.changes,
        keychain: reach.keychain,
        records,
        diagnose: (ref) => diagnosis(ref, config, reach, signal, streams),
        now,
      });
    } finally {
      await records.close();
    }
  });
}

const nowhere = { file: undefined, err: () => {} };

/** Whether to ask the person. Throws a `UserError` if nobody could see what would happen. */
function needsAsking(args: CommandLine, isShown: boolean): boolean {
  const { flags } = args;
  const see = `Look at it first: ${planLine(args)}`;
  if (flags.yes === true) {
    if (!isShown)
      throw new UserError('--yes needs --digest: only a plan that was shown can be carried out.', { remedy: see });
    return false;
  }
  if (isShown) throw new UserError('--digest goes with --yes.', { remedy: 'Add --yes, or leave --digest out.' });
  if (flags.json === true) throw new UserError('--json does not ask; it needs --yes and --digest.', { remedy: see });
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UserError('can’t prompt for confirmation (stdin is not a terminal).', {
      remedy: `${see}\nIt prints the command with --yes and --digest that does it.`,
    });
  }
  return true;
}

function newId(): string {
  return newApprovalId(terminalTeam, randomUUID());
}

async function planRun(
  { request, id }: Pick<PlanRun, 'request'> & { readonly id: string },
  args: CommandLine,
  around: {
    readonly config: Config;
    readonly reach: OpenReach;
    readonly records: OpenChangeRecords | undefined;
    readonly signal: AbortSignal;
  },
): Promise<PlanRun> {
  const { config, reach, records, signal } = around;
  const { screen, paint } = processStreams();
  const undone = request.undoes === undefined ? undefined : await records?.approvals.get(terminalTeam, request.undoes);
  const from = planReach(config, reach, ownRights());
  const { checkMs: deadlineMs } = config.timeouts;
  return {
    request,
    makePlan: (wanted, how) =>
      makePlan(wanted, from, { ...how, approval: id, deadlineMs, ...(undone === undefined ? {} : { undone }) }),
    fixLine: (token) => fixLine(args, token),
    json: args.flags.json === true,
    screen,
    paint,
    signal,
  };
}

async function diagnosis(
  { kind, namespace, name }: WorkloadRef,
  config: Config,
  reach: OpenReach,
  signal: AbortSignal,
  { paint, screen }: Streams,
): Promise<string> {
  const options = { signal, deadlineMs: config.timeouts.checkMs };
  const found = await diagnose({ type: 'workload', kind, namespace, name }, reach, options);
  return found.kind === 'report' ? renderReport(found.report, paint, screen.columns) : '';
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await line.question(question, { signal });
  } catch (error) {
    // Ctrl-C and Ctrl-D mean no.
    if (signal.aborted || (error instanceof Error && error.name === 'AbortError')) return '';
    throw error;
  } finally {
    line.close();
  }
}

async function withReach(
  config: Config,
  args: CommandLine,
  work: (reach: OpenReach, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const reach = await openReach(config, clusterSetting(config, args));
  const stop = new AbortController();
  const interrupted = () => stop.abort();
  process.once('SIGINT', interrupted);
  try {
    return await work(reach, stop.signal);
  } finally {
    process.off('SIGINT', interrupted);
    await reach.close();
  }
}
