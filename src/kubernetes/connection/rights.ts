import type { V1SelfSubjectAccessReview } from '@kubernetes/client-node';
import { z } from 'zod';
import { type Fact, known, unknown } from '../../model/values/fact.ts';
import type { Reading } from '../../ports/cluster.ts';
import type { Api } from './api.ts';
import { formatRight, type Right } from './right.ts';

const Review = z.object({ status: z.object({ allowed: z.boolean() }) });

/** Asks the API server whether we have one right: a SelfSubjectAccessReview, which everyone may create. */
export async function mayI(api: Api, right: Right, reading: Reading): Promise<Fact<boolean>> {
  const body: V1SelfSubjectAccessReview = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: {
        verb: right.verb,
        group: right.group ?? '',
        resource: right.resource,
        ...(right.subresource === undefined ? {} : { subresource: right.subresource }),
        ...(right.namespace === undefined ? {} : { namespace: right.namespace }),
      },
    },
  };
  const result = await api.json({ path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body }, reading);
  if (!result.ok) return unknown(`cannot ask whether we may ${formatRight(right)}: ${result.why}`);
  const review = Review.safeParse(result.value);
  if (!review.success) return unknown(`the API server's review of ${formatRight(right)} came back without an answer`);
  return known(review.data.status.allowed);
}
