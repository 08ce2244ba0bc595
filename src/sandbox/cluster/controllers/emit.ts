import { createEventNames } from '../objects/event-names.ts';
import { type KubeObject, timestamp } from '../objects/object.ts';
import type { Store } from '../store/store.ts';
import { typeOf } from '../write/admission.ts';
import type { Writes } from '../write/writes.ts';

/** The contents of an Event. */
export interface Notice {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Writes an Event about an object in the name of a component; repetitions are counted. */
export type Emit = (about: KubeObject, component: string, notice: Notice) => void;

const remembered = 4096;

/** An emitter that remembers its last events, as client-go's event correlator does. */
export function createEmit(store: Store, writes: Writes, now: () => Date): Emit {
  const events = typeOf(store, 'events');
  const known = new Map<string, string>();
  const nameOf = createEventNames(now);
  return (about, component, notice) => {
    const { name, uid, resourceVersion, namespace = 'default' } = about.metadata;
    const at = timestamp(now());
    const key = [uid, component, notice.type, notice.reason, notice.message].join('\n');
    const same = store.get(events, namespace, known.get(key) ?? '');
    if (same !== undefined) {
      const count = Number(same['count'] ?? 1) + 1;
      writes.update(events, same, { ...same, count, lastTimestamp: at }, { manager: component });
      return;
    }
    const body = {
      metadata: { name: nameOf(name), namespace },
      involvedObject: { kind: about.kind, apiVersion: about.apiVersion, namespace, name, uid, resourceVersion },
      ...notice,
      source: { component },
      reportingComponent: component,
      reportingInstance: '',
      firstTimestamp: at,
      lastTimestamp: at,
      eventTime: null,
      count: 1,
    };
    const created = writes.create(events, namespace, body, { manager: component });
    known.set(key, created.metadata.name);
    if (known.size > remembered) known.delete(known.keys().next().value ?? '');
  };
}
