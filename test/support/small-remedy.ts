import { expect } from 'vitest';
import { z } from 'zod';
import { makePlan, type PlanHow, type PlanOutcome } from '../../src/flows/change/plan/plan.ts';
import type { ChangeRequest } from '../../src/model/change/change.ts';
import { Plan } from '../../src/model/change/plan.ts';
import type { Planned, Remedy } from '../../src/remedies/parts/remedy.ts';
import { nothingMore } from '../../src/remedies/parts/remedy.ts';
import { isSameWish, mergeEqual } from '../../src/remedies/parts/wish.ts';
import { type ClusterStory, memoryCluster, type RegistryStory } from './in-memory.ts';
import { aRequest, planHow, planReach } from './planning.ts';
import { aContainer } from './snapshot.ts';

/** What the workloads here run. */
export const web = 'ghcr.io/acme/web:1';
export const api = 'ghcr.io/acme/api:1';

/** Sets the first container to an image, and asks the registry about it first. */
export const small: Remedy<{ image: string }> = {
  id: 'set-image',
  version: 3,
  title: 'Set the image',
  doing: 'set the image',
  command: undefined,
  form: undefined,
  merge: mergeEqual,
  settled: (params) => params,
  isSameWish,
  params: z.strictObject({ image: z.string() }),
  needs: ({ image }) => ({ ...nothingMore, images: [image], secrets: ['regcred'], serviceAccount: true }),
  plan: ({ image }, world) => {
    const { snapshot, images } = world;
    const { ref, uid } = snapshot.workload;
    const [container] = snapshot.template.containers;
    const facts = images.get(image);
    if (facts?.known !== true || container === undefined) {
      return {
        kind: 'refused',
        why: `${image}: ${facts?.known === false ? facts.why : 'nothing'}`,
        kubectl: ['kubectl'],
      };
    }
    const key = { type: 'main', name: container.name } as const;
    const back = { image: image, container: key, digests: [] };
    const planned: Planned = {
      kind: 'planned',
      operations: [
        {
          type: 'edit-template',
          target: { ...ref, uid },
          edits: [{ field: 'image', container: key, from: container.image, to: image }],
        },
      ],
      expects: [{ container: key, image, digests: [...facts.value.digests] }],
      risk: ref.namespace === 'shop' ? 'low' : 'medium',
      changes: [`${ref.name} ${container.image} → ${image}`],
      effects: [
        `${ref.name === 'web' ? 3 : 1} pod${ref.name === 'web' ? 's' : ''} restart${ref.name === 'web' ? '' : 's'}`,
      ],
      warnings: [],
      provenance: [],
      kubectl: [`kubectl set image ${ref.name} ${image}`],
      undo: { how: 'back', cannot: [], operations: [], expects: [back] },
    };
    return planned;
  },
};

/** A request by name. */
export const typed = (image: string, name = 'web', more = {}): Pick<ChangeRequest, 'typed'> => ({
  typed: { target: { type: 'workload', kind: 'Deployment', namespace: 'shop', name, ...more }, params: { image } },
});

/** Plans for one Deployment. */
export async function plan(
  request: Partial<ChangeRequest>,
  options: {
    readonly cluster?: ClusterStory;
    readonly registry?: RegistryStory;
    readonly reach?: Parameters<typeof planReach>[2];
    readonly how?: Partial<PlanHow>;
  } = {},
) {
  const cluster = memoryCluster({ template: { containers: [aContainer({ image: web })] }, ...options.cluster });
  const { reach, applied } = planReach(
    cluster,
    { references: { [web]: 'one', 'ghcr.io/acme/web:2': 'two' }, ...options.registry },
    { remedyOf: () => small, ...options.reach },
  );
  return { outcome: await makePlan(aRequest(request), reach, { ...planHow, ...options.how }), applied, reach };
}

/** The plan, which can be stored. */
export function planOf(outcome: PlanOutcome): Extract<PlanOutcome, { kind: 'plan' }> {
  if (outcome.kind !== 'plan') throw new Error(`it is ${JSON.stringify(outcome)}`);
  expect(Plan.safeParse(outcome.plan).error).toBeUndefined();
  return outcome;
}
