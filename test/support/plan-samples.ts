import type { Approval } from '../../src/model/approval/approval.ts';
import { type Plan, Plan as PlanSchema } from '../../src/model/change/plan.ts';
import { team } from './slack-fake.ts';

const old = 'ghcr.io/acme/worker:88a216e';
const digest = `sha256:${'9c0d'.repeat(16)}`;

/** A plan that sets the image of this many Deployments. */
export function samplePlan(count = 2, part: Partial<Plan> = {}): Plan {
  const names = Array.from({ length: count }, (_, index) => (index === 0 ? 'dask-workers' : `dask-scheduler-${index}`));
  return PlanSchema.parse({
    version: 1,
    intent: {
      version: 1,
      remedy: 'set-image',
      remedyVersion: 1,
      cluster: 'dev-eu',
      risk: 'medium',
      targets: names.map((name) => {
        const workload = { kind: 'Deployment' as const, namespace: 'modelops-dask-dev', name, uid: `uid-${name}` };
        const container = { type: 'main' as const, name: 'worker' };
        const to = `ghcr.io/acme/worker@${digest}`;
        return {
          subject: workload,
          params: { images: [{ container: 'worker', image: to }] },
          operations: [
            { type: 'edit-template', target: workload, edits: [{ field: 'image', container, from: old, to }] },
          ],
          expects: [{ container, image: to, digests: [digest] }],
        };
      }),
    },
    targets: names.map((name) => ({
      changes: [`${name}  worker:88a216e → worker@sha256:9c0d…`],
      dryRuns: [
        { outcome: 'accepted', diff: `-        image: ${old}\n+        image: ghcr.io/acme/worker@${digest}\n` },
      ],
      provenance: [],
    })),
    effects: ['4 pods restart, one at a time'],
    warnings: [],
    kubectl: names.map(
      (name) => `kubectl -n modelops-dask-dev set image deployment/${name} worker=ghcr.io/acme/worker@${digest}`,
    ),
    undo: { how: 'back to the digests that ran (still in the registry)', cannot: [], targets: [] },
    leftOut: [],
    madeAt: '2026-11-20T14:10:30.000Z',
    ...part,
  });
}

/** An approval that waits for votes; parts can be replaced. */
export function sampleApproval(part: Partial<Approval> = {}): Approval {
  return {
    version: 1,
    id: '7F3K2QXD',
    revision: 3,
    team,
    cluster: 'dev-eu',
    state: 'pending',
    request: { version: 1, cluster: 'dev-eu', remedy: 'set-image', targets: [], at: '2026-11-20T14:10:29.000Z' },
    requester: 'U0ANA',
    text: 'Set worker to its newest push',
    channel: 'C1',
    thread: { ts: '5.0' },
    requestedAt: '2026-11-20T14:10:29.000Z',
    plan: samplePlan(),
    requirement: {
      text: '1 of @dask-owners (not who asked)',
      nobody: false,
      votes: 1,
      ticket: false,
      breakGlass: false,
    },
    expiresAt: '2026-11-20T15:10:00.000Z',
    votes: [],
    results: [],
    ...part,
  };
}

/** A vote to approve, and the resulting approval. */
export const vote = { user: 'U0BEN', groups: ['dask-owners'], at: '2026-11-20T14:11:00.000Z' };
export const granted = {
  votes: [vote],
  grant: {
    keyId: 'k1',
    signature: 'x',
    grant: {
      version: 1 as const,
      approval: '7F3K2QXD',
      team: 'T0TEAM',
      cluster: 'dev-eu',
      digest: 'd',
      requester: 'U0ANA',
      votes: [vote],
      decidedAt: vote.at,
      executeBefore: '2026-11-20T14:21:00.000Z',
      nonce: 'n',
    },
  },
};
