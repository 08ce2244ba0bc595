import { refusalOf } from './access.ts';
import type { PullCase } from './verdict.ts';

/** AWS says who lacks which right, and whose policy would have to give it (error catalogue A10 to A12). */
export interface PolicyRefusal {
  readonly who: string;
  readonly action: string;
  readonly resource: string;
  /** `identity`: a policy of whoever asks. `resource`: the repository's own, in another account. `deny`: some policy forbids it. */
  readonly missing: 'identity' | 'resource' | 'deny';
}

const sentence =
  /(arn:aws[\w-]*:\S+) is not authorized to perform: (\S+)(?: on resource: (\S+))?(?:[^]{0,200}?(resource-based policy|explicit deny))?/;

/** The refusal in what the registry told us or the kubelet, if it is of this kind. */
export function policyRefusal({ access, said }: Pick<PullCase, 'access' | 'said'>): PolicyRefusal | undefined {
  for (const text of [...said.map((one) => one.text), refusalOf(access.workload)?.message ?? '']) {
    const [whole, who = '', action = '', resource = 'this repository', because] = sentence.exec(text) ?? [];
    if (whole === undefined) continue;
    const missing = because === undefined ? 'identity' : because === 'explicit deny' ? 'deny' : 'resource';
    return { who, action, resource, missing };
  }
  return undefined;
}
