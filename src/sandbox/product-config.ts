import { stringify } from 'yaml';

/** What the product is told about the pretend world. */
export interface ProductSurroundings {
  readonly clusterId: string;
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  readonly slackApiUrl: string;
  readonly redisUrl: string;
  readonly redisKeyPrefix: string;
  /** Host -> address. */
  readonly registries: Readonly<Record<string, string>>;
  /** Hosts for which the bot has a credential of its own, by the names of the variables. */
  readonly credentials: Readonly<Record<string, { readonly usernameEnv: string; readonly passwordEnv: string }>>;
}

/** The product's configuration file, as docs/configuration.md describes it. */
export function productConfig(around: ProductSurroundings): string {
  const { clusterId, kubeconfig, slackApiUrl, redisUrl, redisKeyPrefix, registries, credentials } = around;
  return stringify({
    clusters: [{ id: clusterId, kubeconfig }],
    slack: { mode: 'socket', apiUrl: slackApiUrl, channels: ['incidents', 'team-dask', 'random'] },
    redis: { url: redisUrl, urlEnv: 'IMAGECHECK_SANDBOX_REDIS_URL', keyPrefix: redisKeyPrefix },
    registries: Object.entries(registries).map(([host, endpoint]) => ({
      name: host,
      registry: host,
      endpoint,
      ...credentials[host],
    })),
    trustedOwners: ['ghcr.io/institutefordiseasemodeling', 'ghcr.io/afewell-hh'],
  });
}
