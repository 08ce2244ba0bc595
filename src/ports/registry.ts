import type { ImageRef } from '../model/image/image.ts';
import type { ImageConfig, Manifest, ProbeOutcome, RegistryAnswer } from '../model/image/outcome.ts';
import type { Fact } from '../model/values/fact.ts';
import type { Credential } from '../model/values/secret.ts';
import type { Reading } from './cluster.ts';

/** Where an image is asked for: the registry itself, or a mirror that the cluster's nodes use. */
export interface Route {
  readonly kind: 'origin' | 'mirror';
  /** Host as people know it. */
  readonly host: string;
}

/** Speaks the distribution protocol. Never throws for what a registry answers; throws only when `signal` is a bug. */
export interface RegistryClient {
  /** Name of the provider that serves this host. */
  provider(host: string): string;
  /** Whether the configuration names the registry of this image: an entry, or a mirror of it. */
  isConfigured(image: ImageRef): boolean;
  /** The ways a node of this cluster goes, in its order; the origin is always the last. */
  routes(image: ImageRef): readonly Route[];
  /** HEAD (GET where a registry cannot HEAD); the reference's digest wins over its tag. */
  resolve(image: ImageRef, how: RegistryReading): Promise<ProbeOutcome>;
  /** GET by digest, from the content cache when it was read before. */
  manifest(image: ImageRef, digest: string, how: RegistryReading): Promise<RegistryAnswer<Manifest>>;
  /** The config blob of an image manifest. */
  config(image: ImageRef, configDigest: string, how: RegistryReading): Promise<RegistryAnswer<ImageConfig>>;
  /** All tags, paging followed, at most 10,000. */
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
  /** The origin when left out. */
  readonly route?: Route;
  /** Epoch milliseconds: an answer whose question was asked before this moment is not taken from memory. */
  readonly notBefore?: number;
}

/** Immutable content by digest, shared between workers; losing it costs time, not truth. */
export interface ContentCache {
  get(digest: string): Promise<string | undefined>;
  put(digest: string, content: string): Promise<void>;
}
