import type { Fields } from '../cluster/objects/object.ts';
import type { Change, ChangeResult } from '../registries/control.ts';
import type { Kubernetes } from './kubernetes.ts';

/** What a story may touch: the Kubernetes API, and the control APIs of the registries and of the kubelet. */
export interface World {
  readonly kubernetes: Kubernetes;
  readonly now: () => Date;
  /** One change at a registry; what it adds is removed when the story is taken down. */
  readonly registry: (host: string, change: Change) => ChangeResult;
  /** `POST` to the kubelet's control API. */
  readonly kubelet: (path: '/images' | '/behaviours' | '/pulls', body: Fields) => Promise<void>;
  /** Gives every node an identity at a registry, as AKS and EKS do. */
  readonly nodeIdentity: (
    host: string,
    login: { readonly username: string; readonly password: string },
  ) => Promise<void>;
  /** Makes every node first ask a mirror for the images of this host; the mirror answers 503 to everything. */
  readonly brokenMirror: (host: string) => Promise<void>;
}
