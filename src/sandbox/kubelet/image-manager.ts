import { parseImage } from '../../model/image/image.ts';
import type { Fields, KubeObject } from '../cluster/objects/object.ts';
import { text } from '../cluster/objects/object.ts';
import type { BackOff, Clock } from './clock.ts';
import type { CachedImage, ImageCache } from './image-cache.ts';
import { type KeyringEntry, lookup, type NodeCredentials } from './keyring.ts';
import { PullFailure } from './pull/failure.ts';
import { goDuration, goQuote, invalidReference } from './pull/go-text.ts';
import type { PulledImage } from './pull/pull.ts';
import type { Happening } from './recorder.ts';

/** The image is on the node, or why not, as shown in `state.waiting`. */
export type Ensured =
  | { readonly kind: 'present'; readonly image: CachedImage }
  /** The pull goes on. */
  | { readonly kind: 'pulling' }
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string };

/** What a container asks for. */
export interface Wanted {
  readonly pod: KubeObject;
  readonly image: string;
  readonly policy: string;
  /** The pod's pull Secrets that could be read. */
  readonly secrets: readonly Fields[];
  readonly record: (happening: Happening) => void;
  /** What the runtime says instead of pulling. */
  readonly pullError?: string;
}

export interface ImageManager {
  readonly ensure: (wanted: Wanted) => Promise<Ensured>;
}

/** What a node provides. */
export interface ImageManagerOptions {
  readonly cache: ImageCache;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly credentials: () => NodeCredentials;
  readonly kubeletVersion: string;
  /** Since when pulls of this image have been going on without an end, if they do. */
  readonly heldSince: (image: string) => Date | undefined;
  readonly pull: (image: string, login: KeyringEntry | undefined) => Promise<PulledImage>;
}

/**
 * Brings images to a node with the behaviour and wording of `pkg/kubelet/images/image_manager.go`
 * (docs/facts/kubernetes.md#events-and-waiting-reasons).
 */
export function createImageManager(options: ImageManagerOptions): ImageManager {
  const lastError = new Map<string, string>();
  const announced = new Set<string>();
  return {
    ensure: async (wanted) => {
      const { image, policy, record } = wanted;
      const parsed = parseImage(image);
      if (!parsed.ok) {
        const message = `Failed to apply default image tag ${goQuote(image)}: couldn't parse image name ${goQuote(image)}: ${invalidReference(image)}`;
        record({ type: 'Warning', reason: 'InspectFailed', message });
        return { kind: 'waiting', reason: 'InvalidImageName', message };
      }
      const cached = policy === 'Always' ? undefined : options.cache.find(image);
      const keys = lookup(`${parsed.image.registry}/${parsed.image.repository}`, wanted.secrets, options.credentials());
      if (cached !== undefined && mayUse(options, cached, keys)) {
        const suffix = checksAccess(options) ? ' and can be accessed by the pod' : '';
        const message = `Container image ${goQuote(image)} already present on machine${suffix}`;
        record({ type: 'Normal', reason: 'Pulled', message });
        return { kind: 'present', image: cached };
      }
      if (policy === 'Never') {
        const message = `Container image ${goQuote(image)} is not present with pull policy of Never`;
        record({ type: 'Warning', reason: 'ErrImageNeverPull', message });
        return { kind: 'waiting', reason: 'ErrImageNeverPull', message };
      }
      const at = options.heldSince(image);
      if (at === undefined) return pull(options, lastError, wanted, withDefaultTag(image), keys);
      const key = `${wanted.pod.metadata.uid}_${image}`;
      const message = `Pulling image ${goQuote(withDefaultTag(image))}`;
      if (!announced.has(key)) record({ type: 'Normal', reason: 'Pulling', message, at });
      announced.add(key);
      return { kind: 'pulling' };
    },
  };
}

