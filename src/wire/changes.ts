import type { Config } from '../config.ts';
import { historyOf } from '../flows/audit/history.ts';
import { type DecideDeps, decide } from '../flows/change/decide/decide.ts';
import { review } from '../flows/change/decide/review.ts';
import { makePlan } from '../flows/change/plan/plan.ts';
import { refuseRequest } from '../flows/change/request/refuse-request.ts';
import { newApprovalId } from '../flows/change/request/request.ts';
import { requestOnce } from '../flows/change/request/request-once.ts';
import type { HandlerDeps } from '../flows/index.ts';
import { groupsNamed } from '../model/approval/approval-policy.ts';
import { readPrivateKey, readPublicKey } from '../model/approval/signatures.ts';
import { terminalTeam } from '../model/audit/audit.ts';
import { isTrustedMove } from '../model/image/trusted-move.ts';
import type { Approvals } from '../ports/approvals.ts';
import type { AuditTrail } from '../ports/audit.ts';
import type { BotDeps } from '../ports/processes.ts';
import type { Queue } from '../ports/queue.ts';
import type { ChangeDoor } from '../slack/bot/door.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../timing/clock.ts';
import { planReach } from './plan-reach.ts';
import type { OpenReach } from './reach.ts';

/** What a worker's part in changes uses; its own configuration decides. */
export function changeWork(
  config: Config,
  reach: OpenReach,
  store: { readonly approvals: Approvals; readonly audit: AuditTrail; readonly clock: Clock },
  { workerId, queue }: { readonly workerId: string; readonly queue: Pick<Queue, 'enqueue'> },
): HandlerDeps['change'] {
  const planning = planReach(config, reach, config.remediation);
  return {
    clusterId: reach.cluster.id,
    actor: { actor: `worker:${workerId}` },
    approvals: store.approvals,
    audit: store.audit,
    queue,
    changes: reach.changes,
    plan: (request, how) => makePlan(request, planning, { ...how, deadlineMs: config.timeouts.checkMs }),
    policy: config.approve,
    remediation: config.remediation,
    publicKeys: config.signing.publicKeys.map(readPublicKey),
    keychain: reach.keychain,
    times: config.approvals,
    now: store.clock.now,
    aheadMs: store.clock.aheadMs,
  };
}

/** What the Slack side does with changes. */
export function changeDoor(
  config: Config,
  deps: BotDeps & Pick<Store, 'approvals' | 'audit'> & Pick<DecideDeps, 'aheadMs'>,
  onTrouble: DecideDeps['onTrouble'],
): ChangeDoor {
  const { privateKey } = config.signing;
  const deciding: DecideDeps = {
    ...deps,
    policy: config.approve,
    publicKeys: config.signing.publicKeys.map(readPublicKey),
    onTrouble,
    ...(privateKey === undefined ? {} : { privateKey: readPrivateKey(privateKey) }),
  };
  return {
    newId: newApprovalId,
    request: (approval) => requestOnce(approval, deciding),
    refused: (wish) => refuseRequest(wish, deciding),
    decide: (click) => decide(click, deciding),
    get: (team, id) => deps.approvals.get(team, id),
    list: (team, which) => deps.approvals.list(team, which),
    isOfTerminal: async (id) => (await deps.approvals.get(terminalTeam, id)) !== undefined,
    history: (team, about) => historyOf(team, about, deps.audit),
    review: (click) => review(click, deciding),
    groups: (team) => groupsNamed(config.approve, team),
    isTrustedMove: (from, to) => isTrustedMove(from, to, config.trustedOwners),
  };
}
