import { readFile, writeFile } from 'node:fs/promises';
import { type Config, environmentFlag, loadConfig } from '../config.ts';
import { reasonOf, UserError } from '../errors.ts';
import { diagnose, reportOfSnapshot } from '../flows/diagnose.ts';
import type { Target } from '../model/ask.ts';
import { parseWords } from '../model/command.ts';
import type { ClusterSetting } from '../model/settings.ts';
import { readSnapshot, writeSnapshot } from '../model/snapshot-file.ts';
import { type Arguments, textFlag } from '../terminal/arguments.ts';
import { type CheckRun, printed, runCheck } from '../terminal/check.ts';
import { exitCode, exitCodeOf } from '../terminal/exit-code.ts';
import { renderExplanation } from '../terminal/explanation.ts';
import { paintFor } from '../terminal/paint.ts';
import type { Screen } from '../terminal/progress.ts';
import { chooseCluster, openReach } from './reach.ts';

const screen: Screen = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  interactive: process.stderr.isTTY,
  columns: process.stdout.columns ?? 100,
};

/** `imagecheck check`: one workload, diagnosed with the rights of whoever runs it. */
export async function check(args: Arguments): Promise<number> {
  const file = textFlag(args.flags, 'from-snapshot');
  if (file !== undefined) return checkSnapshot(file, args);
  const words = [...args.words, ...option('-n', textFlag(args.flags, 'namespace'))];
  return look(targetOf('check', words), args);
}

/** `imagecheck image`: one reference, as a service account's pods would pull it. */
export async function image(args: Arguments): Promise<number> {
  return look(targetOf('image', ['image', ...args.words]), args);
}

/** `imagecheck explain`: a text, from the arguments or standard input. */
export async function explain(args: Arguments): Promise<number> {
  const given = args.words.length > 0 ? args.words.join(' ') : await standardInput();
  if (given.trim() === '')
    throw new UserError('There is no text to explain.', { remedy: 'Pass it as an argument or on standard input.' });
  const [{ explainText }, { redact }] = await Promise.all([
    import('../explain/explain.ts'),
    import('../model/redact.ts'),
  ]);
  const explanation = explainText(redact(given));
  screen.out(
    args.flags.json === true
      ? `${JSON.stringify(explanation, undefined, 2)}\n`
      : renderExplanation(explanation, painter()),
  );
  return explanation.cause === 'unknown' ? exitCode.unknown : exitCode.healthy;
}

/** `imagecheck slack-manifest`: the app manifest for this configuration. */
export async function slackManifest(args: Arguments): Promise<number> {
  const { slackManifest: manifest } = await import('../slack/manifest.ts');
  const config = loadConfig({ file: textFlag(args.flags, 'config') });
  const url = textFlag(args.flags, 'url');
  if (config.slack.mode === 'http' && url === undefined) {
    throw new UserError('HTTP mode needs the address at which Slack reaches the bot.', {
      remedy: 'Pass --url https://HOST/slack/events.',
    });
  }
  const mode = url === undefined ? ({ kind: 'socket' } as const) : ({ kind: 'http', url: new URL(url) } as const);
  screen.out(`${JSON.stringify(manifest({ mode, rules: config.ask }), undefined, 2)}\n`);
  return exitCode.healthy;
}

async function look(target: Target, args: Arguments): Promise<number> {
  const config = loadConfig({ file: textFlag(args.flags, 'config') });
  const reach = await openReach(config, clusterOf(config, args));
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
      watch: args.flags.watch === true,
      ...(saveTo === undefined ? {} : { saveSnapshot: (snapshot) => save(saveTo, writeSnapshot(snapshot)) }),
      signal: stop.signal,
    });
  } finally {
    process.off('SIGINT', interrupted);
    await reach.close();
  }
}

async function checkSnapshot(file: string, args: Arguments): Promise<number> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError(`${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  });
  const read = readSnapshot(text);
  if (!read.ok)
    throw new UserError(`${file} is not a snapshot: ${read.reason}`, {
      remedy: 'Write one with imagecheck check … --save-snapshot FILE.',
    });
  const report = reportOfSnapshot(read.snapshot);
  screen.out(printed(report, presentation(args)));
  return exitCodeOf(report, args.flags.strict === true);
}

async function save(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 }).catch((error: unknown) => {
    throw new UserError(`${file} cannot be written: ${reasonOf(error)}`, { cause: error });
  });
}

function presentation({ flags }: Arguments): Pick<CheckRun, 'json' | 'strict' | 'screen' | 'paint'> {
  return { json: flags.json === true, strict: flags.strict === true, screen, paint: painter() };
}

function painter(): CheckRun['paint'] {
  return paintFor(process.stdout, environmentFlag('NO_COLOR'));
}

function targetOf(command: 'check' | 'image', words: readonly string[]): Target {
  const parsed = parseWords(words);
  if (!parsed.ok)
    throw new UserError(
      parsed.message,
      parsed.didYouMean === undefined ? {} : { remedy: `Did you mean: ${parsed.didYouMean}?` },
    );
  if (parsed.command.type === 'ask' && (parsed.command.target.type === 'image') === (command === 'image'))
    return parsed.command.target;
  const usage =
    command === 'check'
      ? 'imagecheck check KIND/NAME -n NAMESPACE'
      : 'imagecheck image REF [as NAMESPACE/SERVICEACCOUNT]';
  throw new UserError(`That names nothing to ${command}.`, { remedy: `Usage: ${usage}` });
}

/** A kubeconfig on the command line wins over the clusters of the configuration. */
function clusterOf(config: Config, { flags }: Arguments): ClusterSetting {
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
    id: id ?? 'kubeconfig',
    access: { type: 'kubeconfig', files: [kubeconfig], ...(context === undefined ? {} : { context }) },
  };
}

function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) return '';
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8').slice(0, 100_000);
}
