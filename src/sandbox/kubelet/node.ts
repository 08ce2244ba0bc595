import type { KubeObject } from '../cluster/objects/object.ts';
import type { ApiClient } from './api-client.ts';
import type { Rule } from './behaviour.ts';
import { type Clock, createBackOff } from './clock.ts';
import type { ContainerRecord } from './container-record.ts';
import { createImageCache, type ImageCache } from './image-cache.ts';
import { createImageManager } from './image-manager.ts';
import type { NodeCredentials } from './keyring.ts';
import {
  createNodeKeeper,
  defaultKubeletVersion,
  defaultRuntime,
  type NodeKeeper,
  type NodeSpec,
} from './node-object.ts';
import type { PodContext } from './pod-sync.ts';
import { createPodWorker, type PodWorker } from './pod-worker.ts';
import type { Network } from './pull/http.ts';
import { pullImage } from './pull/pull.ts';
import type { Mirror } from './pull/registry-host.ts';
import { createRecorder } from './recorder.ts';

/** A node to simulate: the object, and the settings of its runtime and credential provider. */
export interface NodeOptions extends NodeSpec {
  /** `hosts.toml`: mirrors asked before the registry itself, with `?ns=`. */
  readonly mirrors?: readonly Mirror[];
  /** Its containerd 2.x pulls locally, without the transfer service, whose errors read differently. */
  readonly localPull?: boolean;
  /** The node's own identity at registries (AKS, EKS): key of a Docker configuration -> login. */
  readonly credentials?: NodeCredentials;
}

/** One running node. */
export interface SimulatedNode {
  readonly name: string;
  readonly architecture: string;
  readonly cache: ImageCache;
  readonly keeper: NodeKeeper;
  readonly setMirrors: (mirrors: readonly Mirror[]) => void;
  readonly setCredentials: (credentials: NodeCredentials) => void;
  readonly evict: (namespace: string, pod: string, message: string) => boolean;
  readonly find: (namespace: string, pod: string, container: string) => ContainerRecord | undefined;
  readonly stop: () => void;
}

export interface NodeContext {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly network: Network;
  readonly logPort: number;
  readonly rules: () => readonly Rule[];
  /** Since when pulls of these images have been going on without an end. */
  readonly heldPulls: ReadonlyMap<string, Date>;
  readonly index: number;
  readonly onError: (error: unknown) => void;
}

/** Registers a node and runs the pods bound to it. */
export async function startNode(context: NodeContext, options: NodeOptions): Promise<SimulatedNode> {
  const { api, clock, network } = context;
  const { name, arch, os = 'linux', runtime = defaultRuntime, kubeletVersion = defaultKubeletVersion } = options;
  const puller = { os, architecture: arch, runtime, localPull: options.localPull ?? false };
  const { mirrors = [], credentials = {} } = options;
  const settings = { mirrors, credentials };
  const cache = createImageCache();
  const keeper = createNodeKeeper(api, clock, options, context.logPort, cache);
  await keeper.register();
  const images = createImageManager({
    cache,
    backOff: createBackOff(clock),
    clock,
    credentials: () => settings.credentials,
    kubeletVersion,
    heldSince: (image) => context.heldPulls.get(image),
    pull: (image, login) => pullImage(network, { ...puller, mirrors: settings.mirrors }, image, login),
  });
  const shared = {
    api,
    clock,
    recorder: createRecorder(api, name, clock.now),
    images,
    crashes: createBackOff(clock),
    rules: context.rules,
    node: { name, os, architecture: arch, runtime, kubeletVersion },
    onError: context.onError,
  };
  const pods = followPods(api, shared, name, context.index);
  return {
    name,
    architecture: arch,
    cache,
    keeper,
    setMirrors: (next) => void (settings.mirrors = next),
    setCredentials: (next) => void (settings.credentials = next),
    evict: (namespace, pod, message) => {
      const worker = pods.get(`${namespace}/${pod}`);
      worker?.evict(message);
      return worker !== undefined;
    },
    find: (namespace, pod, container) => pods.get(`${namespace}/${pod}`)?.record(container),
    stop: () => {
      keeper.stop();
      for (const worker of pods.values()) worker.stop();
    },
  };
}

/** The workers of the pods bound to the node, updated by the watch. */
function followPods(
  api: ApiClient,
  shared: Omit<PodContext, 'podIp'>,
  name: string,
  index: number,
): ReadonlyMap<string, PodWorker> {
  const workers = new Map<string, PodWorker>();
  const uids = new Map<string, string>();
  let addresses = 1;
  api.follow('/api/v1/pods', `spec.nodeName=${name}`, (kind, pod: KubeObject) => {
    const key = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
    const known = uids.get(key) === pod.metadata.uid ? workers.get(key) : undefined;
    if (kind === 'DELETED') {
      if (known === undefined) return;
      known.stop();
      workers.delete(key);
      uids.delete(key);
      return;
    }
    if (known !== undefined) return known.update(pod);
    workers.get(key)?.stop();
    addresses += 1;
    const podIp = `10.244.${(index << 5) | (addresses >> 8)}.${addresses & 0xff}`;
    workers.set(key, createPodWorker({ ...shared, podIp }, pod));
    uids.set(key, pod.metadata.uid);
  });
  return workers;
}
