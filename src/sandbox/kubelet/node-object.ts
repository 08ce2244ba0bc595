import { type Fields, microTimestamp, records, text, timestamp } from '../cluster/objects/object.ts';
import type { ApiClient } from './api-client.ts';
import type { Clock } from './clock.ts';
import type { ImageCache } from './image-cache.ts';

/** A node as its kubelet registers it. */
export interface NodeSpec {
  readonly name: string;
  /** `amd64`, `arm64`. */
  readonly arch: string;
  readonly os?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Fields[];
  /** `containerd://2.1.4`; determines the wording of errors and the form of `imageID`. */
  readonly runtime?: string;
  readonly kubeletVersion?: string;
  readonly osImage?: string;
}

/** Keeps one Node object and its Lease alive. */
export interface NodeKeeper {
  readonly register: () => Promise<void>;
  readonly setDiskPressure: (isUnderPressure: boolean) => Promise<void>;
  /** Writes `status.images` and the conditions immediately. */
  readonly refresh: () => Promise<void>;
  readonly stop: () => void;
}

export const defaultRuntime = 'containerd://2.1.4';
export const defaultKubeletVersion = 'v1.36.3';
const heartbeatMs = 10_000;
const diskTaint = 'node.kubernetes.io/disk-pressure';

/** Registers over HTTP as the kubelet does; it serves container logs on `port`. */
export function createNodeKeeper(
  api: ApiClient,
  clock: Clock,
  node: NodeSpec,
  port: number,
  cache: ImageCache,
): NodeKeeper {
  const path = `/api/v1/nodes/${node.name}`;
  let pressure = false;
  const status = () => nodeStatus(node, port, clock.now(), pressure, cache);
  const refresh = async () => {
    await api.patch(`${path}/status`, { status: status() });
    await renewLease(api, node.name, clock.now());
  };
  // Heartbeats use real time, as does the controller that watches them.
  const timer = setInterval(() => void refresh().catch(() => undefined), heartbeatMs).unref();
  return {
    register: async () => {
      const created = await api.send('POST', '/api/v1/nodes', { ...nodeObject(node), status: status() });
      if (created.status !== 201 && created.status !== 409) {
        throw new Error(`node ${node.name} was not registered: ${created.status} ${text(created.body, 'message')}`);
      }
      // A cluster without a node lifecycle controller never removes the not-ready taint set by admission.
      await api.patch(path, { spec: { taints: node.taints ?? null, unschedulable: null } });
      await refresh();
    },
    setDiskPressure: async (isUnderPressure) => {
      pressure = isUnderPressure;
      const { body } = await api.send('GET', path);
      const others = records(body, 'spec', 'taints').filter(({ key }) => key !== diskTaint);
      const taints = isUnderPressure ? [...others, { key: diskTaint, effect: 'NoSchedule' }] : others;
      await api.patch(path, { spec: { taints: taints.length === 0 ? null : taints } });
      await refresh();
    },
    refresh,
    stop: () => clearInterval(timer),
  };
}

function nodeObject({ name, arch, os = 'linux', labels }: NodeSpec): Fields {
  const standard = {
    'kubernetes.io/arch': arch,
    'kubernetes.io/os': os,
    'kubernetes.io/hostname': name,
    'beta.kubernetes.io/arch': arch,
    'beta.kubernetes.io/os': os,
  };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { ...standard, ...labels } }, spec: {} };
}

function nodeStatus(node: NodeSpec, port: number, now: Date, pressure: boolean, cache: ImageCache): Fields {
  const { arch, os = 'linux', runtime = defaultRuntime, kubeletVersion = defaultKubeletVersion } = node;
  const capacity = { cpu: '8', memory: '32Gi', pods: '11000', 'ephemeral-storage': '100Gi' };
  return {
    // No Hostname: an API server with default flags would resolve it first to fetch logs, and it cannot be resolved.
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    capacity,
    allocatable: capacity,
    conditions: conditions(now, pressure),
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    images: cache.list(),
    nodeInfo: {
      architecture: arch,
      operatingSystem: os,
      containerRuntimeVersion: runtime,
      kubeletVersion,
      kubeProxyVersion: kubeletVersion,
      osImage: node.osImage ?? (os === 'windows' ? 'Windows Server 2022 Datacenter' : 'Ubuntu 24.04.3 LTS'),
      kernelVersion: '6.8.0-1034',
      machineID: node.name,
      systemUUID: node.name,
      bootID: node.name,
    },
  };
}

function conditions(now: Date, pressure: boolean): readonly Fields[] {
  const at = timestamp(now);
  const one = (type: string, holds: boolean, reason: string, message: string) => ({
    type,
    status: holds ? 'True' : 'False',
    reason,
    message,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  });
  return [
    one('MemoryPressure', false, 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    pressure
      ? one('DiskPressure', true, 'KubeletHasDiskPressure', 'kubelet has disk pressure')
      : one('DiskPressure', false, 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    one('PIDPressure', false, 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    one('Ready', true, 'KubeletReady', 'kubelet is posting ready status'),
  ];
}

async function renewLease(api: ApiClient, name: string, now: Date): Promise<void> {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTimestamp(now) };
  const { status } = await api.patch(`${leases}/${name}`, { spec });
  if (status !== 404) return;
  await api.send('POST', leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec });
}
