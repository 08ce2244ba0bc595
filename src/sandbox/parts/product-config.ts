import { stringify } from 'yaml';
import { remedies } from '../../remedies/index.ts';

/** What the product needs to know about the simulated world. */
export interface ProductSurroundings {
  readonly clusterId: string;
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  readonly slackApiUrl: string;
  readonly redisUrl: string;
  readonly redisKeyPrefix: string;
  /** Host -> address. */
  readonly registries: Readonly<Record<string, string>>;
  /** Ed25519, base64 of the SPKI: the key with which the worker verifies approvals. */
  readonly signingPublicKey: string;
  /** Hosts for which the bot has its own credential, with the names of the variables. */
  readonly credentials: Readonly<Record<string, { readonly usernameEnv: string; readonly passwordEnv: string }>>;
}

/**
 * The owners of the dask namespaces decide there; everywhere else, people on call may also approve. Risky changes need
 * two approvals, and nobody approves their own request.
 */
const policy = {
  // Members of the two groups see on their Home page what is waiting for them; everyone except guests may ask in the
  // channels.
  ask: [{ channels: ['incidents', 'team-dask', 'random'] }, { groups: ['dask-owners', 'on-call'] }],
  approve: [
    { groups: ['dask-owners', 'on-call'], risks: ['high'], votes: 2 },
    { groups: ['dask-owners'], namespaces: ['*-dask-*'], votes: 1 },
    { groups: ['dask-owners', 'on-call'], votes: 1 },
  ],
  breakGlass: [
    { groups: ['on-call'], remedies: ['force-repull', 'set-pull-policy', 'roll-back'], securityChannel: 'C0SECURITY' },
  ],
};

/** The product's configuration file, as docs/configuration.md describes it. */
export function productConfig(around: ProductSurroundings): string {
  const { clusterId, kubeconfig, slackApiUrl, redisUrl, redisKeyPrefix, registries, credentials, signingPublicKey } =
    around;
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
    policy,
    remediation: { remedies: remedies.ids().filter((id) => id !== 'undo') },
    signing: { publicKeys: [signingPublicKey] },
    trustedOwners: ['ghcr.io/institutefordiseasemodeling', 'ghcr.io/afewell-hh'],
  });
}
