import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { ServerAccess } from './server-access.ts';

/** Where the kubelet mounts a pod's service account. */
const mount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where the API server is, seen from inside; the defaults are what every pod has. */
export interface InCluster {
  /** `KUBERNETES_SERVICE_HOST`. Default: the DNS name, which depends on the cluster's DNS. */
  readonly host?: string;
  /** `KUBERNETES_SERVICE_PORT`. */
  readonly port?: string;
  /** Folder with `token` and `ca.crt`. */
  readonly directory?: string;
}

/**
 * Access with the pod's own service account. Token and CA are re-read at run time, because the kubelet rotates them.
 */
export function inClusterAccess({ host, port, directory = mount }: InCluster): ServerAccess {
  const name = host === undefined || host === '' ? 'kubernetes.default.svc' : host;
  return {
    server: `https://${isIPv6(name) ? `[${name}]` : name}${port === undefined || port === '' ? '' : `:${port}`}`,
    ca: { kind: 'file', path: join(directory, 'ca.crt') },
    skipTlsVerify: false,
    proof: { kind: 'token-file', path: join(directory, 'token') },
  };
}
