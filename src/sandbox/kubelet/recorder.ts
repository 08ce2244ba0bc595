import { createEventNames } from '../cluster/objects/event-names.ts';
import { type KubeObject, timestamp } from '../cluster/objects/object.ts';
import type { ApiClient } from './api-client.ts';

/** Something that happened to an object. */
export interface Happening {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{web}`; empty for the pod itself. */
  readonly fieldPath?: string;
  /** When it happened, if not now. */
  readonly at?: Date;
}

/** Writes Events in order; repetitions increase `count` (client-go `EventCorrelator`). */
export interface Recorder {
  readonly record: (about: KubeObject, happening: Happening) => void;
  /** Resolves when everything recorded so far has been written. */
  readonly settled: () => Promise<void>;
}

const remembered = 4096;

export function createRecorder(api: ApiClient, host: string, now: () => Date): Recorder {
  const known = new Map<string, { readonly path: string; count: number }>();
  const nameOf = createEventNames(now);
  let tail: Promise<void> = Promise.resolve();
  const write = async (about: KubeObject, happening: Happening) => {
    const { namespace = 'default', name, uid, resourceVersion } = about.metadata;
    const { fieldPath, at: happenedAt, ...said } = happening;
    const at = timestamp(happenedAt ?? now());
    const key = JSON.stringify([uid, happening]);
    const same = known.get(key);
    if (same !== undefined) {
      const { status } = await api.patch(same.path, { count: same.count + 1, lastTimestamp: at });
      if (status === 200) {
        same.count += 1;
        return;
      }
    }
    const eventName = nameOf(name);
    const path = `/api/v1/namespaces/${namespace}/events`;
    const { status } = await api.send('POST', path, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      involvedObject: {
        kind: about.kind,
        apiVersion: about.apiVersion,
        namespace,
        name,
        uid,
        resourceVersion,
        ...(fieldPath === undefined ? {} : { fieldPath }),
      },
      ...said,
      source: { component: 'kubelet', host },
      reportingComponent: 'kubelet',
      reportingInstance: host,
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    });
    if (status === 201) known.set(key, { path: `${path}/${eventName}`, count: 1 });
    if (known.size > remembered) known.delete(known.keys().next().value ?? '');
  };
  return {
    record: (about, happening) => {
      // An event that cannot be written is lost, as with a real kubelet; pods matter more.
      tail = tail.then(() => write(about, happening)).catch(() => undefined);
    },
    settled: () => tail,
  };
}
