import type { ImageRef } from '../model/image/image.ts';
import type { ImageConfig, Manifest, ProbeOutcome, RegistryAnswer } from '../model/image/outcome.ts';
import type { Fact } from '../model/values/fact.ts';
import type { Credential } from '../model/values/secret.ts';
import type { Reading } from './cluster.ts';

/** Where an image is requested: at the registry itself, or at a mirror that the cluster's nodes use. */
export interface Route {
  readonly kind: 'origin' | 'mirror';
  /** Host as people know it. */
  readonly host: string;
}

/** Speaks the distribution protocol. Never throws because of a registry's answer; throws only if `signal` is a bug. */
export interface RegistryClient {
  /** Name of the provider that serves this host. */
  provider(host: string): string;
  /** Whether the configuration names the registry of this image: by an entry, or by a mirror of it. */
  isConfigured(image: ImageRef): boolean;
  /** The routes that a node of this cluster tries, in its order; the origin is always the last. */
  routes(image: ImageRef): readonly Route[];
  /** HEAD (GET if a registry does not support HEAD); the reference's digest takes precedence over its tag. */
  resolve(image: ImageRef, how: RegistryReading): Promise<ProbeOutcome>;
  /** GET by digest; from the content cache if it was read before. */
  manifest(image: ImageRef, digest: string, how: RegistryReading): Promise<RegistryAnswer<Manifest>>;
  /** The config blob of an image manifest. */
  config(image: ImageRef, configDigest: string, how: RegistryReading): Promise<RegistryAnswer<ImageConfig>>;
  /** All tags, following pagination, at most 10,000. */
  tags(image: ImageRef, how: RegistryReading): Promise<RegistryAnswer<readonly string[]>>;
  /** Digests of manifests that refer to this one, of one artifact type or all; tag fallback included. */
  referrers(
    image: ImageRef,
    digest: string,
    how: RegistryReading & { readonly artifactType?: string },
  ): Promise<RegistryAnswer<readonly { readonly digest: string; readonly artifactType: string }[]>>;
  /** When this digest was pushed (ISO 8601), under the tag unless the reference names the digest; answers within 2 s. */
  pushedAt(image: ImageRef, digest: string, how: RegistryReading): Promise<Fact<string>>;
  close(): Promise<void>;
}

/** With which credential, over which route and until when. */
export interface RegistryReading extends Reading {
  readonly credential?: Credential;
  /** Default: the origin. */
  readonly route?: Route;
  /** Epoch milliseconds: answers to requests sent before this time are not taken from memory. */
  readonly notBefore?: number;
}

/** Immutable content by digest, shared between workers; losing it costs time, not correctness. */
export interface ContentCache {
  get(digest: string): Promise<string | undefined>;
  put(digest: string, content: string): Promise<void>;
}
