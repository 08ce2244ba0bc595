import type { Lookup, Reading } from '../../ports/cluster.ts';
import { toLookup } from '../connection/answer.ts';
import type { Right } from '../connection/right.ts';
import { core, pathOf } from './kinds.ts';
import type { ClusterSource } from './read.ts';

const tailLines = 200;
/** How much is kept, from the end. */
const maxBytes = 65_536;
/**
 * How much is requested. The kubelet cuts the tail at its end, so asking for 64 KiB would lose the last lines, which
 * explain a crash.
 */
const requestedBytes = 1_048_576;

/** One container of one pod, in its current or its previous run. */
export interface LogPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

/** The last 200 lines, at most 64 KiB, oldest first. A container that has not run (again) has no log: absent. */
export async function readLog(source: ClusterSource, place: LogPlace, reading: Reading): Promise<Lookup<string>> {
  const lookup = await ask(source, place, tailLines, reading);
  // The kubelet cut the log: request fewer lines, so that the last ones are included.
  const whole =
    lookup.kind === 'found' && Buffer.byteLength(lookup.value) >= requestedBytes
      ? await ask(source, place, tailLines / 10, reading)
      : lookup;
  return whole.kind === 'found' ? { kind: 'found', value: lastBytes(whole.value) } : whole;
}

const logRight: Right = { verb: 'get', resource: 'pods', subresource: 'log' };

/** Refusals of the API server and the kubelet that mean that there is no such log. */
const noLog = [
  /previous terminated container .{1,600}? not found/,
  /is waiting to start/,
  /container \S{1,260} is not valid for pod/,
  /container \S{1,260} in pod \S{1,260} is (?:not available|terminated)/,
];

async function ask(
  { api }: ClusterSource,
  { namespace, pod, container, previous }: LogPlace,
  lines: number,
  reading: Reading,
): Promise<Lookup<string>> {
  const query = {
    container,
    previous: String(previous),
    timestamps: 'true',
    tailLines: String(lines),
    limitBytes: String(requestedBytes),
  };
  const path = `${pathOf(core('pods'), namespace, pod)}/log`;
  const result = await api.text({ path, query, accept: 'text/plain, */*' }, reading);
  if (!result.ok && result.kind === 'bad-request' && noLog.some((text) => text.test(result.why))) {
    return { kind: 'absent' };
  }
  // The kubelet answers 200 with this text if the runtime has removed the file.
  if (result.ok && result.value.startsWith('unable to retrieve container logs for ')) {
    return { kind: 'unknown', why: `cannot get the log of ${pod}/${container}: the runtime no longer has it` };
  }
  return toLookup(result, logRight);
}

/** Cuts at the front, at the start of a line. */
function lastBytes(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const tail = bytes.subarray(bytes.length - maxBytes);
  const lineEnd = tail.indexOf(0x0a);
  // One endless line is cut between characters: continuation bytes of UTF-8 are 10xxxxxx.
  const start =
    lineEnd >= 0 && lineEnd < tail.length - 1 ? lineEnd + 1 : tail.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return tail.subarray(start).toString('utf8');
}
