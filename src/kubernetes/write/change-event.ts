import { createHash } from 'node:crypto';
import { redact } from '../../model/text/redact.ts';
import { workloadKinds } from '../../model/workload/workload.ts';
import type { ChangeEvents } from '../../ports/changes.ts';
import type { Lookup, Reading } from '../../ports/cluster.ts';
import { core, workloadResources } from '../read/kinds.ts';
import type { ClusterSource } from '../read/read.ts';
import { createObject, pause } from './guarded-write.ts';

type ChangeEvent = Parameters<ChangeEvents['event']>[0];

const reporter = 'imagecheck.dev/worker';
/** The API server refuses longer ones. */
const longestMessage = 1024;
const longestReason = 128;
const mostTries = 3;

/**
 * Records an Event, once per name: a second one with that name is the same Event (409 `AlreadyExists`), so a lost
 * answer is retried.
 */
export async function recordEvent(source: ClusterSource, event: ChangeEvent, reading: Reading): Promise<Lookup<void>> {
  const { namespace } = event.about;
  for (let attempt = 1; ; attempt += 1) {
    const where = { resource: core('events'), namespace };
    const written = await createObject(source, where, eventBody(event, new Date()), { ...reading, dryRun: false });
    switch (written.kind) {
      case 'done':
      case 'exists':
        return { kind: 'found', value: undefined };
      case 'forbidden':
        return { kind: 'unknown', why: `no right to ${written.missingRight}`, missingRight: written.missingRight };
      case 'absent':
      case 'refused':
        return { kind: 'unknown', why: `the Event was refused: ${written.message}` };
      case 'stale':
        return { kind: 'unknown', why: 'the Event was refused' };
      case 'lost':
        if (attempt >= mostTries || !(await pause(written.afterMs ?? 200 * 3 ** attempt, reading))) {
          return { kind: 'unknown', why: written.why };
        }
        break;
      default:
        return written satisfies never;
    }
  }
}

function eventBody({ name, about, type, reason, message }: ChangeEvent, now: Date): object {
  const at = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const { kind, namespace, uid } = about;
  const workload = workloadKinds.find((known) => known === kind);
  const { group, version } = workload === undefined ? core('') : workloadResources[workload];
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: validEventName(name), namespace },
    involvedObject: {
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      namespace,
      name: about.name,
      uid,
    },
    type,
    reason: reason.slice(0, longestReason),
    message: redact(message).slice(0, longestMessage),
    source: { component: 'imagecheck' },
    reportingComponent: reporter,
    reportingInstance: 'imagecheck',
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
}

/** A name that the API server accepts, always the same; replacing characters never makes two different names equal. */
export function validEventName(name: string): string {
  const plain = /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/;
  if (name.length <= 253 && plain.test(name)) return name;
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 200);
  return `${words}-${createHash('sha256').update(name).digest('hex').slice(0, 10)}`
    .replace(/^-|--+/g, '-')
    .replace(/^-/, '');
}
