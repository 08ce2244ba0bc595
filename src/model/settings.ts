import type { Credential } from './secret.ts';

/** One registry of the configuration, resolved: secrets are read, paths are loaded, hosts are normalised. */
export interface RegistrySetting {
  readonly name: string;
  /** Normalised host: `docker.io`, `ghcr.io`, `shop.azurecr.io:5000`. */
  readonly host: string;
  /** Repository path prefix when the entry is narrower than the host: `ghcr.io/acme` -> `acme`. */
  readonly pathPrefix?: string;
  /** Where to connect instead of `https://<host>`: a mirror or a local address; `http://` allowed only here. */
  readonly endpoint?: URL;
  /** PEM text trusted in addition to the system's. */
  readonly ca?: string;
  readonly credential?: Credential;
  /** Hosts besides its own that may receive its credentials as a token realm. */
  readonly tokenRealms: readonly string[];
  /** Workload names (globs) that the seed's configuration limits it to; empty means all. */
  readonly appliesTo: readonly string[];
  /** The configuration names it, so private and loopback addresses are allowed for it. */
  readonly allowPrivateAddresses: boolean;
}

/** Mirrors that a cluster's nodes try before the registry itself, in their order. */
export interface MirrorSetting {
  readonly cluster: string;
  /** Registry whose images are mirrored: `docker.io`. */
  readonly registry: string;
  readonly endpoint: URL;
  readonly ca?: string;
}

/** HTTP(S) proxy as the usual variables name it. */
export interface ProxySetting {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

/** Who may ask what: one rule that matches is enough (design section 7). */
export interface AskRule {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly channels: readonly string[];
  /** Globs. */
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
  /** `check`, `image`, `explain`; `*` for all. */
  readonly commands: readonly string[];
}
