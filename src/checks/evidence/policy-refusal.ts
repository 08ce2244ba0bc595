import { refusalOf } from './access.ts';
import type { PullCase } from './verdict.ts';

/**
 * AWS says which identity lacks which permission, and which policy would have to grant it (docs/facts/registries.md).
 */
export interface PolicyRefusal {
  readonly who: string;
  readonly action: string;
  readonly resource: string;
  /**
   * `identity`: a policy of the identity that asks. `resource`: the repository's own policy, in another account.
   * `deny`: a policy forbids it explicitly.
   */
  readonly missing: 'identity' | 'resource' | 'deny';
}

const sentence =
  /(arn:aws[\w-]{0,20}:\S{1,1024}) is not authorized to perform: (\S+)(?: on resource: (\S+))?(?:[^]{0,200}?(resource-based policy|explicit deny))?/;

/** The refusal that the registry sent to imagecheck or to the kubelet, if it is of this kind. */
export function policyRefusal({ access, said }: Pick<PullCase, 'access' | 'said'>): PolicyRefusal | undefined {
  for (const text of [...said.map((one) => one.text), refusalOf(access.workload)?.message ?? '']) {
    const [whole, who = '', action = '', resource = 'this repository', because] = sentence.exec(text) ?? [];
    if (whole === undefined) continue;
    const missing = because === undefined ? 'identity' : because === 'explicit deny' ? 'deny' : 'resource';
    return { who, action, resource, missing };
  }
  return undefined;
}