/** The kubelet re-checks images that were pulled with Secrets from 1.35 on (KEP-2535); preloaded ones never. */
function checksAccess({ kubeletVersion }: ImageManagerOptions): boolean {
  const [, minor = '0'] = /^v1\.(\d+)/.exec(kubeletVersion) ?? [];
  return Number(minor) >= 35;
}

function mayUse(options: ImageManagerOptions, { pulledWith }: CachedImage, keys: readonly KeyringEntry[]): boolean {
  if (!checksAccess(options) || pulledWith === undefined) return true;
  return keys.some(({ secretUid }) => secretUid !== undefined && pulledWith.includes(secretUid));
}

function withDefaultTag(image: string): string {
  const parsed = parseImage(image);
  const hasVersion = parsed.ok && (parsed.image.tag !== undefined || parsed.image.digest !== undefined);
  return hasVersion ? image : `${image}:latest`;
}

async function pull(
  options: ImageManagerOptions,
  lastError: Map<string, string>,
  { pod, record, pullError }: Wanted,
  image: string,
  keys: readonly KeyringEntry[],
): Promise<Ensured> {
  const { backOff, clock } = options;
  const key = `${pod.metadata.uid}_${image}`;
  if (backOff.waitsFor(key) > 0) {
    const message = `Back-off pulling image ${goQuote(image)}`;
    record({ type: 'Normal', reason: 'BackOff', message });
    const previous = lastError.get(key);
    return {
      kind: 'waiting',
      reason: 'ImagePullBackOff',
      message: previous === undefined ? message : `${message}: ${previous}`,
    };
  }
  record({ type: 'Normal', reason: 'Pulling', message: `Pulling image ${goQuote(image)}` });
  const started = clock.elapsed();
  const result = pullError ?? (await tryEach(options, image, keys));
  if (typeof result === 'string') {
    record({ type: 'Warning', reason: 'Failed', message: `Failed to pull image ${goQuote(image)}: ${result}` });
    backOff.next(key);
    lastError.set(key, `ErrImagePull: ${result}`);
    return { kind: 'waiting', reason: 'ErrImagePull', message: result };
  }
  const took = goDuration(clock.elapsed() - started);
  const message = `Successfully pulled image ${goQuote(image)} in ${took} (${took} including waiting). Image size: ${result.sizeBytes} bytes.`;
  record({ type: 'Normal', reason: 'Pulled', message });
  options.cache.add(image, result);
  backOff.reset(key);
  lastError.delete(key);
  return { kind: 'present', image: result };
}

/** Tries every credential in turn, or anonymously without any; if all fail, combines their errors. */
async function tryEach(
  options: ImageManagerOptions,
  image: string,
  keys: readonly KeyringEntry[],
): Promise<CachedImage | string> {
  const failures: string[] = [];
  for (const login of keys.length === 0 ? [undefined] : keys) {
    try {
      const { reference: _, ...pulled } = await options.pull(image, login);
      return login?.secretUid === undefined ? pulled : { ...pulled, pulledWith: [login.secretUid] };
    } catch (error) {
      if (!(error instanceof PullFailure)) throw error;
      failures.push(runtimeText(error, options.kubeletVersion));
    }
  }
  const distinct = [...new Set(failures)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`;
}

/** gRPC prefixes its code; kubelets since 1.26 leave out `Unknown`. */
function runtimeText({ code, message }: PullFailure, kubeletVersion: string): string {
  const [, minor = '36'] = /^v1\.(\d+)/.exec(kubeletVersion) ?? [];
  return code === 'Unknown' && Number(minor) >= 26 ? message : `rpc error: code = ${code} desc = ${message}`;
}

/** The pull Secrets that a pod names. */
export function pullSecretNames(pod: KubeObject): readonly string[] {
  const references =
    (pod['spec'] as { readonly imagePullSecrets?: readonly unknown[] } | undefined)?.imagePullSecrets ?? [];
  return references.map((reference) => text(reference, 'name')).filter((name) => name !== '');
}
