import type { Platform } from '../../model/image/outcome.ts';
import type { Node } from '../../model/snapshot/snapshot.ts';
import type { NodeObject } from './objects.ts';

/** The facts about a node that image questions need. */
export function nodeOf({ metadata, spec, status }: NodeObject): Node {
  const holds = (condition: string): boolean =>
    (status?.conditions ?? []).some((each) => each.type === condition && each.status === 'True');
  return {
    name: metadata.name,
    platform: platformOf(metadata.labels ?? {}, status?.nodeInfo ?? {}),
    labels: metadata.labels ?? {},
    taints: (spec?.taints ?? []).map(({ key, value, effect }) => ({
      key,
      ...(value == null ? {} : { value }),
      effect,
    })),
    kubeletVersion: status?.nodeInfo?.kubeletVersion ?? '',
    runtime: status?.nodeInfo?.containerRuntimeVersion ?? '',
    osImage: status?.nodeInfo?.osImage ?? '',
    ready: holds('Ready'),
    diskPressure: holds('DiskPressure'),
    unschedulable: spec?.unschedulable === true,
  };
}

type NodeInfo = NonNullable<NonNullable<NodeObject['status']>['nodeInfo']>;

/**
 * The kubelet's own report first, its labels if that is missing. For Windows the kernel version is the full
 * `os.version` (`10.0.20348.2113`) and the label only its build (`10.0.20348`).
 */
function platformOf(labels: Readonly<Record<string, string>>, info: NodeInfo): Platform {
  const os = filled(info.operatingSystem) ?? labels['kubernetes.io/os'] ?? '';
  const architecture = filled(info.architecture) ?? labels['kubernetes.io/arch'] ?? '';
  if (os !== 'windows') return { os, architecture };
  const osVersion = versionIn(info.kernelVersion) ?? versionIn(labels['node.kubernetes.io/windows-build']);
  return { os, architecture, ...(osVersion === undefined ? {} : { osVersion }) };
}

function filled(text: string | null | undefined): string | undefined {
  return text == null || text === '' ? undefined : text;
}

/** Some kubelets add text to the version. */
function versionIn(text: string | null | undefined): string | undefined {
  return /\d{1,9}\.\d{1,9}\.\d{1,9}(?:\.\d{1,9})?/.exec(text ?? '')?.[0];
}
