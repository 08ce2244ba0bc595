import type { User } from '@kubernetes/client-node';
import type { Secret } from '../../model/values/secret.ts';

/** PEM text written in the kubeconfig, or a file that may be replaced at run time. */
export type Pem = { readonly kind: 'data'; readonly pem: Secret } | { readonly kind: 'file'; readonly path: string };

/**
 * How a kubeconfig user authenticates. `plugin` is `exec` (client-go credential plugins) or a legacy `auth-provider`
 * such as OIDC; the client package implements both.
 */
export type Proof =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'token'; readonly token: Secret }
  | { readonly kind: 'token-file'; readonly path: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'exec'; readonly user: User }
  | { readonly kind: 'auth-provider'; readonly user: User };

/** One API server and everything needed to talk to it as one user. */
export interface ServerAccess {
  /** Without a trailing slash; may have a path, as with Rancher and Teleport. */
  readonly server: string;
  readonly ca?: Pem;
  readonly skipTlsVerify: boolean;
  readonly tlsServerName?: string;
  /** `proxy-url` of the kubeconfig; wins over the environment's proxy. May contain a password. */
  readonly proxyUrl?: Secret;
  readonly proof: Proof;
  readonly certificate?: { readonly cert: Pem; readonly key: Pem };
  readonly impersonate?: { readonly user: string; readonly groups: readonly string[] };
}
