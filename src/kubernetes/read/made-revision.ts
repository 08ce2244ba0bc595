import type { Rollout } from '../../model/change/rollout.ts';
import { isSameTemplate, type WholeTemplate } from './template-differences.ts';

/** A ReplicaSet of a Deployment, or a ControllerRevision of a DaemonSet. */
export interface MadeRevision {
  readonly name: string;
  readonly number: number;
  readonly createdAt: string;
  readonly template: WholeTemplate | undefined;
}

/** The result of one read of a Deployment. */
interface Told {
  readonly template: WholeTemplate | undefined;
  /** Its annotation `deployment.kubernetes.io/revision`. */
  readonly number: string | undefined;
  readonly updated: number;
}

/**
 * The ReplicaSet of a Deployment's template. It is found by the template, as the controller does (`FindNewReplicaSet`:
 * the oldest one with it). Revision numbers may be out of date: a reused ReplicaSet gets its number before the
 * Deployment does, and one numbered from a cache may have a lower number than it should. If no template matches, the
 * number decides; and while the controller counts no pod as updated, it has not created the ReplicaSet (`dc.sync` for a
 * scaling event or a pause reports a template as observed without creating anything).
 */
export function replicaSetOf(made: readonly MadeRevision[], told: Told): Pick<Rollout, 'revision' | 'unmade'> {
  const [oldest] = having(made, told.template).sort((left, right) => left.createdAt.localeCompare(right.createdAt));
  if (oldest !== undefined) return { revision: oldest.name };
  if (told.updated === 0) return { unmade: true };
  return named(made.find(({ number }) => String(number) === told.number) ?? newest(made));
}

/**
 * The ControllerRevision of a DaemonSet's template; the newest one with it, which is the one that the controller keeps
 * (`dedupCurHistories`).
 */
export function controllerRevisionOf(
  made: readonly MadeRevision[],
  template: WholeTemplate | undefined,
): Pick<Rollout, 'revision'> {
  return named(newest(having(made, template)) ?? newest(made));
}

function having(made: readonly MadeRevision[], template: WholeTemplate | undefined): MadeRevision[] {
  if (template === undefined) return [];
  return made.filter((one) => one.template !== undefined && isSameTemplate(one.template, template));
}

function newest(made: readonly MadeRevision[]): MadeRevision | undefined {
  return [...made].sort((left, right) => right.number - left.number)[0];
}

function named(made: MadeRevision | undefined): Pick<Rollout, 'revision'> {
  return made === undefined ? {} : { revision: made.name };
}
