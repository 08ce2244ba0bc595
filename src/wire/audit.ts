import { kindOf } from '../commands/grammar/kinds.ts';
import { reasonOf, UserError } from '../errors.ts';
import { millisecondsOf } from '../model/values/duration.ts';
import { type AuditLog, openAuditLog } from '../store/audit/audit.ts';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../store/redis/connection.ts';
import { type AuditFormat, type AuditQuery, printAudit, verifyAudit } from '../terminal/audit.ts';
import { type CommandLine, textFlag } from '../terminal/command.ts';
import { exitCode } from '../terminal/exit-code.ts';
import { printableLines } from '../terminal/paint.ts';
import { processStreams } from '../terminal/streams.ts';
import { readConfig } from './configuration.ts';

const redisWithinMs = 3_000;
const type = 'Type: imagecheck audit [--since 30d] [--workload NAMESPACE/KIND/NAME] [--approval ID] [--json|--csv]';

type Flag = 'since' | 'json' | 'csv' | 'workload' | 'approval' | 'cluster' | 'verify' | 'config';

/** `imagecheck audit`: who changed what, and whether the records are intact. */
export async function audit(args: CommandLine<Flag>): Promise<number> {
  const { lastMs, ...query } = queryOf(args);
  const format = formatOf(args);
  const { redis } = readConfig({ file: textFlag(args.flags, 'config') });
  const client = connectRedis(redis.url.reveal(), {
    role: 'producer',
    name: 'imagecheck-audit',
    ...(redis.ca === undefined ? {} : { ca: redis.ca }),
  });
  try {
    await waitForRedis(client, redisWithinMs);
    // Nothing is written here, so no retention applies.
    const trail = openAuditLog(client, redis.keyPrefix, { keepMs: Number.MAX_SAFE_INTEGER });
    const since = lastMs === undefined ? {} : { sinceMs: (await trail.timeMs()) - lastMs };
    return await show(trail, { ...query, ...since }, format);
  } catch (error) {
    return unreachable(error, client);
  } finally {
    await closeRedis(client);
  }
}

function show(trail: AuditLog, query: AuditQuery, format: AuditFormat | 'verify'): Promise<number> {
  const streams = processStreams();
  return format === 'verify' ? verifyAudit(trail, streams) : printAudit(trail, query, format, streams);
}

/** A lost connection is not a bug; any other thrown error is. */
function unreachable(error: unknown, client: RedisClient): number {
  if (error instanceof UserError || client.status === 'ready') throw error;
  const cause = error instanceof Error && error.cause !== undefined ? `: ${reasonOf(error.cause)}` : '';
  process.stderr.write(printableLines(`cannot connect to Redis${cause}.\nStart Redis, or set REDIS_URL.\n`));
  return exitCode.unknown;
}

function formatOf({ words, flags }: CommandLine<Flag>): AuditFormat | 'verify' {
  if (words.length > 0) throw new UserError(`${words[0]} is an unexpected argument.`, { remedy: type });
  const filters = (['since', 'workload', 'approval', 'cluster', 'json', 'csv'] as const).filter(
    (name) => flags[name] !== undefined,
  );
  if (flags.verify === true && filters.length > 0) {
    throw new UserError(`--verify looks at the whole chain; leave --${filters[0]} out.`, {
      remedy: 'Type: imagecheck audit --verify',
    });
  }
  if (flags.json === true && flags.csv === true) {
    throw new UserError('--json and --csv exclude each other.', { remedy: type });
  }
  if (flags.verify === true) return 'verify';
  if (flags.csv === true) return 'csv';
  return flags.json === true ? 'json' : 'list';
}

/** `lastMs`: how far it goes back, by the clock of the records. */
function queryOf({ flags }: CommandLine<Flag>): Omit<AuditQuery, 'sinceMs'> & { readonly lastMs?: number } {
  const since = textFlag(flags, 'since');
  const lastMs = since === undefined ? undefined : millisecondsOf(since);
  if (since !== undefined && lastMs === undefined) {
    throw new UserError(`${since} isn’t a duration.`, { remedy: 'Type --since 30d, --since 12h or --since 90m.' });
  }
  const workload = textFlag(flags, 'workload');
  const approval = textFlag(flags, 'approval');
  const cluster = textFlag(flags, 'cluster');
  return {
    ...(lastMs === undefined ? {} : { lastMs }),
    ...(workload === undefined ? {} : { workload: workloadOf(workload) }),
    ...(approval === undefined ? {} : { approval: approval.toUpperCase() }),
    ...(cluster === undefined ? {} : { cluster }),
  };
}

/** As records name it: `prod/deployment/web`, whichever word for the kind was typed. */
function workloadOf(text: string): string {
  const [namespace, word = '', name, ...more] = text.split('/');
  const kind = kindOf(word);
  if (!namespace || kind === undefined || !name || more.length > 0) {
    throw new UserError(`${text} isn’t a workload.`, { remedy: 'Type --workload NAMESPACE/deployment/NAME.' });
  }
  return `${namespace}/${kind.toLowerCase()}/${name}`;
}
