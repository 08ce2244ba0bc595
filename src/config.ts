import { existsSync } from 'node:fs';
import { approvePolicy, bareNames } from './config/approve-section.ts';
import { resolveClusters, resolveMirrors } from './config/clusters.ts';
import { parseConfigDocument } from './config/document.ts';
import { ConfigError, formatPath } from './config/mistakes.ts';
import { type Environment, type Outside, outsideOf, type Role, readText } from './config/outside.ts';
import type { ConfigFile } from './config/schema.ts';
import { readShape } from './config/shape.ts';
import { slackSetting } from './config/slack-section.ts';
import { mistakesAboutTeams } from './config/teams.ts';
import type {
  ApprovalTimes,
  ApprovePolicy,
  AuditSetting,
  RemediationSetting,
  SigningSetting,
} from './model/approval/approval-settings.ts';
import { defaultAskRules } from './model/settings/policy.ts';
import type {
  AskRule,
  CauseMessage,
  ClusterSetting,
  HealthSetting,
  LogLevel,
  MirrorSetting,
  ProxySetting,
  RedisSetting,
  RegistrySetting,
  SlackSetting,
  TimeoutSetting,
} from './model/settings/settings.ts';
import { defined } from './model/values/defined.ts';

export { ConfigError } from './config/mistakes.ts';
export type { Environment, Role } from './config/outside.ts';

/** All settings, resolved: defaults filled in, secrets read, files loaded, names normalised. */
export interface Config {
  /** The file it was read from; undefined if there is none. */
  readonly file: string | undefined;
  readonly log: { readonly level: LogLevel };
  readonly redis: RedisSetting;
  readonly slack: SlackSetting;
  readonly clusters: readonly ClusterSetting[];
  readonly registries: readonly RegistrySetting[];
  readonly mirrors: readonly MirrorSetting[];
  readonly proxy: ProxySetting;
  readonly ask: readonly AskRule[];
  /** Who may approve what, when. */
  readonly approve: ApprovePolicy;
  /** What a worker may change at all; nothing without remedies. */
  readonly remediation: RemediationSetting;
  /** Only a bot has the private key (PEM); the public ones are base64 of the DER. */
  readonly signing: SigningSetting;
  readonly approvals: ApprovalTimes;
  readonly audit: AuditSetting;
  readonly placeholders: readonly string[];
  /** Lower case: `ghcr.io/acme`. */
  readonly trustedOwners: readonly string[];
  readonly messages: readonly CauseMessage[];
  /** What is usual when nodes pull images. */
  readonly pulls: { readonly slowestBytesPerSecond: number };
  readonly timeouts: TimeoutSetting;
  readonly health: HealthSetting;
}

/** The file that is read if neither an option nor `IMAGECHECK_CONFIG` names one. */
const defaultFile = 'imagecheck.yaml';

/**
 * Reads the configuration: the file named by `file`, by `IMAGECHECK_CONFIG`, or `imagecheck.yaml` when it exists;
 * without any of them the defaults. Throws a {@link ConfigError} that lists every mistake at once, and nothing else.
 */
export function loadConfig(options: {
  readonly file?: string | undefined;
  readonly env?: Environment;
  readonly role?: Role;
  /** Ids of all remedies. */
  readonly remedies: readonly string[];
}): Config {
  const env = options.env ?? process.env;
  const file = options.file ?? (env['IMAGECHECK_CONFIG'] || (existsSync(defaultFile) ? defaultFile : undefined));
  const text = file === undefined ? '' : readText(file);
  if (text === undefined) {
    throw new ConfigError(file, [{ line: undefined, where: '', message: 'the file cannot be read' }]);
  }
  return parseConfig(
    text,
    file,
    outsideOf(file, { env, role: options.role ?? 'terminal', remedies: options.remedies }),
  );
}

/** Reads a configuration from its text; `file` only names it in messages. Throws like {@link loadConfig}. */
export function parseConfig(text: string, file: string | undefined, outside: Outside): Config {
  const document = parseConfigDocument(text);
  if (document.mistakes.length > 0) throw new ConfigError(file, document.mistakes);
  const shape = readShape(document, outside);
  if ('mistakes' in shape) throw new ConfigError(file, shape.mistakes);
  const { clusters, slack, policy, trustedOwners, proxy, ...rest } = shape.value;
  const unclear = mistakesAboutTeams(shape.value).map(({ path, message }) => ({
    line: document.lineOf(path),
    where: formatPath(path),
    message,
  }));
  if (unclear.length > 0) throw new ConfigError(file, unclear);
  const config: Config = {
    ...rest,
    file,
    slack: slackSetting(slack),
    clusters: resolveClusters(clusters, outside),
    mirrors: resolveMirrors(clusters),
    proxy: proxyOf(outside.env, proxy),
    ask: askRules(policy, slack),
    approve: approvePolicy(policy, slack.teams[0]?.id),
    trustedOwners: trustedOwners.map((owner) => owner.toLowerCase()),
  };
  if (outside.role === 'bot' && config.clusters.length === 0) {
    const message = 'expected at least one cluster: a bot has no default cluster';
    throw new ConfigError(file, [{ line: document.lineOf(['clusters']), where: 'clusters', message }]);
  }
  return config;
}

function askRules(policy: ConfigFile['policy'], slack: ConfigFile['slack']): readonly AskRule[] {
  const [home] = slack.teams;
  if (policy.ask !== undefined) {
    return policy.ask.map((rule) => ({
      ...defined({ ...rule, team: rule.team ?? home?.id }),
      users: bareNames(rule.users),
      groups: bareNames(rule.groups),
      channels: bareNames(rule.channels),
    }));
  }
  return defaultAskRules(bareNames(slack.channels), home?.id);
}

/** From the usual variables; the lower-case one takes precedence, as in curl. */
function proxyOf(env: Environment, { unresolvedNames }: ConfigFile['proxy']): ProxySetting {
  const read = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const httpProxy = read('HTTP_PROXY');
  const httpsProxy = read('HTTPS_PROXY');
  const noProxy = read('NO_PROXY');
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
    ...(unresolvedNames === 'refuse' ? { unresolvedNames } : {}),
  };
}

/** What the sandbox takes from the environment instead of a file. */
export interface SandboxEnvironment {
  /** A Redis to use instead of one that the sandbox starts (`REDIS_URL`). */
  readonly redisUrl?: string;
  /** The executable to start (`IMAGECHECK_REDIS_SERVER`, which `npm run sandbox` sets). */
  readonly redisServer: string;
}

/** Reads what the sandbox takes from the environment. */
export function sandboxEnvironment(env: Environment = process.env): SandboxEnvironment {
  const redisUrl = env['REDIS_URL'] || undefined;
  return {
    ...(redisUrl === undefined ? {} : { redisUrl }),
    redisServer: env['IMAGECHECK_REDIS_SERVER'] || 'redis-server',
  };
}
