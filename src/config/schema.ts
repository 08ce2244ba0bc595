import { z } from 'zod';
import { Cause } from '../model/finding/cause.ts';
import {
  type CauseMessage,
  type HealthSetting,
  type RedisSetting,
  usualPullBytesPerSecond,
} from '../model/settings/settings.ts';
import { defined } from '../model/values/defined.ts';
import { Secret } from '../model/values/secret.ts';
import { isRedisUrl } from './addresses.ts';
import { policySection } from './approve-section.ts';
import { ApprovalsSection, auditSection, remediationSection, signingSection } from './change-section.ts';
import { certificates, HttpUrl, Names, RegistryHost, Text, variable } from './fields.ts';
import type { Outside } from './outside.ts';
import { clustersSection, registriesSection } from './registry-section.ts';
import { slackSection } from './slack-section.ts';

/** The default Redis URL. */
const defaultRedisUrl = 'redis://127.0.0.1:6379';
const redisUrlExpected =
  'expected a URL that starts with redis:// or rediss:// (or redis+sentinel://, redis+cluster:// and similar)';

function redisSection(outside: Outside) {
  return z
    .strictObject({
      url: z
        .string()
        .refine(isRedisUrl, redisUrlExpected)
        .optional()
        .describe('Redis URL; default redis://127.0.0.1:6379.'),
      urlEnv: variable(outside, 'optional')
        .refine(
          ({ secret }) => secret === undefined || isRedisUrl(secret.reveal()),
          `${redisUrlExpected} in this variable`,
        )
        .prefault('REDIS_URL')
        .describe('Environment variable with the URL, for a URL with a password; it overrides url when set.'),
      caFile: certificates(outside).optional().describe('PEM file with certificates trusted for rediss:// URLs.'),
      keyPrefix: z
        .string()
        .regex(/^[A-Za-z0-9_.{}-]{1,64}$/, 'expected 1 to 64 letters, digits or _ . { } -')
        .default('imagecheck')
        .describe('Prefix of every key; use {imagecheck} with Redis Cluster.'),
    })
    .transform(
      ({ url, urlEnv, caFile, keyPrefix }): RedisSetting =>
        defined({ url: urlEnv.secret ?? new Secret(url ?? defaultRedisUrl), ca: caFile, keyPrefix }),
    )
    .prefault({})
    .describe('State and queue.');
}

const Pulls = z
  .strictObject({
    slowestBytesPerSecond: z
      .number()
      .int()
      .min(1000)
      .default(usualPullBytesPerSecond)
      .describe(
        'The slowest transfer of an image that is usual here. A pull that takes longer than its size explains at this speed, and longer than ten minutes, is reported as stalled.',
      ),
  })
  .prefault({})
  .describe('What is usual when nodes pull images.');

const Messages = z
  .array(
    z
      .strictObject({
        cause: Cause.describe('Cause that the message belongs to.'),
        registry: RegistryHost.optional().describe('Only for images of this registry host.'),
        text: Text.optional().describe('A sentence shown below the finding.'),
        link: HttpUrl.optional().describe('A link to a runbook, shown below the finding.'),
      })
      .refine(({ text, link }) => text !== undefined || link !== undefined, 'expected text, link or both')
      .transform((message): CauseMessage => defined({ ...message, link: message.link?.href })),
  )
  .default([])
  .describe('Your own messages or runbook links per cause and registry.');

const timeoutMs = (otherwise: number, meaning: string) =>
  z.int().min(100).max(600_000).default(otherwise).describe(meaning);

const Timeouts = z
  .strictObject({
    checkMs: timeoutMs(25_000, 'One whole check.'),
    clusterRequestMs: timeoutMs(10_000, 'One request to an API server.'),
    registryConnectMs: timeoutMs(3_000, 'Connecting to a registry.'),
    registryRequestMs: timeoutMs(
      8_000,
      'One request to a registry, with its connection, token, redirects and whole body.',
    ),
    slackRequestMs: timeoutMs(10_000, 'One request to Slack.'),
  })
  .prefault({})
  .describe('Limits in milliseconds.');

/** The variable that overrides `log.level`. */
const logLevelVariable = 'IMAGECHECK_LOG_LEVEL';
const LogLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']);

function logSection(outside: Outside) {
  const fromVariable = outside.env[logLevelVariable]?.trim() || undefined;
  return z
    .strictObject({
      level: LogLevel.default('info').describe(
        `Lowest level that is logged; the variable ${logLevelVariable} overrides it.`,
      ),
    })
    .transform(({ level }, context) => {
      const chosen = LogLevel.safeParse(fromVariable ?? level);
      if (chosen.success) return { level: chosen.data };
      const message = `environment variable ${logLevelVariable}: expected one of ${LogLevel.options.join(', ')}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .prefault({})
    .describe('Logging, as JSON lines.');
}

const Health = z
  .strictObject({
    port: z.int().min(1).max(65_535).optional().describe('Port of /healthz and /readyz; none when left out.'),
  })
  .transform((health): HealthSetting => defined(health))
  .prefault({})
  .describe('Health checks over HTTP.');

/** The configuration file; parsing resolves its references. Every error becomes an issue with its path. */
export function configFile(outside: Outside) {
  return z.strictObject({
    registries: registriesSection(outside),
    clusters: clustersSection(outside),
    redis: redisSection(outside),
    slack: slackSection(outside),
    policy: policySection(outside),
    remediation: remediationSection(outside),
    signing: signingSection(outside),
    approvals: ApprovalsSection,
    audit: auditSection(outside),
    placeholders: Names.default(['nginx:alpine', 'busybox', 'hello-world', 'registry.k8s.io/pause']).describe(
      'Placeholder images; an entry without a tag matches every tag.',
    ),
    trustedOwners: Names.default([]).describe(
      'Owners such as ghcr.io/acme whose images may be proposed as replacements.',
    ),
    messages: Messages,
    proxy: z
      .strictObject({
        unresolvedNames: z
          .enum(['allow', 'refuse'])
          .default('allow')
          .describe('Whether names of registries that do not resolve here may be sent to the proxy.'),
      })
      .prefault({})
      .describe('What may go through the proxy that HTTPS_PROXY names.'),
    pulls: Pulls,
    timeouts: Timeouts,
    log: logSection(outside),
    health: Health,
  });
}
export type ConfigFile = z.infer<ReturnType<typeof configFile>>;
