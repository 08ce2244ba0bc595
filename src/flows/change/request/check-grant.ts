import type { KeyObject } from 'node:crypto';
import type { Approval, Grant } from '../../../model/approval/approval.ts';
import { namedKey } from '../../../model/approval/needed-keys.ts';
import { isSignedBy, keyIdOf } from '../../../model/approval/signatures.ts';
import { digestOfIntent, type Plan } from '../../../model/change/plan.ts';

/** The job that requests an execution, as far as it identifies the approval. */
export interface Asked {
  readonly team: string;
  readonly approval: string;
  readonly cluster: string;
}

/** What a worker may believe about a record: a grant that the bot signed, and the plan that it was signed for. */
export type Checked =
  | { readonly ok: true; readonly grant: Grant; readonly plan: Plan }
  | { readonly ok: false; readonly why: string };

/**
 * Redis is not trusted (docs/architecture.md#redis): only what the signature covers decides, and everything in the
 * record that matters must match it. The plan is believed because its intent has the signed digest.
 */
export function checkGrant(
  approval: Approval,
  job: Asked,
  { clusterId, publicKeys }: { readonly clusterId: string; readonly publicKeys: readonly KeyObject[] },
): Checked {
  const no = (why: string): Checked => ({ ok: false, why });
  if (publicKeys.length === 0) return no('this worker has no public key to verify approvals with (signing.publicKeys)');
  if (approval.grant === undefined) return no('the record holds no signed approval');
  if (!isSignedBy(approval.grant, publicKeys)) {
    const trusted = publicKeys.map(keyIdOf).join(', ');
    return no(
      `the signature of the approval is not one of our bots: it names key ${namedKey(approval.grant.keyId)}, and this worker trusts ${trusted} (signing.publicKeys)`,
    );
  }
  const { grant } = approval.grant;
  if (grant.cluster !== clusterId || approval.cluster !== clusterId || job.cluster !== clusterId) {
    return no(`the approval was given for cluster ${grant.cluster}, and this is ${clusterId}`);
  }
  if (grant.team !== approval.team || grant.team !== job.team) return no('the approval was given in another workspace');
  if (grant.approval !== approval.id || grant.approval !== job.approval) {
    return no(`the approval was given for ${grant.approval}`);
  }
  const { plan } = approval;
  if (plan === undefined || digestOfIntent(plan.intent) !== grant.digest || approval.digest !== grant.digest) {
    return no('the recorded plan is not the one that was approved');
  }
  if (plan.intent.cluster !== clusterId) return no(`the plan is for cluster ${plan.intent.cluster}`);
  if (approval.requester !== grant.requester) return no('the record’s requester is not the approval’s');
  return { ok: true, grant, plan };
}
