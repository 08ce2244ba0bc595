import { readFile, writeFile } from 'node:fs/promises';
import { parseWords } from '../commands/parse.ts';
import { clusterIdOf } from '../config/clusters.ts';
import type { Config } from '../config.ts';
import { reasonOf, UserError } from '../errors.ts';
import { diagnose, reportOfSnapshot } from '../flows/ask/diagnose.ts';
import { groupsNamed } from '../model/approval/approval-policy.ts';
import type { Target } from '../model/ask/ask.ts';
import type { ClusterSetting } from '../model/settings/settings.ts';
import { readSnapshot, writeSnapshot } from '../model/snapshot/snapshot-file.ts';
import { millisecondsOf } from '../model/values/duration.ts';
import { type CheckRun, printed, runCheck } from '../terminal/check.ts';
import { type CommandLine, textFlag } from '../terminal/command.ts';
import { exitCode, exitCodeOf } from '../terminal/exit-code.ts';
import { processStreams } from '../terminal/streams.ts';
import { readConfig } from './configuration.ts';
import { chooseCluster, openReach } from './reach.ts';

/** Flags that choose a cluster. */
export type ClusterFlag = 'kubeconfig' | 'context' | 'cluster';

type Flag =
  | ClusterFlag
  | 'namespace'
  | 'config'
  | 'json'
  | 'watch'
  | 'wait'
  | 'strict'
  | 'save-snapshot'
  | 'from-snapshot';

/** `imagecheck check`: one workload, diagnosed with the permissions of the person who runs it. */
export async function checkWorkload(args: CommandLine<Flag>): Promise<number> {
  const file = textFlag(args.flags, 'from-snapshot');
  if (file !== undefined) return checkSnapshot(file, args);
  const words = [...args.words, ...option('-n', textFlag(args.flags, 'namespace'))];
  return look(targetOf('check', words), args);
}

/** `imagecheck image`: one reference, as a service account's pods would pull it. */
export async function checkImage(args: CommandLine<Flag>): Promise<number> {
  const words = ['image', ...args.words, ...option('-n', textFlag(args.flags, 'namespace'))];
  return look(targetOf('image', words), args);
}

/** `imagecheck slack-manifest`: the app manifest for this configuration. */
export async function printSlackManifest(args: CommandLine<'config' | 'url'>): Promise<number> {
  const { slackManifest: manifest } = await import('../slack/manifest.ts');
  const config = readConfig({ file: textFlag(args.flags, 'config') });
  const url = textFlag(args.flags, 'url');
  if (config.slack.mode === 'http' && url === undefined) {
    throw new UserError('HTTP mode needs the address at which Slack reaches the bot.', {
      remedy: 'Pass --url https://HOST/slack/events.',
    });
  }
  const mode = url === undefined ? ({ kind: 'socket' } as const) : ({ kind: 'http', url: new URL(url) } as const);
  const wanted = manifest({ mode, rules: config.ask, approvers: groupsNamed(config.approve) });
  await processStreams().write(`${JSON.stringify(wanted, undefined, 2)}\n`);
  return exitCode.healthy;
}

async function look(target: Target, args: CommandLine<Flag>): Promise<number> {
  const config = readConfig({ file: textFlag(args.flags, 'config') });
  const reach = await openReach(config, clusterSetting(config, args));
  const stop = new AbortController();
  const interrupted = () => stop.abort();
  process.once('SIGINT', interrupted);
  const saveTo = textFlag(args.flags, 'save-snapshot');
  try {
    return await runCheck({
      ...presentation(args),
      target,
      diagnose: (what, options) =>
        diagnose(what, reach, { ...options, deadlineMs: config.timeouts.checkMs, anyRegistry: true }),
      ...(saveTo === undefined ? {} : { saveSnapshot: (snapshot) => save(saveTo, writeSnapshot(snapshot)) }),
      signal: stop.signal,
    });
  } finally {
    process.off('SIGINT', interrupted);
    await reach.close();
  }
}

