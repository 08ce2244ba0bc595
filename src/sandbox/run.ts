import { reasonOf } from '../errors.ts';
import { writeReadyFile } from './ready-file.ts';
import { type Sandbox, startSandbox } from './start.ts';
import { storyKinds } from './stories/all.ts';
import type { Stories, StoryState } from './stories/index.ts';

/** Settings of `imagecheck sandbox`, from options and environment. */
export interface RunOptions {
  /** Prints only failures. */
  readonly headless: boolean;
  readonly readyFile?: string;
  /** Port of the page; default: the usual one, or a free one if that is taken or no browser is used. */
  readonly port?: number;
  readonly kubeconfig?: string;
  readonly redisUrl?: string;
  readonly redisServer: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Default port of the page, if free, so that addresses in the browser's history keep working. */
const usualPort = 7480;

/** Runs a sandbox until it is told to stop (SIGINT, SIGTERM, SIGHUP) or the product ends. Returns the exit code. */
export async function runSandbox(options: RunOptions): Promise<number> {
  const told = Promise.withResolvers<undefined>();
  const onSignal = (): void => told.resolve(undefined);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    const sandbox = await startUnlessTold(options, told.promise);
    return sandbox === undefined ? 0 : await stay(sandbox, options, told.promise);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/** Starts everything. If told to stop meanwhile, it finishes the start and then closes everything as usual. */
async function startUnlessTold(options: RunOptions, told: Promise<undefined>): Promise<Sandbox | undefined> {
  const say = options.headless ? () => {} : (what: string) => options.out(`  starting ${what}\n`);
  if (!options.headless) options.out('imagecheck sandbox: a simulated Slack, cluster and registries\n');
  const sandbox = await startSandbox({
    stories: storyKinds.map(({ make }) => make()),
    redisServer: options.redisServer,
    ...(options.redisUrl === undefined ? {} : { redisUrl: options.redisUrl }),
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
    port: options.port ?? (options.headless ? 0 : { preferred: usualPort }),
    say,
  });
  try {
    say('the stories');
    const isTold = await Promise.race([
      told.then(() => true),
      startStories(sandbox.stories, options).then(() => false),
    ]);
    if (!isTold) {
      if (!options.headless) await slowDown(sandbox);
      return sandbox;
    }
    await sandbox.stop();
    return undefined;
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

/** Sets up every incident at the start, and a twin on demand. One failure does not stop the rest. */
async function startStories(stories: Stories, { err }: Pick<RunOptions, 'err'>): Promise<void> {
  const incidents = stories.list().filter(({ twinOf }) => twinOf === undefined);
  await Promise.all(
    incidents.map(({ id }) =>
      stories.start(id).catch((error: unknown) => err(`The story ${id} could not be set up: ${reasonOf(error)}\n`)),
    ),
  );
}

/** When someone is watching, a pod takes about four seconds to become ready, so that a rollout is visible. */
async function slowDown({ addresses }: Sandbox): Promise<void> {
  const body = JSON.stringify({ match: {}, behaviour: { readyAfterSeconds: 80 } });
  await fetch(`${addresses.api}/kubelet/behaviours`, { method: 'POST', body });
}

async function stay(sandbox: Sandbox, options: RunOptions, told: Promise<undefined>): Promise<number> {
  const { addresses, stories } = sandbox;
  try {
    if (options.readyFile !== undefined) await writeReadyFile(options.readyFile, addresses);
    if (!options.headless) options.out(welcome(sandbox, stories.list()));
    const why = await Promise.race([told, sandbox.died]);
    if (why !== undefined) options.err(`imagecheck stopped unexpectedly: ${why}\n`);
    else if (!options.headless) options.out('\nstopping\n');
    return why === undefined ? 0 : 1;
  } finally {
    await sandbox.stop();
  }
}

function welcome({ addresses, logFile }: Sandbox, stories: readonly StoryState[]): string {
  const incidents = stories.filter(({ twinOf }) => twinOf === undefined);
  const width = Math.max(...incidents.map(({ title }) => title.length));
  return [
    '',
    `Open ${addresses.page} and type one of these in #incidents:`,
    '',
    ...incidents.map(({ title, command }) => `  ${title.padEnd(width)}  ${command}`),
    '',
    'The same in this terminal, or with kubectl:',
    `  npm run -s imagecheck -- check deployment/dask-workers -n modelops-dask-dev --config ${addresses.config}`,
    `  kubectl --kubeconfig ${addresses.kubeconfig} get pods --all-namespaces`,
    '',
    `imagecheck's own log: ${logFile}`,
    'Press Ctrl-C to stop everything and clean up.',
    '',
  ].join('\n');
}
