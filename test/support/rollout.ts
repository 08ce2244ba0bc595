import type { Rollout } from '../../src/model/change/rollout.ts';

/** A Deployment of one pod that surges by one, and whose rollout is finished. */
export function aRollout(patch: Partial<Rollout> = {}): Rollout {
  return {
    uid: 'uid',
    generation: 1,
    observedGeneration: 1,
    desired: 1,
    updated: 1,
    ready: 1,
    available: 1,
    total: 1,
    paused: false,
    strategy: 'RollingUpdate',
    maxUnavailable: 0,
    maxSurge: 1,
    partition: 0,
    minReadySeconds: 0,
    conditions: [],
    ...patch,
  };
}
