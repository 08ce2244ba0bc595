import { collect } from '../../src/flows/collect/collect.ts';
import type { Snapshot } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import { type ClusterStory, endless, inRounds, memoryReach, type RegistryStory } from './in-memory.ts';
import { aContainer, aRevision, minutesAgo } from './snapshot.ts';

/** The image of `aContainer`, as stored in the registry. */
export const web = 'ghcr.io/acme/web:1f2c9aa';
/** The workload of every story here. */
export const ref = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
export const container = aContainer();

/** Collects a story round by round. */
export async function collected(
  cluster: ClusterStory = {},
  registry: RegistryStory = {},
): Promise<{ snapshot: Snapshot; asked: readonly string[]; rounds: string[][] }> {
  const { reach, record } = memoryReach(cluster, { references: { [web]: web }, ...registry });
  const work = () => collect({ ...ref, ...cluster.workload?.ref }, reach, endless, () => {});
  const { value, rounds } = await inRounds(record, work);
  if (value.kind !== 'found') throw new Error(`the workload is ${value.kind}`);
  return { snapshot: value.value, asked: record.asked, rounds };
}

/** The rounds in which registries were asked, and those before. */
export function chains(rounds: readonly string[][]): { cluster: number; registry: number } {
  const isRegistry = (what: string) => /^(HEAD|GET|tags) /.test(what);
  const first = rounds.findIndex((round) => round.some(isRegistry));
  return { cluster: first < 0 ? rounds.length : first, registry: first < 0 ? 0 : rounds.length - first };
}

/** Pods that were recreated after the template was restarted. */
export const restarted: ClusterStory = {
  template: { restartedAt: minutesAgo(90) },
  revisions: known([
    aRevision({ number: 2, images: { web }, restartedAt: minutesAgo(90) }),
    aRevision({ name: 'web-old', number: 1, images: { web }, createdAt: minutesAgo(9000) }),
  ]),
};
