import type { SandboxCluster } from '../src/sandbox/cluster/cluster.ts';
import { pause } from './processes.ts';
import { runningStatus } from './world-objects.ts';

interface PodJson {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] };
}

const everyMs = 100;

/**
 * Plays every kubelet: pending pods run the digest that their image names, and become Ready. Continues until the
 * process ends.
 */
export function runPods({ url, adminToken }: SandboxCluster, digests: ReadonlyMap<string, string>): void {
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/merge-patch+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return await response.json();
  };
  const turn = async (): Promise<void> => {
    const { items } = (await send('GET', '/api/v1/pods?fieldSelector=status.phase%3DPending')) as {
      readonly items: readonly PodJson[];
    };
    for (const { metadata, spec } of items) {
      if (spec.nodeName === undefined) continue;
      const image = spec.containers[0]?.image ?? '';
      const status = runningStatus(image, imageIdOf(image, digests));
      await send('PATCH', `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`, { status });
    }
  };
  const forever = async (): Promise<never> => {
    for (;;) {
      await turn();
      await pause(everyMs);
    }
  };
  void forever();
}

/** `ghcr.io/acme/web@sha256:…` of `ghcr.io/acme/web:2`, `…/web:2@sha256:…` and `…/web@sha256:…`. */
function imageIdOf(image: string, digests: ReadonlyMap<string, string>): string {
  const [name = '', digest] = image.split('@');
  const repository = name.replace(/:[^/:]*$/, '');
  return `${repository}@${digest ?? digests.get(name) ?? ''}`;
}
