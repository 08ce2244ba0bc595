import { judgeRollout, type RolloutSeen } from '../../src/flows/change/verify/rollout-verdict.ts';
import type { Rollout } from '../../src/model/change/rollout.ts';
import type { ContainerState, Pod } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import type { Workload } from '../../src/model/workload/workload.ts';
import { aWorkload } from './in-memory.ts';
import { digestOf } from './probes.ts';
import { aRollout } from './rollout.ts';
import { aContainer, aPod, aState, now, type Patch } from './snapshot.ts';

export const image = 'ghcr.io/acme/web:new';
export const wanted = digestOf('wanted');
const container = aContainer({ image });
export const pod = (name: string, state: Patch<ContainerState> = {}, patch: Partial<Pod> = {}): Pod =>
  aPod([aState(container, { imageId: `ghcr.io/acme/web@${wanted}`, ...state })], {
    name,
    revision: 'new',
    ...patch,
  });
export const fresh = (count: number): readonly Pod[] =>
  Array.from({ length: count }, (_, index) => pod(`web-${index}`));
export const old = pod('old', { imageId: `ghcr.io/acme/web@${digestOf('old')}` }, { revision: 'old' });

/** How an observation differs from that of a finished rollout of four pods. */
export interface Case {
  readonly rollout?: Partial<Rollout>;
  readonly workload?: Partial<Omit<Workload, 'template'>>;
  readonly template?: string;
  readonly pods?: readonly Pod[];
  readonly digests?: readonly string[];
  readonly late?: boolean;
  /** How many seconds ago it was changed. */
  readonly changed?: number;
  readonly seen?: Partial<RolloutSeen>;
}

/** The verdict on one observation. */
export function judged({
  rollout,
  workload,
  template,
  pods = fresh(4),
  digests = [wanted],
  late = false,
  changed,
  seen = {},
}: Case) {
  return judgeRollout({
    workload: {
      kind: 'found',
      value: aWorkload({
        ...(workload === undefined ? {} : { workload }),
        template: { containers: [{ ...container, image: template ?? image }] },
      }),
    },
    rollout: {
      kind: 'found',
      value: aRollout({
        uid: 'u',
        generation: 2,
        observedGeneration: 2,
        desired: 4,
        updated: 4,
        ready: 4,
        available: 4,
        total: 4,
        maxUnavailable: 1,
        revision: 'new',
        ...rollout,
      }),
    },
    pods: known(pods),
    expects: [{ container: { type: 'main', name: 'web' }, image, digests: [...digests] }],
    now: new Date(now),
    until: new Date(Date.parse(now) + (late ? -1 : 600_000)),
    ...(changed === undefined ? {} : { changedAt: new Date(Date.parse(now) - changed * 1000) }),
    ...seen,
  });
}

export const stuck = {
  type: 'Progressing',
  status: 'False',
  reason: 'ProgressDeadlineExceeded',
  message: 'has timed out',
};
export const notReady = { ready: false };
