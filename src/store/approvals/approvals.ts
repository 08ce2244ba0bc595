import { randomUUID } from 'node:crypto';
import { Approval, finalStates, isToReview, workingStates } from '../../model/approval/approval.ts';
import type { ApprovalChange, Approvals } from '../../ports/approvals.ts';
import type { AuditChain } from '../audit/audit-chain.ts';
import type { RedisClient } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { recordFormat, valueOf } from '../redis/record.ts';
import { run } from '../redis/script.ts';
import { unlessWrongType } from '../redis/stored.ts';
import { createDueApprovals } from './approvals-due.ts';
import { createApprovalLists } from './approvals-lists.ts';
import {
  changeApprovalScript,
  holdApprovalScript,
  releaseApprovalScript,
  renewApprovalScript,
} from './approvals-scripts.ts';

const approvalRecord = recordFormat({ version: 1, schema: Approval });

export interface ApprovalsOptions {
  /** How long an approval is kept after it ended. */
  readonly keepMs: number;
}

/** A stored approval beside what the store itself knows of it. */
export interface StoredApproval {
  /** Undefined when there is none, or none that this release can read. */
  readonly approval: Approval | undefined;
  /** As it lies there; empty when there is nothing. */
  readonly text: string;
  /** Written by a newer release: it is that release's, not garbage. */
  readonly foreign: boolean;
  /** Until when somebody holds it, epoch milliseconds; 0 when nobody does. */
  readonly heldUntilMs: number;
}

/** Approvals in Redis: each change is one script, together with its audit events. */
export function createApprovals(
  client: RedisClient,
  keys: Keys,
  chain: AuditChain,
  options: ApprovalsOptions,
): Approvals {
  const write = createWriter(keys, chain, options);
  const places = (team: string, id: string) => [keys.approval(team, id), keys.approvalsDue];
  const read = (team: string, id: string) => readApproval(client, keys, team, id);

  return {
    create: async (approval, change) =>
      (await write({ ...approval, revision: 0 }, '', change)) === 'done' ? 'created' : 'exists',
    get: async (team, id) => (await read(team, id)).approval,
    change: async (next, change) => {
      const stored = { ...next, revision: next.revision + 1 };
      return (await write(stored, next.revision, change)) === 'done' ? stored : undefined;
    },
    hold: async (team, id, holder, leaseMs) => {
      const args = [memberOf(team, id), holder, leaseMs, ...workingStates];
      return (await run(client, holdApprovalScript, places(team, id), args)) === 1;
    },
    renew: async (team, id, holder, leaseMs) =>
      (await run(client, renewApprovalScript, places(team, id), [memberOf(team, id), holder, leaseMs])) === 1,
    release: async (team, id, holder) => {
      await run(client, releaseApprovalScript, places(team, id), [memberOf(team, id), holder]);
    },
    ...createDueApprovals(client, keys, read),
    list: createApprovalLists(client, keys, read),
  };
}

/** Writes a record and what belongs to it; `expected` is the revision that must lie there, empty for a new one. */
function createWriter(keys: Keys, chain: AuditChain, { keepMs }: ApprovalsOptions) {
  return (approval: Approval, expected: number | '', { audit, dueInMs }: ApprovalChange): Promise<string> => {
    const { team, id, state, cluster, expiresAt, revision } = approval;
    const expiresAtMs = expiresAt === undefined ? Number.NaN : Date.parse(expiresAt);
    const indices = [
      keys.approvalsDue,
      keys.approvalsExpiring,
      keys.approvals(team, 'all'),
      keys.approvals(team, 'open'),
      keys.approvals(team, 'to-review'),
    ];
    const record = [expected, randomUUID(), approvalRecord.encode(approval), revision, memberOf(team, id), id];
    const times = [Math.max(0, Math.ceil(dueInMs ?? 0)), Number.isFinite(expiresAtMs) ? expiresAtMs : '', keepMs];
    return chain.append(audit, {
      script: changeApprovalScript,
      keys: [keys.approval(team, id), ...indices],
      args: [...record, workOf(approval), ...times, state, cluster, isToReview(approval) ? 1 : 0],
    });
  };
}

/** An approval as a member of an index across workspaces. */
function memberOf(team: string, id: string): string {
  return `${team}/${id}`;
}

function workOf({ state }: Approval): 'working' | 'pending' | 'over' {
  if (finalStates.includes(state)) return 'over';
  return workingStates.includes(state) ? 'working' : 'pending';
}

async function readApproval(client: RedisClient, keys: Keys, team: string, id: string): Promise<StoredApproval> {
  const fields = client.hmget(keys.approval(team, id), 'record', 'revision', 'holder', 'until');
  const [text, revision, holder, until] = (await unlessWrongType(fields)) ?? [];
  const decoded = approvalRecord.decode(text);
  const approval = valueOf(decoded);
  // The key decides which approval it is, and the number that changes are compared with is the one that counts.
  const own =
    approval !== undefined && approval.id === id && approval.team === team && String(approval.revision) === revision;
  const held = Number(until ?? 0);
  return {
    approval: own ? approval : undefined,
    text: text ?? '',
    foreign: decoded.kind === 'foreign',
    heldUntilMs: holder != null && Number.isFinite(held) ? held : 0,
  };
}