async function checkSnapshot(file: string, args: CommandLine<Flag>): Promise<number> {
  const stray = ['namespace', 'cluster', 'kubeconfig', 'context', 'watch', 'wait', 'save-snapshot'].find((name) =>
    Object.hasOwn(args.flags, name),
  );
  if (args.words.length > 0 || stray !== undefined) {
    throw new UserError(`--from-snapshot reads the file alone; leave ${args.words[0] ?? `--${stray}`} out.`, {
      remedy: 'Type: imagecheck check --from-snapshot FILE [--json] [--strict]',
    });
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError(`${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  });
  const read = readSnapshot(text);
  if (!read.ok)
    throw new UserError(`${file} is not a snapshot: ${read.reason}`, {
      remedy: 'Write one with: imagecheck check KIND/NAME -n NAMESPACE --save-snapshot FILE',
    });
  const report = reportOfSnapshot(read.snapshot);
  const streams = processStreams();
  await streams.write(printed(report, { json: args.flags.json === true, watch: false, ...streams }));
  return exitCodeOf(report, args.flags.strict === true);
}

async function save(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 }).catch((error: unknown) => {
    throw new UserError(`${file} cannot be written: ${reasonOf(error)}`, { cause: error });
  });
}

function presentation({
  flags,
}: CommandLine<Flag>): Pick<CheckRun, 'json' | 'strict' | 'watch' | 'waitMs' | 'screen' | 'paint'> {
  const { screen, paint } = processStreams();
  const waitMs = waitMsOf(textFlag(flags, 'wait'));
  if (waitMs !== undefined && flags.watch === true) {
    throw new UserError('--watch goes on until it is interrupted and --wait ends by itself.', {
      remedy: 'Pass one of them.',
    });
  }
  return {
    json: flags.json === true,
    strict: flags.strict === true,
    watch: flags.watch === true,
    ...(waitMs === undefined ? {} : { waitMs }),
    screen,
    paint,
  };
}

function waitMsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const waitMs = millisecondsOf(text);
  if (waitMs !== undefined) return waitMs;
  throw new UserError(`--wait=${text} isn’t a length of time.`, {
    remedy: 'Write it as --wait=90s, --wait=10m or --wait=1h.',
  });
}

const usages = {
  check: 'imagecheck check KIND/NAME -n NAMESPACE',
  image: 'imagecheck image REF [as NAMESPACE/SERVICEACCOUNT]',
} as const;

/** What each of these commands is about. */
const targetTypes = { check: 'workload', image: 'image' } as const;

function targetOf(command: 'check' | 'image', words: readonly string[]): Target {
  const parsed = parseWords(words);
  const type = `Type: ${usages[command]}`;
  if (!parsed.ok) {
    // The grammar suggests a Slack command; here the program's name comes before it.
    const meant = parsed.didYouMean?.replace(/^(?!image |check )/, 'check ');
    throw new UserError(parsed.message.replaceAll('`', '"'), {
      remedy: meant === undefined ? type : `Did you mean: imagecheck ${meant}`,
    });
  }
  if (parsed.command.type === 'ask' && parsed.command.target.type === targetTypes[command])
    return parsed.command.target;
  const missing = command === 'check' ? 'Say which workload' : 'Say which image';
  throw new UserError(`${missing}.`, { remedy: type });
}

/** A kubeconfig on the command line overrides the clusters of the configuration. */
export function clusterSetting(config: Config, { flags }: CommandLine<ClusterFlag>): ClusterSetting {
  const kubeconfig = textFlag(flags, 'kubeconfig');
  const context = textFlag(flags, 'context');
  const id = textFlag(flags, 'cluster');
  if (kubeconfig === undefined) {
    const chosen = chooseCluster(config, id);
    return context === undefined || chosen.access.type !== 'kubeconfig'
      ? chosen
      : { ...chosen, access: { ...chosen.access, context } };
  }
  return {
    id: id ?? clusterIdOf(context ?? 'kubeconfig'),
    access: { type: 'kubeconfig', files: [kubeconfig], ...(context === undefined ? {} : { context }) },
  };
}

function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}
