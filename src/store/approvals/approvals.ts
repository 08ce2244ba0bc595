import { randomUUID } from 'node:crypto';
import {
  Approval,
  finalStates,
  isToReview,
  strangeProgress,
  subjectsOf,
  workingStates,
} from '../../model/approval/approval.ts';
import { signaturesNeededUntil } from '../../model/approval/needed-keys.ts';
import { isWorkload } from '../../model/subject/subject.ts';
import type { ApprovalChange, Approvals, DueApproval, SignedApprovals, WhichApprovals } from '../../ports/approvals.ts';
import type { AuditChain } from '../audit/audit-chain.ts';
import type { RedisClient } from '../redis/connection.ts';
import { deathsScript } from '../redis/held.ts';
import type { Keys } from '../redis/keys.ts';
import { type Decoded, recordFormat, valueOf } from '../redis/record.ts';
import { run, texts } from '../redis/script.ts';
import { unlessWrongType } from '../redis/stored.ts';
import {
  changeApprovalScript,
  claimApprovalsScript,
  forgetApprovalScript,
  holdApprovalScript,
  releaseApprovalScript,
  renewApprovalScript,
  signedApprovalsScript,
} from './approvals-scripts.ts';

/** Version 1 knows workloads only. */
const approvalRecord = recordFormat({
  version: 1,
  schema: Approval,
  isWider: (approval) => !subjectsOf(approval).every(isWorkload),
});

/** How many due records one caller takes at a time. */
const claimLimit = 200;
/** How many records of a list are read at a time. */
const pageSize = 100;

export interface ApprovalsOptions {
  /** How long an approval is kept after it ended. */
  readonly keepMs: number;
  /** How long a plan can be approved. */
  readonly planMs: number;
  /** Told which record (`TEAM/ID`) left an index because it is damaged, and why. */
  readonly onForgotten: (member: string, why: string) => void;
}

/** A stored approval with what the store itself knows about it. */
interface StoredApproval {
  /** Undefined if there is none, or none that this release can read. */
  readonly approval: Approval | undefined;
  /** The stored text; empty if there is nothing. */
  readonly text: string;
  /** Why nothing can ever be made of it; undefined for what a newer release wrote, which is that release's. */
  readonly damaged: string | undefined;
  /** Until when it is held, epoch milliseconds; 0 if nobody holds it. */
  readonly heldUntilMs: number;
}

type Read = (team: string, id: string) => Promise<StoredApproval>;

/** Approvals in Redis: each change is one script, together with its audit events. */
export function createApprovals(
  client: RedisClient,
  keys: Keys,
  chain: AuditChain,
  options: ApprovalsOptions,
): Approvals & SignedApprovals {
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
    hold: async (team, id, holder, leaseMs, mostDeaths = Number.MAX_SAFE_INTEGER) => {
      const args = [memberOf(team, id), holder, leaseMs, mostDeaths, ...workingStates];
      return (await run(client, holdApprovalScript, places(team, id), args)) === 1;
    },
    deaths: async (team, id) => Number(await run(client, deathsScript, [keys.approval(team, id)], [])),
    renew: async (team, id, holder, leaseMs) =>
      (await run(client, renewApprovalScript, places(team, id), [memberOf(team, id), holder, leaseMs])) === 1,
    release: async (team, id, holder) => {
      await run(client, releaseApprovalScript, places(team, id), [memberOf(team, id), holder]);
    },
    ...createDueApprovals(client, keys, read, options.onForgotten),
    list: createApprovalLists(client, keys, read),
    signed: createSignedApprovals(client, keys, read),
  };
}

/** Reads what the index names; a record that is gone, or a newer one that is another’s, needs no key here. */
function createSignedApprovals(client: RedisClient, keys: Keys, read: Read): SignedApprovals['signed'] {
  return async (limit) => {
    const members = texts(await run(client, signedApprovalsScript, [keys.approvalsSigned], [limit]));
    const found = await Promise.all(
      members.flatMap((member, index) => {
        if (index % 2 === 1) return [];
        const untilMs = Number(members[index + 1]);
        return [read(...splitMember(member)).then(({ approval }) => ({ approval, untilMs }))];
      }),
    );
    return found.flatMap(({ approval, untilMs }) => (approval === undefined ? [] : [{ approval, untilMs }]));
  };
}

