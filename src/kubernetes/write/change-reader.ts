import { z } from 'zod';
import { known } from '../../model/values/fact.ts';
import type { ChangeReader } from '../../ports/changes.ts';
import { toLookup } from '../connection/answer.ts';
import { budgetsOf } from '../read/budgets.ts';
import { earlierTemplates } from '../read/earlier-templates.ts';
import { core } from '../read/kinds.ts';
import { ManagedObject, MetadataOnly } from '../read/objects.ts';
import { type ClusterSource, getObject, listObjects } from '../read/read.ts';
import { rolloutOf } from '../read/rollout.ts';
import { validEventName } from './change-event.ts';

/** Nothing else of a Secret is ever kept. */
const Identified = ManagedObject.extend({ type: z.string().nullish() });

const Review = z.object({ status: z.object({ userInfo: z.object({ username: z.string() }) }) });

/** Reads what only changes need. */
export function createChangeReader(source: ClusterSource): ChangeReader {
  return {
    rollout: (workload, reading) => rolloutOf(source, workload, reading),
    budgets: (workload, reading) => budgetsOf(source, workload, reading),
    earlierTemplates: (workload, reading) => earlierTemplates(source, workload, reading),
    async identity({ kind, namespace, name }, reading) {
      // Metadata alone lacks the type, and needs the same permission.
      const resource = core(kind === 'Secret' ? 'secrets' : 'serviceaccounts');
      const found = await getObject(source, { resource, namespace, name }, Identified, reading);
      if (found.kind !== 'found') return found;
      const { metadata, type } = found.value;
      const managers = (metadata.managedFields ?? []).flatMap(({ manager }) => (manager == null ? [] : [manager]));
      const value = {
        uid: metadata.uid ?? '',
        ...(type == null ? {} : { type }),
        owners: (metadata.ownerReferences ?? []).map((owner) => `${owner.kind}/${owner.name}`),
        annotations: metadata.annotations ?? {},
        managers: [...new Set(managers)],
      };
      return { kind: 'found', value };
    },
    async eventExists({ namespace, name }, reading) {
      // Listed by name, because a worker may list Events but not get one.
      const query = { fieldSelector: `metadata.name=${validEventName(name)}` };
      const project = (): true => true;
      const where = { resource: core('events'), namespace, query, metadataOnly: true, schema: MetadataOnly, project };
      const found = await listObjects(source, where, reading);
      return found.known ? known(found.value.length > 0) : found;
    },
    async whoAmI(reading) {
      // Everyone may create one (ClusterRole system:basic-user).
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const right = { verb: 'create', group: 'authentication.k8s.io', resource: 'selfsubjectreviews' } as const;
      const found = toLookup(await source.api.json({ path, body }, reading), right);
      if (found.kind !== 'found') return found;
      const review = Review.safeParse(found.value);
      if (review.success) return { kind: 'found', value: review.data.status.userInfo.username };
      return { kind: 'unknown', why: "the API server's review of ourselves has no name in it" };
    },
  };
}
