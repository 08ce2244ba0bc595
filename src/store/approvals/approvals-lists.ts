import { type Approval, finalStates, isToReview } from '../../model/approval/approval.ts';
import type { Approvals, WhichApprovals } from '../../ports/approvals.ts';
import type { RedisClient } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { run } from '../redis/script.ts';
import { unlessWrongType } from '../redis/stored.ts';
import type { StoredApproval } from './approvals.ts';
import { forgetApprovalScript } from './approvals-scripts.ts';

/** How many records are read at a time. */
const pageSize = 100;

type Read = (team: string, id: string) => Promise<StoredApproval>;

/** Lists the approvals of a workspace; those that expired leave the index as they are met. */
export function createApprovalLists(client: RedisClient, keys: Keys, read: Read): Approvals['list'] {
  return async (team, which) => {
    const { cluster, states, limit } = which;
    const index = keys.approvals(team, indexFor(which));
    const matches = (approval: Approval): boolean =>
      (which.toReview !== true || isToReview(approval)) &&
      (cluster === undefined || approval.cluster === cluster) &&
      (states === undefined || states.includes(approval.state));
    const found: Approval[] = [];
    for (let offset = 0; found.length < limit; ) {
      const ids = (await unlessWrongType(client.zrevrange(index, offset, offset + pageSize - 1))) ?? [];
      const stored = await Promise.all(ids.map(async (id) => ({ id, ...(await read(team, id)) })));
      found.push(...stored.flatMap(({ approval }) => (approval !== undefined && matches(approval) ? [approval] : [])));
      const gone = stored.filter(({ text }) => text === '');
      for (const { id } of gone) await run(client, forgetApprovalScript, [keys.approval(team, id), index], [id, '']);
      if (ids.length < pageSize) break;
      offset += pageSize - gone.length;
    }
    return found.slice(0, limit);
  };
}

/** The shortest index that holds all of them. */
function indexFor({ states, toReview }: WhichApprovals): 'all' | 'open' | 'to-review' {
  if (toReview === true) return 'to-review';
  return states === undefined || states.some((state) => finalStates.includes(state)) ? 'all' : 'open';
}
