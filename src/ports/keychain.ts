import type { ImageRef } from '../model/image/image.ts';
import type { Fact } from '../model/values/fact.ts';
import type { Credential } from '../model/values/secret.ts';
import type { Lookup, Reading } from './cluster.ts';

/** A registry entry of the configuration that has a credential; it does not contain the credential itself. */
export interface CredentialEntry {
  readonly name: string;
  /** Normalised host: `docker.io`, `ghcr.io`. */
  readonly host: string;
  readonly pathPrefix?: string;
}

/** A pull secret's entry together with the Secret that holds it. */
export interface KeyringEntry {
  readonly key: string;
  readonly secretName: string;
  readonly credential: Credential;
}

/**
 * A credential as it is presented now, and where it comes from. It is valid until its `expiresAt`; then it is requested
 * again.
 */
export interface HeldCredential {
  readonly credential: Credential;
  readonly source:
    | { readonly kind: 'configured'; readonly entry: string }
    | { readonly kind: 'pull-secret'; readonly secretName: string };
}

/** The identity that a registry is asked with. */
export type CredentialUser =
  /** As the pods, with the entries of the Secrets they name, in the order of the Secrets. */
  | { readonly kind: 'workload'; readonly pullSecrets: readonly KeyringEntry[] }
  /** As imagecheck itself. Entries that are limited to other workloads are left out when the workload is named. */
  | { readonly kind: 'bot'; readonly workload?: string };

/**
 * Gives credentials to those who may present them. No method throws, and no reason contains a credential. An expired
 * credential is requested again; concurrent requests for the same one share one answer.
 */
export interface Keychain {
  readonly entries: readonly CredentialEntry[];
  /** The entry that imagecheck would use for this image, if there is one. */
  entryFor(image: ImageRef, workload?: string): CredentialEntry | undefined;
  /** Credentials for an image in the order in which they are tried; empty for anonymous access. */
  credentialsFor(image: ImageRef, user: CredentialUser, reading: Reading): Promise<Fact<readonly HeldCredential[]>>;
  /** The credential of an entry, by its name. */
  credentialOf(entry: string, reading: Reading): Promise<Lookup<HeldCredential>>;
}
