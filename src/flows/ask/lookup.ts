import type { JobContext, JobData } from '../../jobs.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import type { WorkerDeps } from '../../ports/processes.ts';

/** The number of entries that a Slack select shows. */
const longestList = 100;

/**
 * Names of namespaces or workloads for a picker: first those that start with the typed text, then those that contain
 * it. An empty list if they cannot be read.
 */
export async function lookup(
  job: JobData<'lookup'>,
  { cluster, answers }: Pick<WorkerDeps, 'cluster' | 'answers'>,
  { signal }: Pick<JobContext, 'signal'>,
): Promise<void> {
  const entries = job.what === 'namespaces' ? await namespaces(cluster, signal) : await workloads(job, cluster, signal);
  const typed = job.prefix.trim().toLowerCase();
  const at = ({ name }: Entry): number => Math.min(1, name.toLowerCase().indexOf(typed));
  const matching = entries
    .filter(({ name }) => name.toLowerCase().includes(typed))
    .toSorted((a, b) => at(a) - at(b) || a.name.localeCompare(b.name));
  const values = new Set(matching.map(({ value }) => value));
  await answers.give(job.answerId, [...values].slice(0, longestList));
}

interface Entry {
  readonly name: string;
  /** The answer for the picker. */
  readonly value: string;
}

async function namespaces(cluster: WorkerDeps['cluster'], signal: AbortSignal): Promise<readonly Entry[]> {
  const found = await cluster.namespaces({ signal });
  return found.known ? found.value.map((name) => ({ name, value: name })) : [];
}

/** Plain names if the question fixes the kind, otherwise `deployment/web`. */
async function workloads(
  { namespace, kind }: JobData<'lookup'>,
  cluster: WorkerDeps['cluster'],
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const where = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(kind === undefined ? {} : { kinds: [kind] }),
  };
  const found = await cluster.workloadNames(where, { signal });
  if (!found.known) return [];
  return found.value.map((ref) => ({ name: ref.name, value: kind === undefined ? formatWorkload(ref) : ref.name }));
}
