import { z } from 'zod';
import { Cause } from '../finding/cause.ts';
import type { DeepReadonly } from '../values/deep-readonly.ts';
import type { Credential, Secret } from '../values/secret.ts';

/** One registry of the configuration, resolved: secrets are read, paths are loaded, hosts are normalised. */
export interface RegistrySetting {
  readonly name: string;
  /** Normalised host: `docker.io`, `ghcr.io`, `shop.azurecr.io:5000`. */
  readonly host: string;
  /** Repository path prefix when the entry is narrower than the host: `ghcr.io/acme` -> `acme`. */
  readonly pathPrefix?: string;
  /** Where to connect instead of `https://<host>`: a mirror or a local address; only here may it be `http://`. */
  readonly endpoint?: URL;
  /** PEM text trusted in addition to the system's certificates. */
  readonly ca?: string;
  readonly credential?: Credential;
  /** Hosts besides its own that may receive its credentials as a token realm. */
  readonly tokenRealms: readonly string[];
  /** Workload names (globs) that this entry is limited to; empty means all. */
  readonly appliesTo: readonly string[];
  /** The configuration names this registry, so it may have a private or loopback address. */
  readonly allowPrivateAddresses: boolean;
}

/** Mirrors that a cluster's nodes try before the registry itself, in order. */
export interface MirrorSetting {
  readonly cluster: string;
  /** Registry whose images are mirrored: `docker.io`. */
  readonly registry: string;
  readonly endpoint: URL;
  readonly ca?: string;
}

/** HTTP(S) proxy as set by the usual variables. */
export interface ProxySetting {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
  /** Names that do not resolve here are not sent to the proxy, which might resolve them to anything. */
  readonly unresolvedNames?: 'refuse';
}

/** Who may ask what: one matching rule is enough (docs/architecture.md#permissions). */
export interface AskRule {
  /** Id of the Slack workspace in which it holds; left out if the configuration names no workspace. */
  readonly team?: string;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly channels: readonly string[];
  /** Globs. */
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
  /** `check`, `image`, `explain`; `*` for all. */
  readonly commands: readonly string[];
}

/** Where state and the queue are kept. */
export interface RedisSetting {
  /** `redis://`, `rediss://`, `redis+sentinel://H:P,H:P/MASTER` or `redis+cluster://H:P,H:P`; may hold a password. */
  readonly url: Secret;
  /** PEM text trusted in addition to the system's certificates. */
  readonly ca?: string;
  readonly keyPrefix: string;
}

/** Where a process answers health checks; nowhere without a port. */
export interface HealthSetting {
  readonly port?: number;
}

/** How the bot reaches Slack. Which secrets are set depends on the process: a worker has none. */
export interface SlackSetting {
  readonly mode: 'socket' | 'http';
  /** Only mode `http`; 0 picks a free port. */
  readonly port: number;
  /** Another Web API, such as the sandbox's; with a trailing slash. */
  readonly apiUrl?: string;
  readonly botToken?: Secret;
  readonly appToken?: Secret;
  readonly signingSecret?: Secret;
  /** Several workspaces, each with its own bot token; empty means the workspace of `botToken`. */
  readonly teams: readonly { readonly id: string; readonly botToken: Secret }[];
}

/** A cluster that people may ask about, and how a worker connects to it. */
export interface ClusterSetting {
  readonly id: string;
  /**
   * The mounted service account, or a context (default: the current one) of one file or of several, as `KUBECONFIG`
   * lists them.
   */
  readonly access:
    | { readonly type: 'in-cluster'; readonly host?: string; readonly port?: string }
    | { readonly type: 'kubeconfig'; readonly files: readonly string[]; readonly context?: string };
}

/** What a slow registry delivers (`pulls.slowestBytesPerSecond`). */
export const usualPullBytesPerSecond = 5_000_000;

/** The organisation's own sentence or runbook, shown below findings of one cause. */
export const CauseMessage = z.object({
  cause: Cause,
  /** Only images of this registry host; default: every image. */
  registry: z.string().exactOptional(),
  text: z.string().exactOptional(),
  link: z.string().exactOptional(),
});
export type CauseMessage = DeepReadonly<z.infer<typeof CauseMessage>>;

/** Limits of single requests and of a whole check, in milliseconds. */
export interface TimeoutSetting {
  readonly checkMs: number;
  readonly clusterRequestMs: number;
  readonly registryConnectMs: number;
  readonly registryRequestMs: number;
  readonly slackRequestMs: number;
}

/** Lowest level of the log lines that are written. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
