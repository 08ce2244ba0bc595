import type { Snapshot } from '../../../model/snapshot/snapshot.ts';
import { unknown } from '../../../model/values/fact.ts';
import type { Found, Identity, Needs, RemedyWorld } from '../../../remedies/parts/remedy.ts';
import { readImages } from './image-facts.ts';
import type { Chosen, Planning } from './reach.ts';

const notAsked = { kind: 'unknown', why: 'not needed' } as const;

/** Everything that a remedy asked for, read in parallel; a missing permission is a value. */
export async function readWorld(
  snapshot: Snapshot,
  needs: Needs,
  { undo }: Pick<Chosen, 'undo'>,
  planning: Planning,
): Promise<{ readonly world: RemedyWorld; readonly warnings: readonly string[] }> {
  const { reach, reading, at } = planning;
  const { changes } = reach;
  const { workload } = snapshot;
  const { namespace } = workload.ref;
  const identity = (kind: 'Secret' | 'ServiceAccount', name: string): Promise<Found<Identity>> =>
    changes.identity({ kind, namespace, name }, reading);
  const [rollout, budgets, { images, absent, warnings }, secrets, serviceAccount, earlierTemplates] = await Promise.all(
    [
      changes.rollout(workload, reading),
      changes.budgets(workload, reading),
      readImages(needs, snapshot, planning),
      Promise.all([...new Set(needs.secrets)].map(async (name) => [name, await identity('Secret', name)] as const)),
      needs.serviceAccount ? identity('ServiceAccount', workload.template.serviceAccount) : notAsked,
      needs.earlierTemplates ? changes.earlierTemplates(workload, reading) : unknown<never>(notAsked.why),
    ],
  );
  const world: RemedyWorld = {
    snapshot,
    rollout,
    budgets,
    images,
    absentImages: absent,
    secrets: new Map(secrets),
    serviceAccount,
    earlierTemplates,
    credentials: reach.keychain.entries,
    trustedOwners: reach.trustedOwners,
    at,
    ...(undo === undefined ? {} : { undo }),
  };
  return { world, warnings };
}