/** Writes a record and what belongs to it; `expected` is the revision that must be stored, empty for a new one. */
function createWriter(keys: Keys, chain: AuditChain, { keepMs, planMs }: ApprovalsOptions) {
  return (approval: Approval, expected: number | '', { audit, dueInMs }: ApprovalChange): Promise<string> => {
    const { team, id, state, cluster, expiresAt, revision } = approval;
    const expiresAtMs = expiresAt === undefined ? Number.NaN : Date.parse(expiresAt);
    const indices = [
      keys.approvalsDue,
      keys.approvalsExpiring,
      keys.approvals(team, 'all'),
      keys.approvals(team, 'open'),
      keys.approvals(team, 'to-review'),
      keys.approvalsSigned,
    ];
    const signedUntilMs = signaturesNeededUntil(approval, { planMs }) ?? Number.NaN;
    const record = [expected, randomUUID(), approvalRecord.encode(approval), revision, memberOf(team, id), id];
    const times = [Math.max(0, Math.ceil(dueInMs ?? 0)), Number.isFinite(expiresAtMs) ? expiresAtMs : '', keepMs];
    return chain.append(audit, {
      script: changeApprovalScript,
      keys: [keys.approval(team, id), ...indices],
      args: [
        ...record,
        workOf(approval),
        ...times,
        state,
        cluster,
        isToReview(approval) ? 1 : 0,
        Number.isFinite(signedUntilMs) ? signedUntilMs : '',
      ],
    });
  };
}

/** An approval as a member of an index across workspaces. */
function memberOf(team: string, id: string): string {
  return `${team}/${id}`;
}

/** An id contains no separator; a team may. */
function splitMember(member: string): readonly [string, string] {
  const at = member.lastIndexOf('/');
  return [member.slice(0, Math.max(0, at)), member.slice(at + 1)];
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
    damaged: damageOf(decoded, own),
    heldUntilMs: holder != null && Number.isFinite(held) ? held : 0,
  };
}

/** Garbage is only what claims to be of this version, or of none, and is not. */
function damageOf(decoded: Decoded<Approval>, own: boolean): string | undefined {
  switch (decoded.kind) {
    case 'value':
      return own ? undefined : 'it belongs to another key or revision';
    case 'unreadable':
      return decoded.why;
    case 'absent':
    case 'foreign':
      return undefined;
    default:
      return decoded satisfies never;
  }
}

/** Finds approvals that need attention. */
function createDueApprovals(
  client: RedisClient,
  keys: Keys,
  read: Read,
  onForgotten: ApprovalsOptions['onForgotten'],
): Pick<Approvals, 'due' | 'expired'> {
  const claim = async (
    index: string,
    wait: { readonly pastMs: number; readonly putOffMs: number },
    judge: (
      stored: StoredApproval & { readonly approval: Approval },
      nowMs: number,
    ) => 'give' | 'once' | 'later' | 'never',
  ): Promise<readonly DueApproval[]> => {
    const [now, ...members] = texts(
      await run(client, claimApprovalsScript, [index], [wait.pastMs, wait.putOffMs, claimLimit]),
    );
    const found = await Promise.all(
      members.map(async (member) => {
        const [team, id] = splitMember(member);
        const stored = await read(team, id);
        const { approval } = stored;
        const isGone = stored.text === '' || stored.damaged !== undefined;
        const verdict =
          approval === undefined ? (isGone ? 'never' : 'later') : judge({ ...stored, approval }, Number(now));
        if (verdict === 'never' || verdict === 'once') {
          if (stored.damaged !== undefined) onForgotten(member, stored.damaged);
          await run(client, forgetApprovalScript, [keys.approval(team, id), index], [member, stored.text]);
        }
        return (verdict === 'give' || verdict === 'once') && approval !== undefined ? [dueOf(approval)] : [];
      }),
    );
    return found.flat();
  };

  return {
    due: (olderThanMs) =>
      claim(keys.approvalsDue, { pastMs: olderThanMs, putOffMs: 0 }, ({ approval, heldUntilMs }, nowMs) => {
        if (!workingStates.includes(approval.state)) return isLater(approval) ? 'later' : 'once';
        // Someone took it between reading the index and this read.
        return heldUntilMs > nowMs ? 'later' : 'give';
      }),
    expired: (olderThanMs) =>
      claim(keys.approvalsExpiring, { pastMs: 0, putOffMs: olderThanMs }, ({ approval }, nowMs) => {
        if (isLater(approval)) return 'later';
        if (approval.state !== 'pending' || approval.expiresAt === undefined) return 'never';
        return Date.parse(approval.expiresAt) <= nowMs ? 'give' : 'later';
      }),
  };
}

/** In a state of a newer release, which knows whether there is something to do. */
function isLater({ state }: Approval): boolean {
  return strangeProgress({ state, results: [] }) !== undefined;
}

function dueOf({ team, id, cluster, state }: Approval): DueApproval {
  return { team, id, cluster, state };
}

/** Lists the approvals of a workspace; those that expired are removed from the index as they are found. */
function createApprovalLists(client: RedisClient, keys: Keys, read: Read): Approvals['list'] {
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
