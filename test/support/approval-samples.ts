import { randomInt } from 'node:crypto';
import type { Approval } from '../../src/model/approval/approval.ts';
import type { AuditEvent } from '../../src/model/audit/audit.ts';

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function sampleApprovalId(): string {
  return Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('');
}

/** An approval of its own that a worker should prepare; `over` says what matters. */
export function sampleApproval(over: Partial<Approval> = {}): Approval {
  const at = new Date().toISOString();
  return {
    version: 1,
    id: sampleApprovalId(),
    revision: 0,
    team: 'T1',
    cluster: 'dev-eu',
    state: 'preparing',
    request: {
      version: 1,
      cluster: 'dev-eu',
      remedy: 'force-repull',
      targets: [{ subject: { kind: 'Deployment', namespace: 'prod', name: 'web' }, params: {} }],
      at,
    },
    requester: 'U1',
    text: '/imagecheck repull deployment/web',
    channel: 'C1',
    requestedAt: at,
    votes: [],
    results: [],
    ...over,
  };
}

/** Something that happened to an approval. */
export function sampleEvent(over: Partial<AuditEvent> = {}): AuditEvent {
  return {
    version: 1,
    action: 'requested',
    at: new Date().toISOString(),
    team: 'T1',
    cluster: 'dev-eu',
    approval: 'AAAAAAAA',
    actor: 'U1',
    channel: 'C1',
    remedy: 'force-repull',
    workloads: ['prod/deployment/web'],
    ...over,
  };
}
